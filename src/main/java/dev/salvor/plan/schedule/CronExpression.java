package dev.salvor.plan.schedule;

import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.YearMonth;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/**
 * Five fields of cron over wall-clock time: minute, hour, day of month, month, day of week.
 *
 * <p>As crontab(5) says: lists, ranges, steps, names of months and days; Sunday is 0 or 7; and when
 * both day fields are restricted, a day matches if either does. A day field that begins with {@code
 * *} (also {@code *}{@code /2}) does not count as restricted: then both must match, as in Vixie's
 * cron. {@code n/step} means from n to the end of the range. {@code H} is a value drawn from the
 * seed.
 *
 * <p>Refused, each by a message that says what to write instead: six or seven fields (a field of
 * seconds read as minutes has flooded clusters with backups), {@code @daily} and the like (they
 * would all run in the same minute), a time zone in the text, {@code ? L W #}, a step that is never
 * taken, and dates that no year has.
 */
public final class CronExpression {
  private static final Pattern BLANKS = Pattern.compile("[ \\t]+");
  private static final int FIELDS = 5;
  private static final int MINUTES_OF_DAY = 24 * 60;

  /** Years until every combination of date and day of week has come by, over a century too. */
  private static final int HORIZON_YEARS = 41;

  private final long minutes;
  private final long hours;
  private final long daysOfMonth;
  private final long months;
  private final long daysOfWeek;
  private final DayRule dayRule;

  private enum DayRule {
    BOTH,
    EITHER
  }

  private CronExpression(
      long minutes, long hours, long daysOfMonth, long months, long daysOfWeek, DayRule dayRule) {
    this.minutes = minutes;
    this.hours = hours;
    this.daysOfMonth = daysOfMonth;
    this.months = months;
    this.daysOfWeek = daysOfWeek;
    this.dayRule = dayRule;
  }

  /**
   * Reads an expression.
   *
   * @param seed what H is drawn from
   * @throws InvalidCronException if it cannot be read or never comes by; the message says why
   */
  public static CronExpression parse(String text, ScheduleSeed seed) {
    var trimmed = text.strip();
    refuseDialects(trimmed);
    var fields = BLANKS.split(trimmed, -1);
    if (fields.length != FIELDS) {
      throw new InvalidCronException(countMessage(trimmed, fields.length));
    }
    var daysOfMonth = fields[2];
    var months = fields[3];
    var daysOfWeek = fields[4];
    var rule =
        daysOfMonth.startsWith("*") || daysOfWeek.startsWith("*") ? DayRule.BOTH : DayRule.EITHER;
    var expression =
        new CronExpression(
            CronField.MINUTE.parse(fields[0], seed),
            CronField.HOUR.parse(fields[1], seed),
            CronField.DAY_OF_MONTH.parse(daysOfMonth, seed),
            CronField.MONTH.parse(months, seed),
            CronField.DAY_OF_WEEK.parse(daysOfWeek, seed),
            rule);
    expression.refuseImpossibleDates(daysOfMonth, months);
    return expression;
  }

  private static void refuseDialects(String text) {
    if (text.startsWith("@")) {
      throw new InvalidCronException(
          "'"
              + text
              + "' is a shorthand, which would run everything in the same minute: write five fields"
              + " such as 'H H * * *' for daily, 'H * * * *' for hourly, 'H H * * H' for weekly");
    }
    if (text.contains("=")) {
      throw new InvalidCronException(
          "'" + text + "' names a time zone: write it in the field timeZone");
    }
    if (text.contains("?") || text.contains("#")) {
      throw new InvalidCronException(
          "'" + text + "' uses ? or # of another cron: only * , - / and H are known here");
    }
  }

  private static String countMessage(String text, int count) {
    var wanted = "five are wanted: minute, hour, day of month, month, day of week";
    return switch (count) {
      case 6 ->
          "'"
              + text
              + "' has six fields; "
              + wanted
              + ". There is no field for seconds: drop the first";
      case 7 ->
          "'" + text + "' has seven fields; " + wanted + ". There are none for seconds and years";
      default -> "'" + text + "' has " + count + (count == 1 ? " field; " : " fields; ") + wanted;
    };
  }

  private void refuseImpossibleDates(String days, String monthsText) {
    for (int month = 1; month <= 12; month++) {
      long length = Month.of(month).maxLength();
      if (has(months, month) && Long.numberOfTrailingZeros(daysOfMonth) <= length) {
        return;
      }
    }
    throw new InvalidCronException(
        "day of month '" + days + "' does not exist in month '" + monthsText + "' of any year");
  }

  /** The first matching minute at or after the given one. */
  LocalDateTime nextAtOrAfter(LocalDateTime from) {
    var minute = from.truncatedTo(ChronoUnit.MINUTES);
    if (minute.isBefore(from)) {
      minute = minute.plusMinutes(1);
    }
    var date = nextDate(minute.toLocalDate(), from);
    if (date.equals(minute.toLocalDate())) {
      int time = nextTime(minute.getHour() * 60 + minute.getMinute());
      if (time < MINUTES_OF_DAY) {
        return date.atTime(LocalTime.of(time / 60, time % 60));
      }
      date = nextDate(date.plusDays(1), from);
    }
    int first = nextTime(0);
    return date.atTime(LocalTime.of(first / 60, first % 60));
  }

  private LocalDate nextDate(LocalDate from, LocalDateTime start) {
    var date = from;
    while (!matches(date)) {
      date =
          has(months, date.getMonthValue())
              ? date.plusDays(1)
              : YearMonth.from(date).plusMonths(1).atDay(1);
      if (date.getYear() > start.getYear() + HORIZON_YEARS) {
        throw new IllegalStateException(
            "no matching date in " + HORIZON_YEARS + " years after " + start);
      }
    }
    return date;
  }

  /** Minute of the day, or {@link #MINUTES_OF_DAY} where the day has no more. */
  private int nextTime(int from) {
    for (int time = from; time < MINUTES_OF_DAY; time++) {
      if (!has(hours, time / 60)) {
        time = (time / 60 + 1) * 60 - 1;
      } else if (has(minutes, time % 60)) {
        return time;
      }
    }
    return MINUTES_OF_DAY;
  }

  private boolean matches(LocalDate date) {
    if (!has(months, date.getMonthValue())) {
      return false;
    }
    boolean byMonth = has(daysOfMonth, date.getDayOfMonth());
    boolean byWeek = has(daysOfWeek, date.getDayOfWeek().getValue() % 7);
    return switch (dayRule) {
      case BOTH -> byMonth && byWeek;
      case EITHER -> byMonth || byWeek;
    };
  }

  /**
   * The shortest time between two of its minutes by the wall clock. Over midnight it counts as if
   * the next day matched too.
   */
  Duration shortestInterval() {
    int first = nextTime(0);
    int shortest = MINUTES_OF_DAY;
    int previous = first;
    for (int time = nextTime(first + 1); time < MINUTES_OF_DAY; time = nextTime(time + 1)) {
      shortest = Math.min(shortest, time - previous);
      previous = time;
    }
    return Duration.ofMinutes(Math.min(shortest, first + MINUTES_OF_DAY - previous));
  }

  private static boolean has(long values, int value) {
    return (values & CronField.bit(value)) != 0;
  }
}
