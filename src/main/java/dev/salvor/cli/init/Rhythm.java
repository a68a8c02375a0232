package dev.salvor.cli.init;

import dev.salvor.api.Schedule;
import dev.salvor.plan.schedule.ScheduleReading;
import dev.salvor.plan.schedule.ScheduleSeed;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How often, in a word or as five fields of cron. */
public record Rhythm(String cron) {
  /** What a backup may take, or be late by, before its age is worth an alarm. */
  private static final Duration SLACK = Duration.ofHours(2);

  /** A leap year of ticks that come twice a month, and half a week of those that come hourly. */
  private static final int TICKS = 80;

  /** H: a minute that is the policy's own, so that not everything begins at once. */
  static Rhythm of(String text) {
    return new Rhythm(
        switch (text.strip()) {
          case "hourly" -> "H * * * *";
          case "daily" -> "H 2 * * *";
          case "weekly" -> "H 2 * * 0";
          default -> text.strip();
        });
  }

  /** What is wrong with it, if anything. */
  Optional<String> refusal() {
    return switch (reading()) {
      case ScheduleReading.Usable(var _) -> Optional.empty();
      case ScheduleReading.Unusable(var failure) ->
          Optional.of("hourly, daily, weekly or five fields of cron: " + failure.message());
    };
  }

  boolean isHourly() {
    return longest(Instant.EPOCH).compareTo(Duration.ofHours(2)) < 0;
  }

  /** The age of the newest recovery point that is no longer as it should be, in hours. */
  String objective(Instant now) {
    return longest(now).plus(SLACK).toHours() + "h";
  }

  /** In UTC: an hour more or less twice a year is within the slack. */
  private Duration longest(Instant now) {
    if (!(reading() instanceof ScheduleReading.Usable(var ticks))) {
      throw new IllegalStateException("refused before: " + cron);
    }
    var longest = Duration.ZERO;
    var last = ticks.next(now).nominal();
    for (var tick : ticks.next(TICKS, last)) {
      var gap = Duration.between(last, tick.nominal());
      longest = gap.compareTo(longest) > 0 ? gap : longest;
      last = tick.nominal();
    }
    return longest;
  }

  private ScheduleReading reading() {
    return ScheduleReading.read(
        new Schedule(cron, "UTC", null, null),
        new ScheduleSeed("default", "init", "backup"),
        List.of());
  }
}
