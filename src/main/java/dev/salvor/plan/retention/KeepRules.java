package dev.salvor.plan.retention;

import dev.salvor.api.Retention;
import dev.salvor.plan.StableHash;
import java.time.ZoneId;
import java.time.zone.ZoneRules;
import java.time.zone.ZoneRulesProvider;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a {@link Retention}, in the order in which restic applies them and lists reasons.
 *
 * @param within reach of keep-within; null: no such rule
 * @param counted rules that keep so many
 * @param periodic rules that keep one of each period within a reach
 * @param zone in which hours, days, weeks, months and years are counted
 */
record KeepRules(
    @Nullable Span within, List<Counted> counted, List<Periodic> periodic, ZoneId zone) {
  /** The newest of each of so many buckets. */
  record Counted(Bucket bucket, int count) {}

  /** The newest of each bucket within a reach. */
  record Periodic(Bucket bucket, Span within) {}

  /**
   * Reads the rules.
   *
   * @throws IllegalArgumentException with a message for people, if a duration or the time zone
   *     cannot be read
   */
  static KeepRules read(Retention retention) {
    var counted = new ArrayList<Counted>();
    add(counted, Bucket.POINT, retention.keepLast());
    add(counted, Bucket.HOUR, retention.keepHourly());
    add(counted, Bucket.DAY, retention.keepDaily());
    add(counted, Bucket.WEEK, retention.keepWeekly());
    add(counted, Bucket.MONTH, retention.keepMonthly());
    add(counted, Bucket.YEAR, retention.keepYearly());
    var periodic = new ArrayList<Periodic>();
    add(periodic, Bucket.HOUR, span("keepWithinHourly", retention.keepWithinHourly()));
    add(periodic, Bucket.DAY, span("keepWithinDaily", retention.keepWithinDaily()));
    add(periodic, Bucket.WEEK, span("keepWithinWeekly", retention.keepWithinWeekly()));
    add(periodic, Bucket.MONTH, span("keepWithinMonthly", retention.keepWithinMonthly()));
    add(periodic, Bucket.YEAR, span("keepWithinYearly", retention.keepWithinYearly()));
    return new KeepRules(
        span("keepWithin", retention.keepWithin()),
        List.copyOf(counted),
        List.copyOf(periodic),
        zone(retention.timeZone()));
  }

  /** No rule at all keeps everything: nothing is removed because nothing was said. */
  boolean isEmpty() {
    return within == null && counted.isEmpty() && periodic.isEmpty();
  }

  ZoneRules zoneRules() {
    return zone.getRules();
  }

  /** Changes when any rule does. */
  String hash() {
    var parts = new ArrayList<String>();
    parts.add(zone.getId());
    parts.add(within == null ? "" : within.text());
    counted.forEach(rule -> parts.add(rule.bucket().adverb() + " " + rule.count()));
    periodic.forEach(rule -> parts.add(rule.bucket().adverb() + " within " + rule.within().text()));
    return StableHash.of(parts.toArray(String[]::new)).letters(8);
  }

  private static void add(List<Counted> rules, Bucket bucket, @Nullable Integer count) {
    if (count != null && count > 0) {
      rules.add(new Counted(bucket, count));
    }
  }

  private static void add(List<Periodic> rules, Bucket bucket, @Nullable Span within) {
    if (within != null) {
      rules.add(new Periodic(bucket, within));
    }
  }

  /** A reach of nothing is no rule, as in restic. */
  private static @Nullable Span span(String field, @Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      var span = Span.parse(text);
      return span.isZero() ? null : span;
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(field + ": " + refused.getMessage(), refused);
    }
  }

  private static ZoneId zone(@Nullable String name) {
    if (name == null) {
      return ZoneId.of("UTC");
    }
    if (!ZoneRulesProvider.getAvailableZoneIds().contains(name)) {
      throw new IllegalArgumentException(
          "timeZone: '"
              + name
              + "' is not in the IANA time zone database: write it like America/Sao_Paulo or UTC");
    }
    return ZoneId.of(name);
  }
}
