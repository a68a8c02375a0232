package dev.salvor.engine.process;

import dev.salvor.api.Reason;
import java.time.Duration;

/** A program that runs beside others until it is closed, such as a throw-away server. */
public final class Service implements AutoCloseable {
  private final Child child;
  private final Runnable whenGone;

  Service(Child child, Runnable whenGone) {
    this.child = child;
    this.whenGone = whenGone;
  }

  public boolean isAlive() {
    return child.process().isAlive();
  }

  /** The last of what it wrote to standard error. */
  public String errorTail() {
    return child.errorTail();
  }

  /** Ends its input, waits for this long, then kills it and all that it started. Idempotent. */
  public void close(Duration patience) {
    child.closeInput();
    if (!child.gone(patience)) {
      child.end(Reason.INTERRUPTED, Duration.ZERO);
    }
    whenGone.run();
  }

  @Override
  public void close() {
    close(Duration.ofSeconds(10));
  }
}
