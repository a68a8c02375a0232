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
    boolean needed =
        switch (mode) {
          case REQUIRED -> true;
          case AUTO -> !reach.isEmpty();
          case PREFERRED -> false;
          // Of a newer version: the careful reading.
          case UNKNOWN -> true;
        };
    if (!needed || isolation == Isolation.ENFORCED) {
      return Optional.empty();
    }
    var why =
        reach.isEmpty()
            ? "verification.isolation asks for it"
            : "the database can act on others through "
                + String.join(", ", reach.stream().sorted().limit(5).toList());
    return Optional.of(
        Reason.NOT_ISOLATED.failure(
            "Nothing was restored: the sandbox is "
                + (isolation == Isolation.UNKNOWN ? "not known to be isolated" : "not isolated")
                + ", and "
                + why
                + "."));
  }
}
