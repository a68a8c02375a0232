package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.restic.ByteProgress;
import dev.salvor.engine.restic.Stored;
import dev.salvor.engine.restic.TreeRestore;
import dev.salvor.engine.supabase.ObjectBytes;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.StagingFolder;
import dev.salvor.task.Manifest;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of objects that were replaced or deleted after their rows had been dumped: the point before
 * may have them, since Storage gives each version a place of its own (ADR 35).
 */
final class EarlierObjects {
  /** So many, and so many characters of their paths, are asked for in one call of the engine. */
  private static final int MOST = 1_000;

  private static final int MOST_CHARACTERS = 500_000;

  /** Why an earlier point, or the room here, gives nothing: the rows are without bytes then. */
  private static final Set<Reason> NOT_TO_BE_HAD =
      EnumSet.of(
          Reason.CORRUPT_RECOVERY_POINT,
          Reason.NEWER_THAN_OPERATOR,
          Reason.STORE_DAMAGED,
          Reason.INCOMPLETE_BACKUP,
          Reason.SANDBOX_FAILED,
          Reason.SCRATCH_FULL);

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final String point;
  private final Path above;
  private final Path root;

  /** For one point. */
  EarlierObjects(WorkerContext context, RecoveryPoints points, String point) {
    this.context = context;
    this.points = points;
    this.point = point;
    this.above = context.scratch().resolve("earlier");
    this.root = above.resolve(SupabaseSource.STORAGE);
  }

  /**
   * What was found, and is stored.
   *
   * @param point that had it
   * @param part of the point that is being made
   * @param entries of its tree
   * @param objects how many
   */
  record Taken(String point, Manifest.Part part, Path entries, long objects, long addedBytes) {}

  /**
   * Takes what the newest point before has of them.
   *
   * @param lacking objects without bytes
   * @param versioned whether none of them can lie where another version lay: else only bytes of the
   *     row's MD5 are its own
   * @return empty where it has none
   */
  Optional<Taken> take(Collection<StoredObject> lacking, boolean versioned) {
    try {
      var asked = asked(lacking, versioned);
      return asked.isEmpty()
          ? Optional.empty()
          : EarlierStorage.newest(points).flatMap(earlier -> take(earlier, asked));
    } catch (EngineException e) {
      if (!NOT_TO_BE_HAD.contains(e.reason())) {
        throw e;
      }
      context
          .warnings()
          .add("nothing of an earlier point is taken instead: " + e.failure().message());
      return Optional.empty();
    } catch (IOException e) {
      throw StagingRoom.unusable(root, e);
    } finally {
      Folders.delete(above);
    }
  }

  /** By the paths at which they lie; as many as there is room for. */
  private Map<String, StoredObject> asked(Collection<StoredObject> lacking, boolean versioned)
      throws IOException {
    Files.createDirectories(root);
    var room = StagingRoom.of(context, above).ofATurn();
    var asked = new LinkedHashMap<String, StoredObject>();
    var characters = 0;
    for (var object : lacking) {
      var path = FileTree.text(object.path()).orElse(null);
      var size = object.size();
      if (path == null
          || size == null
          || (object.md5() == null && !versioned)
          || size > room
          || characters + path.length() > MOST_CHARACTERS
          || asked.size() == MOST) {
        continue;
      }
      room -= size;
      characters += path.length();
      asked.put(path, object);
    }
    return asked;
  }

  private Optional<Taken> take(EarlierStorage earlier, Map<String, StoredObject> asked) {
    points
        .repository()
        .restoreTree(
            new TreeRestore(
                earlier.snapshot(),
                earlier.part().path(),
                List.copyOf(asked.keySet()),
                TreeRestore.Extras.KEPT,
                List.of(),
                root),
            (done, total) -> context.progress().bytes(done, total));
    try {
      var folder = new StagingFolder(root);
      var found = 0L;
      for (var each : asked.entrySet()) {
        var file = folder.place(each.getKey()).orElse(null);
        if (file == null || !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        if (isOf(each.getValue(), file)) {
          found++;
        } else {
          Folders.delete(file);
        }
      }
      return found == 0
          ? Optional.empty()
          : Optional.of(store(earlier.point(), earlier.part().time(), found));
    } catch (IOException e) {
      throw StagingRoom.unusable(root, e);
    }
  }

  private static boolean isOf(StoredObject row, Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Objects.equals(row.size(), Files.size(file))
        && (row.md5() == null || row.md5().equals(ObjectBytes.md5(file)));
  }

  private Taken store(String from, Instant time, long found) throws IOException {
    removeEmptyFolders();
    var tree = new FileTree(root, path -> false);
    var notes = context.scratch().resolve("notes-of-earlier");
    var entries = context.scratch().resolve("entries-of-earlier");
    tree.note(notes, context.scratch().resolve("excludes-of-earlier"));
    var stored =
        points
            .repository()
            .backupFolder(
                points.trees(point), above, List.of(SupabaseSource.STORAGE), ByteProgress.NONE);
    var look = tree.settle(notes, entries);
    return new Taken(from, part(stored, time, look.bytes()), entries, found, stored.addedBytes());
  }

  private Manifest.Part part(Stored stored, Instant time, long bytes) {
    return new Manifest.Part(
        SupabaseSource.STORAGE,
        "/" + SupabaseSource.STORAGE,
        RecoveryPoints.partTag(point),
        stored.snapshot(),
        "",
        bytes,
        time,
        null,
        null);
  }

  /** Of what was not the row's. */
  private void removeEmptyFolders() throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failed)
              throws IOException {
            try {
              Files.delete(folder);
            } catch (DirectoryNotEmptyException kept) {
              return FileVisitResult.CONTINUE;
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
