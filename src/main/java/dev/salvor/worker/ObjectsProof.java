package dev.salvor.worker;

import dev.salvor.api.FactsMode;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.supabase.ObjectBytes;
import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.supabase.ObjectJoin;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.plan.proof.ObjectComparison;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.task.FileEntry;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lays the restored rows of Storage's objects beside what was noted of them, and beside the
 * restored files; with facts Full their MD5 too, which is the one look that sees whether bytes were
 * whole at the source.
 */
final class ObjectsProof {
  private final WorkerContext context;
  private final StorageFacts facts;
  private final FactsMode mode;
  private final Path notes;
  private final Copy copy;

  /** A copy of Storage's objects. */
  @FunctionalInterface
  interface Copy {
    /** Shows each entry, in the order of a tree's walk. */
    void show(Shown shown) throws IOException;

    /** Who is shown entries. */
    @FunctionalInterface
    interface Shown {
      /**
       * The next one.
       *
       * @param md5 of its bytes, which are read for it
       */
      void entry(FileEntry entry, Supplier<String> md5);
    }

    /** Of files. */
    static Copy of(Path root) {
      return shown ->
          new FileTree(root.toRealPath(), path -> false)
              .show((entry, path) -> shown.entry(entry, () -> ObjectBytes.md5(path)));
    }

    /**
     * Of objects of a bucket, as they were put and are listed there.
     *
     * @param found lines of {@link TargetObject}
     */
    static Copy ofBucket(Path found) {
      return shown -> {
        try (var objects = TargetObject.read(found)) {
          objects.forEachRemaining(
              object -> shown.entry(object.entry(), () -> Objects.requireNonNull(object.md5())));
        }
      };
    }
  }

  /**
   * Of one copy.
   *
   * @param notes what was noted of the objects
   * @param copy of Storage's files
   */
  ObjectsProof(WorkerContext context, StorageFacts facts, FactsMode mode, Path notes, Copy copy) {
    this.context = context;
    this.facts = facts;
    this.mode = mode;
    this.notes = notes;
    this.copy = copy;
  }

  /** Of the copy in the sandbox folder. */
  static ObjectsProof of(WorkerContext context, SandboxPoint point, StorageFacts facts) {
    return new ObjectsProof(
        context,
        facts,
        point.manifest().postgres().factsMode(),
        point.objects(),
        point.manifest().treeParts().stream()
            .filter(part -> part.name().equals(SupabaseSource.STORAGE))
            .map(point::path)
            .map(Copy::of)
            .findFirst()
            .orElseThrow(() -> damaged("objects, and the point no files of Storage")));
  }

  /**
   * Compares.
   *
   * @param session of the restored database
   * @throws EngineException CORRUPT_RECOVERY_POINT where what was noted is not what was written
   */
  Proof attempt(PostgresSession session) {
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    var restored = ObjectsBackup.sorted(context, session, facts.layout());
    session.execute("ROLLBACK");
    var comparison = new ObjectComparison();
    try (var rows = new ObjectFile.Reader<>(restored, StoredObject.class);
        var noted = new ObjectFile.Reader<>(notes, StoredObject.class)) {
      var paired = new Paired(noted, rows, comparison);
      layBesideFiles(paired, comparison);
      if (paired.count != facts.objects()) {
        throw damaged(paired.count + " objects instead of " + facts.objects());
      }
    } catch (UncheckedIOException e) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT, "what was noted of Storage's objects cannot be read", e);
    } catch (IOException e) {
      throw new EngineException(
          Reason.SANDBOX_FAILED, "the restored objects cannot be looked at: " + e, e);
    }
    comparison.excused().ifPresent(context.warnings()::add);
    return Proof.of(Findings.of(comparison.coverage(), comparison.differences()));
  }

  private void layBesideFiles(Iterator<StoredObject> objects, ObjectComparison comparison)
      throws IOException {
    var hashing = new Hashing(comparison, mode == FactsMode.FULL);
    var join = new ObjectJoin(objects, hashing);
    copy.show(
        (entry, md5) -> {
          hashing.md5 = md5;
          join.entry(entry);
        });
    join.end();
  }

  private static EngineException damaged(String what) {
    return new EngineException(
        Reason.CORRUPT_RECOVERY_POINT, "what was noted of Storage's objects has " + what);
  }

  /** Reads the bytes that are there, at the path at which they were seen. */
  private static final class Hashing implements StoredObject.Comparison {
    private final ObjectComparison comparison;
    private final boolean isAsked;
    private Supplier<String> md5 = () -> "";

    Hashing(ObjectComparison comparison, boolean isAsked) {
      this.comparison = comparison;
      this.isAsked = isAsked;
    }

    @Override
    public void missing(StoredObject object) {
      comparison.missing(object);
    }

    @Override
    public void both(StoredObject object, FileEntry entry) {
      comparison.both(object, entry);
      if (isAsked && comparison.isHashed(object, entry)) {
        comparison.hashed(object, md5.get());
      }
    }

    @Override
    public void orphan(FileEntry entry) {
      comparison.orphan(entry);
    }
  }

  /** Noted objects whose rows are in the copy; tells of the others. */
  private static final class Paired implements Iterator<StoredObject> {
    private final Iterator<StoredObject> noted;
    private final Iterator<StoredObject> rows;
    private final ObjectComparison comparison;
    private @Nullable StoredObject row;
    private @Nullable StoredObject pair;
    private long count;

    Paired(Iterator<StoredObject> noted, Iterator<StoredObject> rows, ObjectComparison comparison) {
      this.noted = noted;
      this.rows = rows;
      this.comparison = comparison;
      advanceRow();
      pair = nextPair();
    }

    private void advanceRow() {
      row = rows.hasNext() ? rows.next() : null;
    }

    private @Nullable StoredObject nextPair() {
      while (noted.hasNext()) {
        var note = noted.next();
        count++;
        while (row != null && FileTree.order().compare(row.path(), note.path()) < 0) {
          comparison.rowExtra(row);
          advanceRow();
        }
        var found = row;
        if (found != null && found.path().equals(note.path())) {
          advanceRow();
          return comparison.row(note, found);
        }
        comparison.rowMissing(note);
      }
      while (row != null) {
        comparison.rowExtra(row);
        advanceRow();
      }
      return null;
    }

    @Override
    public boolean hasNext() {
      return pair != null;
    }

    @Override
    public StoredObject next() {
      var next = pair;
      if (next == null) {
        throw new NoSuchElementException();
      }
      pair = nextPair();
      return next;
    }
  }
}
