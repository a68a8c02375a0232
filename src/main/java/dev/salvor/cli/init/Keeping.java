package dev.salvor.cli.init;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How many recovery points are kept, as {@code spec.retention} says it.
 *
 * @param counts by field
 */
public record Keeping(Map<String, Integer> counts) {
  /** Usual enough to be what is offered. */
  static final String USUAL = "14d 8w 12m";

  static final String USUAL_OF_HOURLY = "48h " + USUAL;

  /** However they are thinned out: a mistake that is seen the next day has not cost the others. */
  private static final int LAST = 3;

  private static final Map<String, String> FIELDS =
      Map.of(
          "h", "keepHourly",
          "d", "keepDaily",
          "w", "keepWeekly",
          "m", "keepMonthly",
          "y", "keepYearly");

  /** What is wrong with it, if anything. */
  static Optional<String> refusal(String text) {
    if (!text.strip().matches("[1-9][0-9]{0,2}[hdwmy]([ ,]+[1-9][0-9]{0,2}[hdwmy])*")) {
      return Optional.of(
          "numbers with h, d, w, m or y: '"
              + USUAL
              + "' keeps the newest of 14 days, of 8 weeks and of 12 months");
    }
    var units = text.replaceAll("[^hdwmy]", "");
    return units.chars().distinct().count() == units.length()
        ? Optional.empty()
        : Optional.of("each of h, d, w, m and y once: which of two numbers counts is not clear");
  }

  static Keeping parse(String text) {
    var counts = new LinkedHashMap<String, Integer>();
    counts.put("keepLast", LAST);
    Arrays.stream(text.strip().split("[ ,]+", -1))
        .forEach(
            word -> {
              var unit = word.length() - 1;
              counts.put(
                  String.valueOf(FIELDS.get(word.substring(unit))),
                  Integer.parseInt(word.substring(0, unit)));
            });
    return new Keeping(counts);
  }
}
