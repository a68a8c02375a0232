package dev.salvor.task;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Ids of recovery points: the host's tick, which sorts them, and what tells two of one apart. */
public final class PointId {
  /** Letters and digits of the tail. */
  public static final int TAIL_LENGTH = 6;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd't'HHmmss'z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private PointId() {}

  public static String of(Instant tick, String tail) {
    return TIME.format(tick) + "-" + tail;
  }
}
