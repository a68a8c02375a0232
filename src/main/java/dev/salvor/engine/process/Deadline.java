package dev.salvor.engine.process;

import java.time.Duration;

/**
 * A moment by the machine's monotonic clock, which a corrected wall clock does not move.
 *
 * @param nanoTime as {@link System#nanoTime} counts
 */
public record Deadline(long nanoTime) {
  public static Deadline after(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos());
  }

  /** Zero once it has passed. */
  public Duration remaining() {
    var left = nanoTime - System.nanoTime();
    return left <= 0 ? Duration.ZERO : Duration.ofNanos(left);
  }

  /** The earlier one of this and the given time from now. */
  public Deadline within(Duration duration) {
    return duration.compareTo(remaining()) < 0 ? after(duration) : this;
  }
}
