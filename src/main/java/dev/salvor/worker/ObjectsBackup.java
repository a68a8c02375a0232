package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.supabase.ObjectJoin;
import dev.salvor.engine.supabase.ObjectReader;
import dev.salvor.engine.supabase.ObjectSort;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.plan.proof.FoundBytes;
import dev.salvor.plan.proof.ObjectCensus;
import dev.salvor.task.FileEntry;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lays the objects that a Supabase's database knows of beside the files that were kept of Storage:
 * read in the snapshot of the dump, compared when the files are settled.
 */
final class ObjectsBackup {
  /** The live database is asked for so many. Of more, whatever lacks bytes counts as lost. */
  private static final int MOST_ASKED = 10_000;

  private final WorkerContext context;
  private final StorageLayout layout;
  private final boolean isServed;
  private @Nullable Path objects;
  private @Nullable ServedRows served;

  /**
   * Of objects that are in the layout.
   *
   * @param isServed whether they are fetched by their rows
   */
  ObjectsBackup(WorkerContext context, StorageLayout layout, boolean isServed) {
    this.context = context;
    this.layout = layout;
    this.isServed = isServed;
  }

  /**
   * What came of it.
   *
   * @param earlier what is of the point before; empty: nothing
   */
  record Settled(ObjectCensus census, Optional<EarlierObjects.Taken> earlier) {}

  /** Reads the rows; once more where the dump is begun anew. */
  void read(PostgresSession inSnapshot) {
    if (!isServed) {
      objects = sorted(context, inSnapshot, layout);
      return;
    }
    try {
      if (served != null) {
        served.close();
      }
      var rows = new ServedRows(context.scratch().resolve("served-objects"));
      served = rows;
      objects =
          sorted(context, inSnapshot, layout, (row, from) -> ServedObjects.note(rows, row, from));
    } catch (IOException e) {
      throw noRoom(e);
    }
  }

  /** What is to be fetched; empty where it is not by its rows. */
  Optional<ServedRows> served() {
    return Optional.ofNullable(served);
  }

  /** All objects in the order of files, on disk; within an open transaction. */
  static Path sorted(WorkerContext context, PostgresSession session, StorageLayout layout) {
    return sorted(context, session, layout, (_, _) -> {});
  }

  private static Path sorted(
      WorkerContext context,
      PostgresSession session,
      StorageLayout layout,
      ObjectReader.Given also) {
    try {
      var folder = Files.createTempDirectory(context.scratch(), "objects");
      var sort = ObjectSort.ofRows(folder);
      ObjectReader.of(session, layout)
          .readAll(
              (object, served) -> {
                sort.add(object);
                also.object(object, served);
              });
      var sorted = folder.resolve("sorted");
      sort.end(sorted);
      return sorted;
    } catch (IOException | UncheckedIOException e) {
      throw noRoom(e);
    }
  }

  /**
   * Compares, and writes down what became of each.
   *
   * @param entries what was noted of Storage's files
   * @param notes the file to write
   * @param dumped the moment of the rows
   * @param unread how many objects are there perhaps, and could not be fetched
   * @param before has some that were overtaken; null: they are not to be had elsewhere
   * @throws EngineException whatever concerns the server; SCRATCH_FULL
   */
  Settled settle(
      Path entries,
      Path notes,
      ServerConnection server,
      Instant dumped,
      long unread,
      @Nullable EarlierObjects before) {
    try {
      var suspects = new Suspects();
      join(entries, suspects);
      var overtaken = overtaken(suspects.all(), server);
      suspects.absent().retainAll(overtaken);
      var earlier =
          before == null
              ? Optional.<EarlierObjects.Taken>empty()
              : before.take(suspects.absent(), entries, notes.resolveSibling(StorageFacts.EARLIER));
      try (var writer = new ObjectFile.Writer<StoredObject>(notes)) {
        var census =
            new ObjectCensus(
                layout,
                dumped,
                overtaken,
                writer::write,
                isServed ? ObjectCensus.Way.BY_ROWS : ObjectCensus.Way.BY_FILES,
                unread);
        join(entries, census);
        return new Settled(census, earlier);
      }
    } catch (IOException | UncheckedIOException e) {
      throw noRoom(e);
    }
  }

  private void join(Path entries, StoredObject.Comparison outcome) throws IOException {
    if (objects == null) {
      throw new IllegalStateException("the objects were not read");
    }
    try (var reader = new ObjectFile.Reader<>(objects, StoredObject.class)) {
      var join = new ObjectJoin(reader, outcome);
      FileTree.showStored(entries, join::entry);
      join.end();
    }
  }

  /**
   * Objects of which something may be wrong at the source.
   *
   * @param all as many as the live database is asked for
   * @param absent those of them of which nothing is there
   */
  private record Suspects(Set<StoredObject> all, Set<StoredObject> absent)
      implements StoredObject.Comparison {
    Suspects() {
      this(new HashSet<>(), new HashSet<>());
    }

    @Override
    public void missing(StoredObject object) {
      if (isSuspect(object, null)) {
        absent.add(object);
      }
    }

    @Override
    public void both(StoredObject object, FileEntry entry) {
      if (isSuspect(object, entry)
          && entry.type() == FileEntry.Type.FILE
          && entry.unsteady() == FileEntry.Unsteady.VANISHED) {
        absent.add(object);
      }
    }

    @Override
    public void orphan(FileEntry entry) {}

    private boolean isSuspect(StoredObject object, @Nullable FileEntry entry) {
      return all.size() < MOST_ASKED
          && FoundBytes.fate(object, entry).filter(StoredObject.Fate::isOfTheSource).isPresent()
          && all.add(object);
    }
  }

  /** Those of them that are not in the live database as they were in the dump. */
  private Set<StoredObject> overtaken(Set<StoredObject> suspects, ServerConnection server) {
    if (suspects.isEmpty()) {
      return suspects;
    }
    try (var open = RunSession.open(server, SupabaseSource.DATABASE, context)) {
      var ids = suspects.stream().map(StoredObject::id).toList();
      ObjectReader.of(open.session(), layout).now(ids).forEach(suspects::remove);
      return suspects;
    }
  }

  private static EngineException noRoom(Exception e) {
    return new EngineException(
        Reason.SCRATCH_FULL, "what was read of Storage's objects cannot be noted: " + e, e);
  }
}
