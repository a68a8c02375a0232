package dev.salvor.worker;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.task.Manifest;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Objects of a bucket that was restored to by paths, and that have names that no path has: the file
 * backend lays {@code a//b} where {@code a/b} would be. Storage asks a bucket for the name itself.
 * Some servers keep keys as paths, too, and find it; some take no such key at all; and no backup of
 * a bucket keeps one.
 */
final class NamesOfPaths {
  /** And one more, of which it is said that there are others. */
  private static final int NAMED = 3;

  private NamesOfPaths() {}

  /** What is said of them; empty where there are none. */
  static Optional<String> told(
      WorkerContext context, RecoveryPoints points, PlannedProject project, StorageKeys keys) {
    if (!(project.manifest().content() instanceof Manifest.Supabase noted)
        || noted.facts().storage() == null) {
      return Optional.empty();
    }
    var notes = context.scratch().resolve(StorageFacts.FILE);
    points.notes(
        project.set(),
        project.manifest(),
        StorageFacts.FILE,
        stream -> Files.copy(stream, notes, REPLACE_EXISTING));
    var some = new ArrayList<String>();
    var count = 0L;
    try (var rows = new ObjectFile.Reader<>(notes, StoredObject.class)) {
      while (rows.hasNext()) {
        var row = rows.next();
        if (row.name() == null || row.fate() == StoredObject.Fate.LOST) {
          continue;
        }
        if (keys.key(row.path()) instanceof StorageKeys.Key.Fits(var key)) {
          count++;
          if (some.size() <= NAMED) {
            some.add("'" + key + "' is '" + row.name() + "'");
          }
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw TargetBucket.unnotable(e);
    }
    return some.isEmpty() ? Optional.empty() : Optional.of(text(count, some));
  }

  private static String text(long count, List<String> some) {
    return count
        + " objects lie under other keys than Storage may ask for, since their names are no paths:"
        + " see that it gives them out, or upload them under other names ("
        + TreesBackup.some(some)
        + ")";
  }
}
