package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A whole Supabase project: databases, Storage, key, functions and configuration in one point. */
@Model
@ValidationRule(
    value = "has(self.selfHosted) != has(self.hosted)",
    message = "exactly one must be set: selfHosted, hosted")
public record SupabaseSource(
    @JsonPropertyDescription("One that runs on this machine, or in this cluster.")
        @Nullable SelfHosted selfHosted,
    @JsonPropertyDescription("One that Supabase hosts.") @Nullable HostedSupabase hosted)
    implements BackupPolicySpec.SourceKind {
  /** Name of the part that holds Storage's files. */
  public static final String STORAGE = "storage";

  /** Name of the part that holds what people save in Studio's SQL editor; most save nothing. */
  public static final String SNIPPETS = "snippets";

  /** Name of the part that holds the key of Vault. */
  public static final String KEY = "key";

  /** The superuser of every Supabase; {@code postgres} is none there. */
  public static final String SUPERUSER = "supabase_admin";

  /** The database that all services use. */
  public static final String DATABASE = "postgres";

  /** The one kind that is set; the schema sees to it that there is one. */
  @JsonIgnore
  public Kind kind() {
    if (selfHosted != null) {
      return selfHosted;
    }
    if (hosted != null) {
      return hosted;
    }
    throw new IllegalStateException("no kind of Supabase is set");
  }

  /** The Compose project by which it is found; null: it is spelled out, or hosted. */
  @JsonIgnore
  public @Nullable String composeProject() {
    return selfHosted == null ? null : selfHosted.composeProject();
  }

  /** Whether its parts are to be found, and are not all spelled out. */
  @JsonIgnore
  public boolean isPointer() {
    return selfHosted != null && selfHosted.isPointer();
  }

  /** Who runs it. */
  public sealed interface Kind permits SelfHosted, HostedSupabase {
    /** How its server is reached. */
    @JsonIgnore
    PostgresConnection connection();

    /** All places of files. */
    @JsonIgnore
    List<Files> places();

    /** Those of them that are volumes of Docker. */
    @JsonIgnore
    default List<String> dockerVolumes() {
      return places().stream()
          .map(one -> one.place().dockerVolume())
          .filter(Objects::nonNull)
          .distinct()
          .toList();
    }

    /** Claims that they are in, Storage's first; several of them may be in one. */
    @JsonIgnore
    default List<String> claims() {
      return places().stream()
          .map(one -> one.place().claim())
          .filter(Objects::nonNull)
          .map(ClaimPlace::name)
          .distinct()
          .toList();
    }
  }

  /** Where its parts are. */
  @Model
  @ValidationRule(
      value =
          "[has(self.composeProject), has(self.helmRelease), has(self.project)].filter(x, x).size()"
              + " < 2",
      message = "composeProject, helmRelease and project exclude each other")
  @ValidationRule(
      value =
          "has(self.composeProject) || has(self.helmRelease) || has(self.project) ||"
              + " (has(self.database) && has(self.database.connection))",
      message =
          "set database with its connection, or composeProject, helmRelease or project, by which it"
              + " is found")
  @ValidationRule(
      value = "!has(self.files) || self.files.all(one, !(one.name in ['storage', 'key']))",
      message = "files of a project are called neither storage nor key")
  @ValidationRule(
      value =
          "has(self.composeProject) || has(self.helmRelease) || has(self.project) ||"
              + " has(self.storage) || has(self.key) || (has(self.files) && self.files.size() > 0)",
      message = "set storage, key or files: databases alone are kept by source.postgres")
  @ValidationRule(
      value =
          "!(has(self.composeProject) || has(self.helmRelease) || has(self.project)) ||"
              + " !has(self.files) || self.files.size() <= 14",
      message =
          "beside composeProject, helmRelease or project at most 14 files: functions and snippets"
              + " are found")
  public record SelfHosted(
      @Pattern(Names.DOCKER)
          @Size(min = 1, max = Names.DOCKER_LENGTH)
          @JsonPropertyDescription(
              "Name of a project of Docker Compose, whose containers tell where its parts are; what"
                  + " is spelled out beside it counts instead of what is found. What was found"
                  + " stands in status.source. For salvor local only.")
          @Nullable String composeProject,
      @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = 53)
          @JsonPropertyDescription(
              "Name of a release of Supabase's community chart in this namespace, whose pods tell"
                  + " where its parts are; otherwise as composeProject. In a cluster only.")
          @Nullable String helmRelease,
      @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
          @JsonPropertyDescription(
              "Name of a Project (core.supabase.io) in this namespace, as Supabase's operator keeps"
                  + " it; otherwise as helmRelease. In a cluster only.")
          @Nullable String project,
      @JsonPropertyDescription("Its server. Left out: as it is found.") @Nullable Database database,
      @JsonPropertyDescription("Storage's files or objects. Unset: they are kept elsewhere.")
          @Nullable Storage storage,
      @JsonPropertyDescription(
              "The key of Vault: /etc/postgresql-custom of the server, with pgsodium_root.key."
                  + " Without it no secret of Vault can be read again.")
          @Nullable Key key,
      @Size(min = 0, max = 16)
          @JsonPropertyDescription("What else belongs to it, such as Edge Functions and snippets.")
          @Nullable List<Files> files,
      @JsonPropertyDescription("Its Compose files and .env, or its Secrets and ConfigMaps.")
          @Nullable Configuration configuration,
      @Default("false")
          @JsonPropertyDescription(
              "Accept a source that is empty or has shrunk below half of the last complete point.")
          @Nullable Boolean allowEmpty)
      implements Kind {
    /** What Supabase's own Compose file calls the server's service. */
    private static final String SERVICE = "db";

    /** Whether its parts are to be found, and are not all spelled out. */
    @JsonIgnore
    public boolean isPointer() {
      return composeProject != null || isOfPods();
    }

    /** Whether pods of a cluster tell where its parts are. */
    @JsonIgnore
    public boolean isOfPods() {
      return helmRelease != null || project != null;
    }

    /** What it is found by, in words; nothing where it is spelled out. */
    @JsonIgnore
    public String pointer() {
      return Stream.of(
              Stream.ofNullable(composeProject).map(name -> "Compose project '" + name + "'"),
              Stream.ofNullable(helmRelease).map(name -> "Helm release '" + name + "'"),
              Stream.ofNullable(project).map(name -> "Project '" + name + "'"))
          .flatMap(words -> words)
          .collect(Collectors.joining());
    }

    /**
     * How its server is reached: where nothing else is known, by what its service is called. Of
     * pods that nobody has found yet nothing is started that would connect.
     */
    @Override
    @JsonIgnore
    public PostgresConnection connection() {
      if (database != null && database.connection() != null) {
        return database.connection();
      }
      return composeProject == null
          ? PostgresConnection.of(SERVICE, null, SUPERUSER, null)
          : PostgresConnection.of(new ComposeService(composeProject, SERVICE));
    }

    /** Which of its databases are kept. */
    @JsonIgnore
    public List<String> databases() {
      return database == null || database.names() == null ? List.of(DATABASE) : database.names();
    }

    /** How they are dumped. */
    @JsonIgnore
    public DumpFormat dump() {
      return database == null || database.dump() == null ? DumpFormat.STREAM : database.dump();
    }

    /** The named ones come after Storage and the key. */
    @Override
    @JsonIgnore
    public List<Files> places() {
      return Stream.of(
              Stream.ofNullable(storage == null ? null : storage.place())
                  .map(place -> new Files(STORAGE, place)),
              Stream.ofNullable(key).map(one -> new Files(KEY, one.place())),
              Stream.ofNullable(files).flatMap(List::stream))
          .flatMap(places -> places)
          .toList();
    }
  }

  /** The server with the databases. */
  @Model
  @ValidationRule(
      value = "!has(self.names) || 'postgres' in self.names",
      message = "names of a project: postgres, which all its services use, is one of them")
  public record Database(
      @JsonPropertyDescription(
              "How it is reached, not by the pooler. Of a container: as supabase_admin, unless it"
                  + " says otherwise. Left out: as composeProject tells.")
          @Nullable PostgresConnection connection,
      @Size(min = 1, max = 8)
          @JsonPropertyDescription(
              "Which databases. Left out: postgres; _supabase holds logs and the pooler's own.")
          @Nullable
              List<
                  @Pattern(Names.POSTGRES_IDENTIFIER)
                  @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH) String>
              names,
      @Default("Stream") @JsonPropertyDescription("How a database is written into the repository.")
          @Nullable DumpFormat dump) {}

  /** Storage's objects: files of a folder, or of a bucket. */
  @Model
  @ValidationRule(
      value = "has(self.place) != has(self.s3)",
      message = "storage: exactly one of place, s3 must be set")
  public record Storage(
      @JsonPropertyDescription(
              "What the service sees as FILE_STORAGE_BACKEND_PATH, where STORAGE_BACKEND is file.")
          @Nullable FilePlace place,
      @JsonPropertyDescription("Where its bucket is, where STORAGE_BACKEND is s3.")
          @Nullable StorageBucket s3,
      @Default("stub")
          @Pattern(Names.STORAGE_FOLDER)
          @Size(min = 1, max = Names.FILE_NAME_LENGTH)
          @JsonPropertyDescription(
              "GLOBAL_S3_BUCKET of the service: the folder in place, or the bucket itself.")
          @Nullable String bucket,
      @Default("stub")
          @Pattern(Names.STORAGE_FOLDER)
          @Size(min = 1, max = Names.FILE_NAME_LENGTH)
          @JsonPropertyDescription("TENANT_ID of the service: the folder in that.")
          @Nullable String tenant,
      @Default("Folder")
          @JsonPropertyDescription(
              "How versions are told apart. Suffix where TUS_USE_FILE_VERSION_SEPARATOR is true.")
          @Nullable StorageVersions versions,
      @Default("0")
          @Min(0)
          @Max(1_000_000)
          @JsonPropertyDescription(
              "So many objects may be without bytes, with other bytes or without their content type"
                  + " at the source; with more of them a point is Partial.")
          @Nullable Integer tolerateMissing) {}

  /** The key of Vault. */
  @Model
  public record Key(
      @Required @JsonPropertyDescription("What the server sees as /etc/postgresql-custom.")
          FilePlace place) {}

  /** Other files. */
  @Model
  public record Files(
      @Required
          @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
          @Size(min = 1, max = 63)
          @JsonPropertyDescription("What the part is called.")
          String name,
      @Required @JsonPropertyDescription("Where they are.") FilePlace place) {}

  /** What says how it is run. */
  @Model
  @ValidationRule(
      value = "has(self.folder) != (has(self.secrets) || has(self.configMaps))",
      message = "configuration: either a folder, or secrets, configMaps or both")
  @ValidationRule(
      value =
          "!has(self.folder) || (!self.folder.matches('/[.]{0,2}(/|$)') &&"
              + " !self.folder.matches('^/+$'))",
      message = "folder of a configuration: no . or .. in it, no two slashes, none at its end")
  public record Configuration(
      @Pattern(Names.FOLDER)
          @Size(min = 2, max = Names.FOLDER_LENGTH)
          @JsonPropertyDescription(
              "A folder of this machine. Its files are kept, not its folders; 1 MiB each, 8 MiB in"
                  + " all. For salvor local only.")
          @Nullable String folder,
      @Size(min = 1, max = 16)
          @JsonPropertyDescription(
              "Secrets of the namespace, with all their keys; 8 MiB in all. In a cluster only.")
          @Nullable
              List<
                  @Pattern(Names.DNS_SUBDOMAIN) @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
                  String>
              secrets,
      @Size(min = 1, max = 16) @JsonPropertyDescription("ConfigMaps, in the same way.")
          @Nullable
              List<
                  @Pattern(Names.DNS_SUBDOMAIN) @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
                  String>
              configMaps) {}
}
