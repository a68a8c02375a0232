package dev.salvor.plan.schedule;

import java.io.Serial;

/** A cron expression that cannot be read. The message is for the person who wrote it. */
public final class InvalidCronException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1L;

  InvalidCronException(String message) {
    super(message);
  }
}
