package dev.salvor.plan.retention;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/** Histories of a repository, each of another shape; no two points of one at the same time. */
final class RandomHistories {
  private final ZoneId zone;
  private final Random random;
  private final Map<String, List<Instant>> histories = new LinkedHashMap<>();

  private RandomHistories(ZoneId zone, Random random) {
    this.zone = zone;
    this.random = random;
  }

  static Map<String, List<Instant>> of(ZoneId zone, Random random) {
    var all = new RandomHistories(zone, random);
    all.shapes();
    return all.histories;
  }

  private void shapes() {
    add("single", every("2024-05-05T05:05", Duration.ofDays(1), 1));
    add("two-in-a-day", every("2024-05-05T05:05", Duration.ofHours(3), 2));
    add("two-years-apart", every("2022-05-05T05:05", Duration.ofDays(800), 2));
    add("daily", every("2025-09-20T02:00", Duration.ofDays(1), 70));
    add("daily-at-midnight", every("2025-09-20T00:00", Duration.ofDays(1), 60));
    add("a-second-before-midnight", every("2025-10-20T23:59:59", Duration.ofDays(1), 40));
    add("every-six-hours", every("2025-10-15T01:30", Duration.ofHours(6), 70));
    add("hourly-over-the-gap", every("2025-03-29T12:00", Duration.ofHours(1), 40));
    add("half-hourly-over-the-overlap-in-berlin", every("2025-10-25T20:00", MINUTES_20, 50));
    add("half-hourly-over-the-overlap-in-new-york", every("2025-11-01T20:00", MINUTES_20, 50));
    add("ends-in-the-overlap-in-berlin", endingAt("2025-10-26T01:30:00Z"));
    add("ends-before-the-overlap-in-berlin", endingAt("2025-10-26T00:30:00Z"));
    add("ends-in-the-overlap-in-new-york", endingAt("2025-11-02T05:40:00Z"));
    add("ends-after-the-overlap-in-new-york", endingAt("2025-11-02T06:40:00Z"));
    add("weekly-over-iso-years", every("2019-12-01T03:00", Duration.ofDays(7), 70));
    add("around-new-year", every("2020-12-25T03:00", Duration.ofDays(1), 16));
    add("monthly", every("2021-01-31T03:00", Duration.ofDays(30), 50));
    add("yearly", every("2010-06-15T03:00", Duration.ofDays(366), 14));
    add("bursts", scattered("2025-11-10T00:00", Duration.ofHours(30), 60));
    add("scattered-over-weeks", scattered("2025-08-10T00:00", Duration.ofDays(90), 70));
    add("scattered-over-years", scattered("2015-08-10T00:00", Duration.ofDays(3600), 70));
    add("an-outage", every("2025-05-01T02:00", Duration.ofDays(1), 20), daily("2025-11-01T02:00"));
    add("some-in-the-future", daily("2025-11-01T02:00"), daily("2090-01-10T02:00"));
    add("one-in-the-future", daily("2025-11-01T02:00"), every("2090-01-10T02:00", MINUTES_20, 1));
    add("all-in-the-future", daily("2090-01-10T02:00"));
    add("older-than-the-epoch-of-git", every("2004-12-20T00:30", Duration.ofHours(17), 40));
  }

  private static final Duration MINUTES_20 = Duration.ofMinutes(20);

  @SafeVarargs
  private void add(String name, List<Instant>... parts) {
    var times = new TreeSet<Instant>();
    for (var part : parts) {
      times.addAll(part);
    }
    histories.put(name, List.copyOf(times));
  }

  private List<Instant> daily(String start) {
    return every(start, Duration.ofDays(1), 15);
  }

  private List<Instant> every(String start, Duration step, int count) {
    var wall = LocalDateTime.parse(start).atZone(zone).toInstant();
    var times = new ArrayList<Instant>();
    for (int nr = 0; nr < count; nr++) {
      times.add(wall.plus(step.multipliedBy(nr)));
    }
    return times;
  }

  /** Steps of half an hour for two days, days before that: what keep-within counts back from. */
  private static List<Instant> endingAt(String end) {
    var last = Instant.parse(end);
    var times = new ArrayList<Instant>();
    for (int nr = 0; nr < 60; nr++) {
      times.add(last.minus(Duration.ofMinutes(30L * nr)));
    }
    for (int nr = 2; nr < 25; nr++) {
      times.add(last.minus(Duration.ofDays(nr)).plusSeconds(1));
      times.add(last.minus(Duration.ofDays(nr)).plusSeconds(1801));
      times.add(last.minus(Duration.ofDays(nr)).minusSeconds(1799));
    }
    return times;
  }

  private List<Instant> scattered(String start, Duration span, int count) {
    var from = LocalDateTime.parse(start).atZone(zone).toInstant();
    var times = new TreeSet<Instant>();
    while (times.size() < count) {
      times.add(from.plusMillis(random.nextLong(span.toMillis())));
    }
    return List.copyOf(times);
  }
}
