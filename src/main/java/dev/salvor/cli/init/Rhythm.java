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

  /** All seasons that five fields of cron can tell, so that nights and weekends off are seen. */
  private static final Duration SPAN = Duration.ofDays(366);

  /** For ticks that come less often than monthly. */
  private static final int FEWEST_TICKS = 80;

  /** A month of the shortest rhythm that is allowed, and a year of an hourly one. */
  private static final int MOST_TICKS = 10_000;

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

  /** Though perhaps not at night. */
  boolean isHourly() {
    return pauses(Instant.EPOCH).shortest().compareTo(Duration.ofHours(2)) < 0;
  }

  /** The age of the newest recovery point that is no longer as it should be, in hours. */
  String objective(Instant now) {
    return pauses(now).longest().plus(SLACK).toHours() + "h";
  }

  private record Pauses(Duration shortest, Duration longest) {
    Pauses and(Duration pause) {
      return new Pauses(
          pause.compareTo(shortest) < 0 ? pause : shortest,
          pause.compareTo(longest) > 0 ? pause : longest);
    }
  }

  /** In UTC: an hour more or less twice a year is within the slack. */
  private Pauses pauses(Instant now) {
    if (!(reading() instanceof ScheduleReading.Usable(var ticks))) {
      throw new IllegalStateException("refused before: " + cron);
    }
    var last = ticks.next(now).nominal();
    var end = last.plus(SPAN);
    var pauses = new Pauses(SPAN, Duration.ZERO);
    for (var count = 0;
        count < FEWEST_TICKS || (count < MOST_TICKS && last.isBefore(end));
        count++) {
      var tick = ticks.next(last).nominal();
      pauses = pauses.and(Duration.between(last, tick));
      last = tick;
    }
    return pauses;
  }

  private ScheduleReading reading() {
    return ScheduleReading.read(
        new Schedule(cron, "UTC", null, null),
        new ScheduleSeed("default", "init", "backup"),
        List.of());
  }
}
