package dev.salvor.worker;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.restic.ResticRepository;
import dev.salvor.engine.restic.TreeRestore;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.LeftOut;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/**
 * A tree in a snapshot of which a stored tree is made, alone or over others.
 *
 * @param path of its root in the snapshot
 */
record Layer(String snapshot, String path) {
  /**
   * Lays it over what is in a folder: its files, and those folders that are not there. The engine
   * would make all folders on the way what they are in this snapshot.
   *
   * @param select paths below its root, of which it need have none; empty: all
   * @param entries what was noted of the whole: who kept these files may not have been able to say
   *     whose they are
   * @throws EngineException RESTORE_FAILED; as {@link ResticRepository#restoreTree}
   */
  void lay(ResticRepository repository, List<String> select, Path entries, Path folder) {
    // In the folder itself, so that what is in it can be moved to its place.
    var beside = folder.resolve(LeftOut.RESTORE_LAYER);
    try {
      var time = Files.getLastModifiedTime(folder);
      Folders.delete(beside);
      repository.restoreTree(
          new TreeRestore(snapshot, path, select, TreeRestore.Extras.KEPT, LeftOut.ALWAYS, beside),
          (done, total) -> {});
      if (Files.exists(beside)) {
        if (Capability.CHOWN.isHeld()) {
          FileTree.give(beside, entries);
        }
        merge(beside, folder);
        Folders.delete(beside);
      }
      Folders.putBack(folder, time);
    } catch (IOException | UncheckedIOException e) {
      throw new EngineException(
          Reason.RESTORE_FAILED,
          "objects of an earlier point cannot be laid into " + folder + ": " + e,
          e);
    }
  }

  private static void merge(Path from, Path into) throws IOException {
    var time = Files.getLastModifiedTime(into);
    try (var children = Files.newDirectoryStream(from)) {
      for (var child : children) {
        var target = into.resolve(child.getFileName());
        if (isFolder(child) && isFolder(target)) {
          merge(child, target);
        } else {
          Files.move(child, target, REPLACE_EXISTING);
        }
      }
    }
    Folders.putBack(into, time);
  }

  private static boolean isFolder(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }
}
