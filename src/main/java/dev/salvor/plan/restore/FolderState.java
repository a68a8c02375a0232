package dev.salvor.plan.restore;

import java.util.List;

/**
 * The folder that files are to be restored to, as it was found.
 *
 * @param presence what is there
 * @param parentIsFolder whether what is above it is a folder
 * @param writable whether this user may write there
 * @param freeBytes on its file system
 * @param obstacles what makes it no target at all, for people: what is mounted in it, a link above
 *     a selected path, the store
 * @param users programs that have something in it open, for people; nothing is known of those that
 *     this user may not look at
 */
public record FolderState(
    Presence presence,
    boolean parentIsFolder,
    boolean writable,
    long freeBytes,
    List<String> obstacles,
    List<String> users) {
  public FolderState {
    obstacles = List.copyOf(obstacles);
    users = List.copyOf(users);
  }

  /** What is there. */
  public enum Presence {
    MISSING,
    EMPTY,
    /** An earlier attempt of this very request began to fill it. */
    BEGUN,
    /** Another restore began to fill it, and has not ended. */
    BEGUN_BY_OTHER,
    /** Whoever began to fill it, nobody can read it any more. */
    MARKED,
    /** All that was noted: an earlier attempt ended and lost its report. */
    DONE,
    FULL,
    /** Something else, or a link that leads nowhere. */
    NO_FOLDER
  }
}
