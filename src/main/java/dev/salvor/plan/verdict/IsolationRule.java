package dev.salvor.plan.verdict;

import dev.salvor.api.Failure;
import dev.salvor.api.Isolation;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Reason;
import java.util.Collection;
import java.util.Optional;

/**
 * Whether a copy may be restored where it stands. Asked before anything is restored: a foreign
 * server, dblink or a subscription in the copy would act on production.
 */
public final class IsolationRule {
  private IsolationRule() {}

  /**
   * What forbids it; empty: it may be restored.
   *
   * @param reach what in the copy could act on others, by its facts
   */
  public static Optional<Failure> obstacle(
      IsolationMode mode, Isolation isolation, Collection<String> reach) {
    if (isPermitted(mode, isolation, !reach.isEmpty())) {
      return Optional.empty();
    }
    var why =
        reach.isEmpty()
            ? "verification.isolation asks for it"
            : "the database can act on others through "
                + String.join(", ", reach.stream().sorted().limit(5).toList());
    return Optional.of(
        Reason.NOT_ISOLATED.failure(
            "Nothing was restored: " + words(isolation) + ", and " + why + "."));
  }

  /**
   * What forbids that programs of the user look at a copy of files. An application that is started
   * on its own data acts on whatever it reaches.
   */
  public static Optional<Failure> obstacleToCommands(IsolationMode mode, Isolation isolation) {
    return isPermitted(mode, isolation, true)
        ? Optional.empty()
        : Optional.of(
            Reason.NOT_ISOLATED.failure(
                "The copy is what was backed up, but no command of your checks was run: "
                    + words(isolation)
                    + "."));
  }

  private static boolean isPermitted(
      IsolationMode mode, Isolation isolation, boolean mayActOnOthers) {
    return isolation == Isolation.ENFORCED
        || switch (mode) {
          case REQUIRED -> false;
          case AUTO -> !mayActOnOthers;
          case PREFERRED -> true;
          // Of a newer version: the careful reading.
          case UNKNOWN -> false;
        };
  }

  private static String words(Isolation isolation) {
    return "the sandbox is "
        + (isolation == Isolation.UNKNOWN ? "not known to be isolated" : "not isolated");
  }
}
