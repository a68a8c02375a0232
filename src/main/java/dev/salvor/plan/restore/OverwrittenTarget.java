package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.plan.StableHash;
import dev.salvor.task.Task;
import java.util.List;
import java.util.Optional;

/**
 * What a folder and a device have in common as the target of a restore: why nothing is written to
 * it, and what a person must accept before it is written over.
 *
 * @param path where the worker finds it
 * @param earlier whether an attempt of the same request has written to it
 * @param acknowledge tokens that were given
 */
record OverwrittenTarget(String path, Earlier earlier, List<String> acknowledge) {
  private static final int TOKEN_LENGTH = 8;

  /** What earlier attempts did. */
  enum Earlier {
    NOTHING,
    BEGUN
  }

  /** It is no target at all. */
  Optional<Failure> unusable(String why) {
    return Optional.of(Reason.TARGET_UNUSABLE.failure(path + why + untouched()));
  }

  /** It holds something, which was not to be replaced. */
  Optional<Failure> occupied(Task.Existing existing, String why) {
    return existing == Task.Existing.REFUSE
        ? Optional.of(Reason.TARGET_NOT_EMPTY.failure(path + why + untouched()))
        : Optional.empty();
  }

  /**
   * Another restore began to write to it.
   *
   * @param where it says which
   */
  Optional<Failure> unfinished(String where) {
    return needs(
        "unfinished-",
        " is being restored to by another request, or was left unfinished by one ("
            + where
            + "): wait for it, or accept that it is written over.");
  }

  /** Somebody must accept that; empty: it is accepted. */
  Optional<Failure> needs(String kind, String message) {
    return unlessAccepted(kind, Reason.ACKNOWLEDGEMENT_NEEDED, message + untouched());
  }

  /** What would be replaced could not be kept; empty: losing it is accepted. */
  Optional<Failure> withoutSafety(String why) {
    return unlessAccepted(
        "without-safety-",
        Reason.SAFETY_COPY_FAILED,
        " could not be kept before it would be written over: "
            + why
            + (earlier == Earlier.NOTHING ? " It was not touched." : untouched()));
  }

  private Optional<Failure> unlessAccepted(String kind, Reason reason, String message) {
    var token = kind + StableHash.of(path).letters(TOKEN_LENGTH);
    return acknowledge.contains(token)
        ? Optional.empty()
        : Optional.of(reason.failure(path + message + " Token: " + token));
  }

  private String untouched() {
    return switch (earlier) {
      case NOTHING -> " Nothing was touched.";
      case BEGUN -> " An earlier attempt had begun to write to it; nothing more was touched.";
    };
  }
}
