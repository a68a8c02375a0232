package dev.salvor.api;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Durations as manifests write them: whole numbers with the units {@code d h m s}, largest first,
 * such as {@code 26h}, {@code 1h30m} or {@code 7d}. A day is 24 hours. Kubernetes' own durations
 * (Go's {@code time.ParseDuration}) know no {@code d}; backups are spoken of in days.
 */
public final class DurationText {
  /**
   * For {@code @Pattern}, with a minimum length of 2 (the empty string matches). No part may be
   * zero: {@code keepWithin: 0s} would keep nothing.
   */
  public static final String PATTERN =
      "^([1-9][0-9]{0,4}d)?([1-9][0-9]{0,5}h)?([1-9][0-9]{0,5}m)?([1-9][0-9]{0,7}s)?$";

  private static final Pattern PARTS =
      Pattern.compile("^(?:(\\d{1,5})d)?(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,8})s)?$");

  private DurationText() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException if the text is empty or not of the form above
   */
  public static Duration parse(String text) {
    var matcher = PARTS.matcher(text);
    if (text.isEmpty() || !matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration: write it like 30m, 26h or 7d");
    }
    return Duration.ofDays(number(matcher.group(1)))
        .plusHours(number(matcher.group(2)))
        .plusMinutes(number(matcher.group(3)))
        .plusSeconds(number(matcher.group(4)));
  }

  /** The shortest text that {@link #parse} reads back, cut to whole seconds. */
  public static String format(Duration duration) {
    var text = new StringBuilder();
    append(text, duration.toDays(), "d");
    append(text, duration.toHoursPart(), "h");
    append(text, duration.toMinutesPart(), "m");
    append(text, duration.toSecondsPart(), "s");
    return text.isEmpty() ? "0s" : text.toString();
  }

  private static void append(StringBuilder text, long value, String unit) {
    if (value > 0) {
      text.append(value).append(unit);
    }
  }

  private static long number(@org.jspecify.annotations.Nullable String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }
}
