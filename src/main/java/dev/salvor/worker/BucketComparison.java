package dev.salvor.worker;

import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.plan.proof.FileComparison;
import dev.salvor.plan.proof.FileScope;
import dev.salvor.task.FileEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Lays objects of a bucket beside what was noted of a stored tree. A bucket has no folders: those
 * that were noted are there, and one that came and went at the source is its objects'.
 */
final class BucketComparison implements PathJoin.Outcome<FileEntry, TargetObject> {
  /** What of an object is held to what was noted of its file. */
  @FunctionalInterface
  interface Held {
    /** The entry that the object would be as a file. */
    FileEntry entry(TargetObject object, FileEntry noted);
  }

  private final FileComparison comparison =
      new FileComparison(FileScope.whole(FileScope.Privilege.ROOT));
  private final Held held;
  private final Deque<String> above = new ArrayDeque<>();

  private BucketComparison(Held held) {
    this.held = held;
  }

  /**
   * Lays all beside each other.
   *
   * @param objects lines of {@link TargetObject}, in the order of the tree
   */
  static FileComparison of(StoredTree tree, StorageKeys keys, Path objects, Held held)
      throws IOException {
    var outcome = new BucketComparison(held);
    try (var noted = new ObjectFile.Reader<>(tree.entries(), FileEntry.class);
        var there = TargetObject.read(objects)) {
      PathJoin.join(
          // Folders, and files that become objects.
          PathJoin.only(
              noted,
              entry -> entry.type() == FileEntry.Type.FOLDER || TargetBucket.fits(keys, entry)),
          FileEntry::path,
          there,
          TargetObject::path,
          outcome);
    }
    return outcome.comparison;
  }

  @Override
  public void one(FileEntry entry) {
    if (entry.type() == FileEntry.Type.FILE) {
      comparison.missing(entry);
      return;
    }
    leaveWhatIsNotAbove(entry.path());
    above.addLast(entry.path());
    if (entry.path().equals(FileEntry.ROOT) || entry.unsteady() != null) {
      comparison.both(entry, entry);
    }
  }

  @Override
  public void other(TargetObject object) {
    var path = object.path();
    leaveWhatIsNotAbove(path);
    for (var at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
      var folder = path.substring(0, at);
      if (!above.contains(folder)) {
        comparison.extra(folder(folder));
        above.addLast(folder);
      }
    }
    comparison.extra(object.entry());
  }

  @Override
  public void both(FileEntry entry, TargetObject object) {
    comparison.both(entry, held.entry(object, entry));
  }

  private void leaveWhatIsNotAbove(String path) {
    while (!above.isEmpty() && !path.startsWith(above.getLast() + "/")) {
      above.removeLast();
    }
  }

  private static FileEntry folder(String path) {
    return new FileEntry(
        path, FileEntry.Type.FOLDER, 0, 0, 0, null, 0, null, null, null, null, null, null);
  }
}
