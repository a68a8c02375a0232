package dev.salvor.plan.schedule;

import dev.salvor.api.DurationText;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.Schedule;
import java.time.Duration;
import java.time.ZoneId;
import java.time.zone.ZoneRulesProvider;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Schedule} as it was understood, or why it was not. What the schema cannot judge is
 * judged here, by both hosts alike: the expression, the time zone, dates that never come, and how
 * often.
 */
public sealed interface ScheduleReading {
  /** It can be followed. */
  record Usable(Ticks ticks) implements ScheduleReading {}

  /**
   * It cannot be followed as written: {@link Reason#INVALID_SCHEDULE}, or {@link
   * Reason#ACKNOWLEDGEMENT_NEEDED} where it runs more often than the floor and nobody has accepted
   * that.
   */
  record Unusable(Failure failure) implements ScheduleReading {}

  /**
   * Ticks closer than this need an acknowledgement: a mistaken minute field has made tens of
   * thousands of backups elsewhere.
   */
  Duration FLOOR = Duration.ofMinutes(15);

  /** A host looks at least this often; a shorter deadline could pass between two looks. */
  Duration SHORTEST_STARTING_DEADLINE = Duration.ofMinutes(1);

  /**
   * Reads a schedule.
   *
   * @param acknowledged {@code spec.acknowledge} of the resource
   */
  static ScheduleReading read(
      Schedule schedule, ScheduleSeed seed, Collection<String> acknowledged) {
    try {
      var cron = CronExpression.parse(schedule.cron(), seed);
      var ticks =
          new Ticks(
              cron,
              zone(schedule.timeZone()),
              duration("jitter", schedule.jitter(), Duration.ZERO),
              startingDeadline(schedule.startingDeadline()),
              seed);
      var interval = cron.shortestInterval();
      var token = floorToken(seed, interval);
      if (interval.compareTo(FLOOR) < 0 && !acknowledged.contains(token)) {
        return new Unusable(floorFailure(schedule, interval, token));
      }
      return new Usable(ticks);
    } catch (InvalidCronException refused) {
      return new Unusable(invalid("cron: " + refused.getMessage()));
    } catch (InvalidScheduleException refused) {
      return new Unusable(invalid(refused.getMessage()));
    }
  }

  private static Failure invalid(@Nullable String message) {
    return Reason.INVALID_SCHEDULE.failure("The schedule cannot be followed. " + message);
  }

  private static Failure floorFailure(Schedule schedule, Duration interval, String token) {
    return Reason.ACKNOWLEDGEMENT_NEEDED.failure(
        "cron '"
            + schedule.cron()
            + "' runs every "
            + DurationText.format(interval)
            + " at times, more often than every "
            + DurationText.format(FLOOR)
            + ". If that is meant, add "
            + token
            + " to spec.acknowledge.");
  }

  private static String floorToken(ScheduleSeed seed, Duration interval) {
    return seed.purpose() + "-every-" + DurationText.format(interval);
  }

  private static ZoneId zone(@Nullable String name) {
    if (name == null) {
      return ZoneId.of("UTC");
    }
    if (!ZoneRulesProvider.getAvailableZoneIds().contains(name)) {
      throw new InvalidScheduleException(
          "timeZone: '"
              + name
              + "' is not in the IANA time zone database: write it like America/Sao_Paulo or UTC");
    }
    return ZoneId.of(name);
  }

  private static Duration startingDeadline(@Nullable String text) {
    var deadline = duration("startingDeadline", text, Duration.ofHours(1));
    if (deadline.compareTo(SHORTEST_STARTING_DEADLINE) < 0) {
      throw new InvalidScheduleException(
          "startingDeadline: '"
              + text
              + "' is too short for any host to meet: write at least "
              + DurationText.format(SHORTEST_STARTING_DEADLINE));
    }
    return deadline;
  }

  private static Duration duration(String field, @Nullable String text, Duration otherwise) {
    if (text == null) {
      return otherwise;
    }
    try {
      return DurationText.parse(text);
    } catch (IllegalArgumentException refused) {
      throw new InvalidScheduleException(field + ": " + refused.getMessage());
    }
  }
}
