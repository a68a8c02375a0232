package dev.salvor.plan.restore;

import dev.salvor.plan.restore.FileRestorePlanning.Method;
import java.util.List;

/**
 * The bucket that Storage's objects are to be restored to, as it was found, and what of the stored
 * tree can be there.
 *
 * @param presence what is below its tenant
 * @param manner what becomes of that
 * @param obstacles what makes it no target at all, for people
 * @param fitting files that become objects
 * @param unfitting files that can be none
 * @param unfit the first of them and why, for people
 * @param history whether the bucket keeps what is replaced
 */
public record BucketState(
    Presence presence,
    Manner manner,
    List<String> obstacles,
    long fitting,
    long unfitting,
    List<String> unfit,
    History history) {
  public BucketState {
    obstacles = List.copyOf(obstacles);
    unfit = List.copyOf(unfit);
  }

  /** What is there. */
  public enum Presence {
    EMPTY,
    /** An earlier attempt of this very request began to fill it. */
    BEGUN,
    /** Another restore began to fill it, and has not ended. */
    BEGUN_BY_OTHER,
    /** Whoever began to fill it, nobody can read it any more. */
    MARKED,
    /** All that was noted: an earlier attempt ended and lost its report. */
    DONE,
    FULL
  }

  /** How objects come to be there. */
  public enum Manner {
    /** It becomes what the tree is. */
    MIRRORED,
    /** Only what is not there is put: nothing of it is replaced or removed. */
    ADDED
  }

  /** What becomes of objects that are replaced or deleted. */
  public enum History {
    /** As far as these keys may know. */
    NONE,
    VERSIONS
  }

  /** How it comes to hold what is restored. */
  public Method method() {
    if (manner == Manner.ADDED) {
      return Method.FILL;
    }
    return switch (presence) {
      case EMPTY -> Method.FILL;
      // Services may have run since, and written to it.
      case BEGUN, DONE -> Method.GO_ON;
      case FULL, BEGUN_BY_OTHER, MARKED -> Method.REPLACE;
    };
  }

  /** Whether an attempt of this request has put something there. */
  public boolean isBegun() {
    return presence == Presence.BEGUN || presence == Presence.DONE;
  }
}
