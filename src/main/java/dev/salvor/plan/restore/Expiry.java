package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A restore that Git applies again next year touches nothing. */
public final class Expiry {
  private Expiry() {}

  /**
   * Why it is over; asked again right before something is touched.
   *
   * @param notAfter null: it never is
   */
  public static Optional<Failure> of(@Nullable Instant notAfter, Instant now) {
    return notAfter == null || !now.isAfter(notAfter)
        ? Optional.empty()
        : Optional.of(
            Reason.EXPIRED.failure("notAfter " + notAfter + " has passed: nothing was touched."));
  }
}
