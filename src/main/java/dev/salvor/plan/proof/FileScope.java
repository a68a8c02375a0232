package dev.salvor.plan.proof;

import java.util.List;

/**
 * What a copy is to be compared in.
 *
 * @param selected paths as {@link dev.salvor.task.FileEntry#path} writes them, with all below;
 *     empty: all
 */
public record FileScope(List<String> selected, Extras extras, Privilege privilege) {
  /** All that was noted, and nothing else. */
  public static FileScope whole(Privilege privilege) {
    return new FileScope(List.of(), Extras.REFUSED, privilege);
  }

  /** Files that are there and were not noted. */
  public enum Extras {
    REFUSED,
    ALLOWED
  }

  /** Who made the copy. */
  public enum Privilege {
    ROOT,
    /** Could neither give files away nor set attributes of the system. */
    USER
  }

  boolean holds(String path) {
    return selected.isEmpty()
        || selected.stream().anyMatch(one -> path.equals(one) || path.startsWith(one + "/"));
  }
}
