package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.Model;
import dev.salvor.api.SupabaseSource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The commit of a recovery point: without it the snapshots are no recovery point. Stored as
 * manifest.json in a snapshot of its own, beside what {@link Content} says, and read back once.
 *
 * @param format rises where a reader of the number before would misread or miss something that it
 *     must know; each point bears the lowest that reads it: 1; 2 where a part is a raw block
 *     device; 3 where databases and files are in one point; 4 where some of Storage's objects are
 *     those of an earlier point
 * @param tick the host's time
 * @param time of the earliest part, by the source's clock; of a project that of its rows, whatever
 *     other nodes read before
 * @param lineage what tells the source from another in its place: a database system's identifier, a
 *     digest of a folder's path
 * @param engines versions of the programs, for people
 */
@Model
public record Manifest(
    int format,
    String recoveryPoint,
    Origin origin,
    Owner owner,
    String run,
    Instant tick,
    Instant time,
    String lineage,
    String engines,
    boolean complete,
    List<Part> parts,
    Content content) {
  /** The newest form that this version reads. */
  public static final int NEWEST_FORMAT = 4;

  /** Why the point was taken. */
  public enum Origin {
    SCHEDULE,
    REQUEST,
    /** Taken before a restore replaced something. */
    SAFETY
  }

  /**
   * One snapshot of the set. Its id may change by copy or tag; the tree does not.
   *
   * @param name of the database, the file tree or the device
   * @param path within the snapshot
   * @param time of the exported snapshot, or when the engine began to read
   * @param format of a dump; null: none
   * @param sha256 of all bytes of a raw block device, of which {@code sizeBytes} is the size; null:
   *     it is none
   */
  @Model
  public record Part(
      String name,
      String path,
      String tag,
      String snapshot,
      String tree,
      long sizeBytes,
      Instant time,
      @Nullable DumpFormat format,
      @Nullable String sha256) {
    /** Whether it is the dump of a database. */
    @JsonIgnore
    public boolean isDump() {
      return format != null;
    }

    /** Whether it is a raw block device. */
    @JsonIgnore
    public boolean isDevice() {
      return format == null && sha256 != null;
    }

    /** Whether it is a file tree. */
    @JsonIgnore
    public boolean isTree() {
      return format == null && sha256 == null;
    }

    Part withTree(String known) {
      return new Part(name, path, tag, snapshot, known, sizeBytes, time, format, sha256);
    }

    /** The same, where more belongs to it. */
    public Part withSize(long bytes) {
      return new Part(name, path, tag, snapshot, tree, bytes, time, format, sha256);
    }
  }

  /** What the parts are, and what was noted of their source to compare a copy with. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Postgres.class, name = "postgres"),
    @JsonSubTypes.Type(value = Files.class, name = "files"),
    @JsonSubTypes.Type(value = Supabase.class, name = "supabase")
  })
  public sealed interface Content permits Postgres, Files, Supabase {}

  /**
   * Databases of one server; their globals lie beside the manifest as globals.sql.
   *
   * @param serverVersion server_version_num
   */
  @Model
  public record Postgres(
      int serverVersion, ServerFacts server, List<DatabaseFacts> databases, FactsMode factsMode)
      implements Content {}

  /**
   * File trees and raw block devices, one for each part, the trees first; what was noted of their
   * entries lies beside the manifest.
   *
   * @param trees in the order of those parts that are trees
   */
  @Model
  public record Files(List<TreeFacts> trees) implements Content {}

  /**
   * A Supabase project: databases and file trees. Beside the manifest lie globals.sql and the
   * project's configuration.
   *
   * @param notes the snapshot with what was noted of the trees' entries, which are too many to be
   *     written where secrets are
   * @param earlier the snapshot with objects that were gone when Storage's files were read, as an
   *     earlier point has them: laid over the tree of Storage, whose notes name them; null: none
   */
  @Model
  public record Supabase(
      Postgres postgres, Files files, Part notes, @Nullable Part earlier, SupabaseFacts facts)
      implements Content {
    private Supabase withTrees(Function<Part, String> tree) {
      return new Supabase(
          postgres,
          files,
          notes.withTree(tree.apply(notes)),
          earlier == null ? null : earlier.withTree(tree.apply(earlier)),
          facts);
    }
  }

  /** Where what was noted of entries lies; empty: beside the manifest. */
  @JsonIgnore
  public Optional<Part> notes() {
    return content instanceof Supabase supabase ? Optional.of(supabase.notes()) : Optional.empty();
  }

  /** What is laid over Storage's tree. Its own notes are {@link StorageFacts#EARLIER}. */
  private Optional<Part> earlier() {
    return content instanceof Supabase supabase
        ? Optional.ofNullable(supabase.earlier())
        : Optional.empty();
  }

  /** What is laid over one of {@link #treeParts}, whose notes name it, too. */
  public Optional<Part> laidOver(Part part) {
    return earlier().filter(_ -> part.name().equals(SupabaseSource.STORAGE));
  }

  /** All that has snapshots of its own. */
  @JsonIgnore
  public List<Part> stored() {
    return Stream.concat(parts.stream(), Stream.concat(notes().stream(), earlier().stream()))
        .toList();
  }

  @JsonIgnore
  public boolean holdsDatabases() {
    return switch (content) {
      case Postgres _, Supabase _ -> true;
      case Files _ -> false;
    };
  }

  /** Trees or devices. */
  @JsonIgnore
  public boolean holdsFiles() {
    return switch (content) {
      case Postgres _ -> false;
      case Files _, Supabase _ -> true;
    };
  }

  @JsonIgnore
  public List<Part> databaseParts() {
    return parts.stream().filter(Part::isDump).toList();
  }

  @JsonIgnore
  public List<Part> treeParts() {
    return parts.stream().filter(Part::isTree).toList();
  }

  /** What was noted of one of {@link #treeParts}. */
  public TreeFacts treeFacts(Part part) {
    return files().trees().get(treeParts().indexOf(part));
  }

  /**
   * What was noted of the server.
   *
   * @throws IllegalStateException if it is no point of databases: carriers look first
   */
  @JsonIgnore
  public Postgres postgres() {
    return switch (content) {
      case Postgres postgres -> postgres;
      case Supabase supabase -> supabase.postgres();
      case Files _ -> throw new IllegalStateException(recoveryPoint + " holds no databases");
    };
  }

  /**
   * What was noted of the trees.
   *
   * @throws IllegalStateException if it is no point of volumes: carriers look first
   */
  @JsonIgnore
  public Files files() {
    return switch (content) {
      case Files files -> files;
      case Supabase supabase -> supabase.files();
      case Postgres _ -> throw new IllegalStateException(recoveryPoint + " holds no files");
    };
  }

  /** How much it holds. */
  @JsonIgnore
  public Extent extent() {
    return switch (content) {
      case Postgres postgres -> Extent.Tables.of(postgres.databases());
      case Files files -> Extent.Files.of(files.trees(), parts);
      case Supabase supabase ->
          new Extent.Both(
              Extent.Tables.of(supabase.postgres().databases()),
              Extent.Files.of(supabase.files().trees(), parts));
    };
  }

  /** The same with the tree of each part, which only a list of snapshots tells. */
  public Manifest withTrees(Function<Part, String> tree) {
    return new Manifest(
        format,
        recoveryPoint,
        origin,
        owner,
        run,
        tick,
        time,
        lineage,
        engines,
        complete,
        parts.stream().map(part -> part.withTree(tree.apply(part))).toList(),
        content instanceof Supabase supabase ? supabase.withTrees(tree) : content);
  }
}
