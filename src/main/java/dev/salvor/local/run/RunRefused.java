package dev.salvor.local.run;

import dev.salvor.api.Failure;

/** A worker is not started, and no other attempt of this host would do better right now. */
final class RunRefused extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Failure failure;

  RunRefused(Failure failure) {
    super(failure.message());
    this.failure = failure;
  }

  Failure failure() {
    return failure;
  }
}
