package dev.salvor.plan.schedule;

import dev.salvor.plan.StableHash;
import java.util.Locale;

/** One of the five fields: its range, its names, and how {@code H} is drawn in it. */
enum CronField {
  MINUTE("minute", 0, 59, 59, ""),
  HOUR("hour", 0, 23, 23, ""),
  /** H stays at 28 or below, so that every month has the day. */
  DAY_OF_MONTH("day of month", 1, 31, 28, ""),
  MONTH("month", 1, 12, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"),
  /** Sunday is 0, and 7 too. */
  DAY_OF_WEEK("day of week", 0, 7, 6, "SUN MON TUE WED THU FRI SAT");

  private static final int SUNDAY = 0;
  private static final int SUNDAY_AT_THE_END = 7;

  private final String title;
  private final int first;
  private final int last;
  private final int lastHashed;

  /** Three letters each, with a blank between. */
  private final String names;

  CronField(String title, int first, int last, int lastHashed, String names) {
    this.title = title;
    this.first = first;
    this.last = last;
    this.lastHashed = lastHashed;
    this.names = names;
  }

  /** The values that match, as bits; bit n stands for n. */
  long parse(String text, ScheduleSeed seed) {
    long values = 0;
    for (var item : text.split(",", -1)) {
      values |= parseItem(item, text, seed.hash(name()));
    }
    if (this == DAY_OF_WEEK && (values & bit(SUNDAY_AT_THE_END)) != 0) {
      values = (values | bit(SUNDAY)) & ~bit(SUNDAY_AT_THE_END);
    }
    return values;
  }

  private long parseItem(String item, String field, StableHash hash) {
    if (item.isEmpty()) {
      throw refusal(field, "has an empty entry; lists are written like 1,15");
    }
    var parts = item.split("/", -1);
    if (parts.length > 2) {
      throw refusal(item, "has more than one step");
    }
    var base = parts[0];
    if (base.startsWith("H")) {
      return hashed(item, base, parts, hash);
    }
    int from;
    int to;
    if (base.equals("*")) {
      from = first;
      to = lastOfStar();
    } else {
      var bounds = base.split("-", -1);
      if (bounds.length > 2) {
        throw refusal(item, "is not a range; ranges are written like 1-5");
      }
      from = value(bounds[0], item);
      to = bounds.length == 2 ? rangeEnd(bounds[1], from, item) : from;
      if (bounds.length == 1 && parts.length == 2) {
        to = lastOfStar();
      }
    }
    if (from > to) {
      throw refusal(item, "is a range that ends before it begins");
    }
    return bits(from, to, parts.length == 2 ? step(parts[1], item) : 1);
  }

  /** {@code H}, {@code H(a-b)}, {@code H/step} or {@code H(a-b)/step}, as Jenkins has them. */
  private long hashed(String item, String base, String[] parts, StableHash hash) {
    int from = first;
    int to = lastHashed;
    if (!base.equals("H")) {
      var bounds = base.substring(1).split("-", -1);
      if (bounds.length != 2 || !bounds[0].startsWith("(") || !bounds[1].endsWith(")")) {
        throw refusal(item, "is not a hash; they are written H, H(1-5), H/15 or H(0-29)/10");
      }
      from = value(bounds[0].substring(1), item);
      to = rangeEnd(bounds[1].substring(0, bounds[1].length() - 1), from, item);
      if (from > to) {
        throw refusal(item, "is a range that ends before it begins");
      }
    }
    if (parts.length == 1) {
      return bit(from + (int) hash.below(to - from + 1L));
    }
    int step = step(parts[1], item);
    return bits(from + (int) hash.below(Math.min(step, to - from + 1)), to, step);
  }

  private int rangeEnd(String text, int from, String item) {
    int end = value(text, item);
    return this == DAY_OF_WEEK && end == SUNDAY && from > SUNDAY ? SUNDAY_AT_THE_END : end;
  }

  private int value(String text, String item) {
    int place = text.length() == 3 ? names.indexOf(text.toUpperCase(Locale.ROOT)) : -1;
    if (place >= 0 && place % 4 == 0) {
      return first + place / 4;
    }
    if (text.isEmpty() || text.length() > 3 || !text.chars().allMatch(CronField::isDigit)) {
      throw refusal(item, "is not understood; " + allowed());
    }
    int number = Integer.parseInt(text);
    if (number < first || number > last) {
      throw refusal(item, "is out of range; " + allowed());
    }
    return number;
  }

  private int step(String text, String item) {
    int span = lastOfStar() - first + 1;
    if (text.isEmpty() || text.length() > 3 || !text.chars().allMatch(CronField::isDigit)) {
      throw refusal(item, "has a step that is not a number");
    }
    int step = Integer.parseInt(text);
    if (step == 0) {
      throw refusal(item, "has a step of 0");
    }
    if (step >= span) {
      throw refusal(
          item, "has a step of " + step + ", which a field of " + span + " values never takes");
    }
    return step;
  }

  private int lastOfStar() {
    return this == DAY_OF_WEEK ? lastHashed : last;
  }

  private String allowed() {
    var text = "the " + title + " is " + first + " to " + last;
    return names.isEmpty()
        ? text
        : text + " or " + names.substring(0, 3) + " to " + names.substring(names.length() - 3);
  }

  private InvalidCronException refusal(String what, String why) {
    return new InvalidCronException(title + " '" + what + "' " + why);
  }

  private static boolean isDigit(int character) {
    return character >= '0' && character <= '9';
  }

  private static long bits(int from, int to, int step) {
    long bits = 0;
    for (int value = from; value <= to; value += step) {
      bits |= bit(value);
    }
    return bits;
  }

  static long bit(int value) {
    return 1L << value;
  }
}
