package dev.salvor.plan.schedule;

import java.io.Serial;

/** A field of a schedule other than cron that cannot be read. */
final class InvalidScheduleException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1L;

  InvalidScheduleException(String message) {
    super(message);
  }
}
