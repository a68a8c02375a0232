package dev.salvor.engine.objectstore;

import java.time.Duration;

/**
 * How long an object's body is waited for.
 *
 * @param attempt until it begins to come
 * @param call the same with all attempts, and what lies between them
 * @param silence between two bytes of it; and in which it must have come on
 */
record S3Patience(Duration attempt, Duration call, Duration silence) {
  /** A server that throttles has us wait for half a minute, and may be slow then. */
  static final S3Patience USUAL =
      new S3Patience(Duration.ofSeconds(60), Duration.ofSeconds(150), Duration.ofSeconds(60));
}
