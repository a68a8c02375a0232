package dev.salvor.plan.retention;

import dev.salvor.api.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;

/**
 * How far back a keep-within rule reaches. Days are days of the calendar, as in restic: {@code 2d}
 * reaches back to the same time of day, also over a change of the clock; {@code 48h} does not.
 *
 * @param text as it was written, for the reason
 */
record Span(String text, int days, Duration rest) {
  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Span parse(String text) {
    DurationText.parse(text);
    int end = text.indexOf('d');
    return new Span(
        text,
        end < 0 ? 0 : Integer.parseInt(text.substring(0, end)),
        end == text.length() - 1 ? Duration.ZERO : DurationText.parse(text.substring(end + 1)));
  }

  boolean isZero() {
    return days == 0 && rest.isZero();
  }

  /** The moment that a point must be after. */
  Instant before(Instant latest, ZoneRules zone) {
    var wall = LocalDateTime.ofInstant(latest, zone.getOffset(latest)).minusDays(days);
    return resolve(wall, zone).minus(rest);
  }

  /**
   * Go's {@code time.Date}, which restic reckons with: of a wall time that happens twice or never,
   * it takes the one that the offset in force at that time in UTC leads to.
   */
  private static Instant resolve(LocalDateTime wall, ZoneRules zone) {
    var guess = wall.toInstant(zone.getOffset(wall.toInstant(ZoneOffset.UTC)));
    return wall.toInstant(zone.getOffset(guess));
  }
}
