package dev.salvor.cli.show;

import java.time.Duration;

/** Durations as kubectl prints them (apimachinery's duration.HumanDuration). */
public final class Age {
  private static final int DAYS_OF_YEAR = 365;

  private Age() {}

  /** Two units at most, the coarser the longer. */
  public static String text(Duration age) {
    var seconds = age.toSeconds();
    if (seconds < -1) {
      return "<invalid>";
    }
    if (seconds < 0) {
      return "0s";
    }
    if (seconds < 120) {
      return seconds + "s";
    }
    var minutes = age.toMinutes();
    var hours = age.toHours();
    if (minutes < 10) {
      return two(minutes, "m", seconds % 60, "s");
    }
    if (minutes < 180) {
      return minutes + "m";
    }
    if (hours < 8) {
      return two(hours, "h", minutes % 60, "m");
    }
    if (hours < 48) {
      return hours + "h";
    }
    return ofDays(hours / 24, hours % 24);
  }

  private static String ofDays(long days, long hours) {
    if (days < 8) {
      return two(days, "d", hours, "h");
    }
    if (days < 2 * DAYS_OF_YEAR) {
      return days + "d";
    }
    var years = days / DAYS_OF_YEAR;
    return years < 8 ? two(years, "y", days % DAYS_OF_YEAR, "d") : years + "y";
  }

  private static String two(long first, String unit, long second, String smallerUnit) {
    return second == 0 ? first + unit : first + unit + second + smallerUnit;
  }
}
