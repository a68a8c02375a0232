package dev.salvor.plan.retention;

import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of a list of times the rules keep, and by which: exactly {@code restic forget} of 0.19
 * (internal/data/snapshot_policy.go), down to the words of the reasons. A test compares the two
 * over thousands of histories and rules.
 *
 * <ul>
 *   <li>From the newest to the oldest, each counted rule keeps the first point of a bucket that it
 *       meets, while it has counts left.
 *   <li>The oldest point of all is kept by each rule that has counts left, so that a history that
 *       is shorter than the rule reaches back as far as it can.
 *   <li>Rules within a reach count it from the newest point that is not in the future.
 *   <li>Points in the future take part like all others.
 * </ul>
 */
final class ForgetPolicy {
  private final KeepRules rules;
  private final @Nullable Instant latest;
  private final int last;
  private final int[] countsLeft;
  private final long[] countedBuckets;
  private final long[] periodicBuckets;

  private ForgetPolicy(KeepRules rules, @Nullable Instant latest, int last) {
    this.rules = rules;
    this.latest = latest;
    this.last = last;
    countsLeft = rules.counted().stream().mapToInt(KeepRules.Counted::count).toArray();
    countedBuckets = new long[rules.counted().size()];
    periodicBuckets = new long[rules.periodic().size()];
    Arrays.fill(countedBuckets, Bucket.NONE);
    Arrays.fill(periodicBuckets, Bucket.NONE);
  }

  /** A point to judge. */
  record Dated(String id, Instant time) {}

  /**
   * What became of it.
   *
   * @param reasons which rules keep it; empty: none does
   */
  record Judged(String id, List<String> reasons) {}

  /**
   * Applies the rules.
   *
   * @return the newest first; of equal times in the order of their ids
   */
  static List<Judged> apply(KeepRules rules, List<Dated> points, Instant now) {
    var sorted =
        points.stream()
            .sorted(Comparator.comparing(Dated::time).reversed().thenComparing(Dated::id))
            .toList();
    var latest =
        sorted.stream()
            .map(Dated::time)
            .filter(time -> time.isBefore(now))
            .findFirst()
            .orElse(null);
    var policy = new ForgetPolicy(rules, latest, sorted.size() - 1);
    var judged = new ArrayList<Judged>(sorted.size());
    for (int place = 0; place < sorted.size(); place++) {
      var point = sorted.get(place);
      judged.add(new Judged(point.id(), policy.reasons(point.time(), place)));
    }
    return judged;
  }

  private List<String> reasons(Instant time, int place) {
    var reasons = new ArrayList<String>();
    var wall = time.atZone(rules.zone());
    if (rules.within() != null && isWithin(rules.within(), time)) {
      reasons.add("within " + rules.within().text());
    }
    for (int rule = 0; rule < countsLeft.length; rule++) {
      if (countsLeft[rule] > 0) {
        var bucket = rules.counted().get(rule).bucket();
        if (takes(countedBuckets, rule, bucket, wall, place, reasons, " snapshot")) {
          countsLeft[rule]--;
        }
      }
    }
    for (int rule = 0; rule < periodicBuckets.length; rule++) {
      var periodic = rules.periodic().get(rule);
      if (isWithin(periodic.within(), time)) {
        var what = " within " + periodic.within().text();
        takes(periodicBuckets, rule, periodic.bucket(), wall, place, reasons, what);
      }
    }
    return List.copyOf(reasons);
  }

  private boolean takes(
      long[] buckets,
      int rule,
      Bucket bucket,
      ZonedDateTime wall,
      int place,
      List<String> reasons,
      String what) {
    long value = bucket.of(wall, place);
    boolean first = value != buckets[rule];
    if (!first && place != last) {
      return false;
    }
    buckets[rule] = value;
    reasons.add((first ? "" : "oldest ") + bucket.adverb() + what);
    return true;
  }

  /** Where all points are in the future there is nothing to count from, and all are within. */
  private boolean isWithin(Span span, Instant time) {
    return latest == null || time.isAfter(span.before(latest, rules.zoneRules()));
  }
}
