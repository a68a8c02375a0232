package dev.salvor.engine.restic;

import java.nio.file.Path;
import java.util.List;

/**
 * A file tree to be written out.
 *
 * @param path of its root within the snapshot
 * @param select paths below it, as they are and with all that is in them; empty: all of it
 * @param untouched names at the root that are neither written nor removed
 * @param target a folder of this machine; made if it is not there
 */
public record TreeRestore(
    String snapshot,
    String path,
    List<String> select,
    Extras extras,
    List<String> untouched,
    Path target) {
  public TreeRestore {
    select = List.copyOf(select);
    untouched = List.copyOf(untouched);
  }

  /** What becomes of files that are in the target and not in the snapshot. */
  public enum Extras {
    KEPT,
    REMOVED
  }
}
