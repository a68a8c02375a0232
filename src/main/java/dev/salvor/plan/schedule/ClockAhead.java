package dev.salvor.plan.schedule;

import java.time.Duration;
import java.time.Instant;

/**
 * Times that a clock wrote which was ahead: of this host before it was put right, or of a source.
 * Nothing counts from them, or nothing would be due until then.
 */
public final class ClockAhead {
  /** Clocks differ by so much without harm. */
  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  private ClockAhead() {}

  public static boolean wrote(Instant time, Instant now) {
    return time.isAfter(now.plus(TOLERANCE));
  }
}
