package dev.salvor.plan.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.Schedule;
import dev.salvor.plan.schedule.ScheduleReading.Unusable;
import dev.salvor.plan.schedule.ScheduleReading.Usable;
import dev.salvor.plan.schedule.TickDecision.Due;
import dev.salvor.plan.schedule.TickDecision.NotYet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TicksTest {
  private static final ScheduleSeed SEED = new ScheduleSeed("shop", "shop-db", "backup");
  private static final Instant SUNDAY = Instant.parse("2026-03-01T00:00:00Z");

  /**
   * Gaps: New York 2026-03-08 02:00 to 03:00. Overlaps: New York 2026-11-01 02:00 back to 01:00.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0 2 * * *     | America/New_York | 2026-03-07T00:00:00Z | 2026-03-07T07:00:00Z 2026-03-08T07:00:00Z 2026-03-09T06:00:00Z
          30 2 * * *    | America/New_York | 2026-03-07T12:00:00Z | 2026-03-08T07:00:00Z 2026-03-09T06:30:00Z
          15,45 2 * * * | America/New_York | 2026-03-07T12:00:00Z | 2026-03-08T07:00:00Z 2026-03-09T06:15:00Z
          30 * * * *    | America/New_York | 2026-03-08T06:00:00Z | 2026-03-08T06:30:00Z 2026-03-08T07:00:00Z 2026-03-08T07:30:00Z
          0 * * * *     | America/New_York | 2026-03-08T06:00:00Z | 2026-03-08T07:00:00Z 2026-03-08T08:00:00Z
          30 1 * * *    | America/New_York | 2026-10-31T12:00:00Z | 2026-11-01T05:30:00Z 2026-11-02T06:30:00Z
          30 1 * * *    | America/New_York | 2026-11-01T05:30:00Z | 2026-11-02T06:30:00Z
          30 1 * * *    | America/New_York | 2026-11-01T06:10:00Z | 2026-11-02T06:30:00Z
          0 * * * *     | America/New_York | 2026-11-01T04:30:00Z | 2026-11-01T05:00:00Z 2026-11-01T07:00:00Z
          0 2 * * *     | Europe/Berlin    | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z 2026-03-30T00:00:00Z
          30 2 * * *    | Europe/Berlin    | 2026-10-24T12:00:00Z | 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z
          15 2 * * *    | Australia/Lord_Howe | 2026-10-03T00:00:00Z | 2026-10-03T15:30:00Z 2026-10-04T15:15:00Z
          0 12 * * *    | Pacific/Apia     | 2011-12-29T12:00:00Z | 2011-12-29T22:00:00Z 2011-12-30T10:00:00Z 2011-12-30T22:00:00Z
          0 2 * * *     | Asia/Kathmandu   | 2026-03-01T00:00:00Z | 2026-03-01T20:15:00Z
          0 0 * * *     | America/Sao_Paulo | 2018-11-03T12:00:00Z | 2018-11-04T03:00:00Z 2018-11-05T02:00:00Z
          """)
  void followsTheWallClock(String cron, String zone, Instant after, String expected) {
    var ticks = ticks(new Schedule(cron, zone, null, null));
    var times = List.of(expected.split(" ", -1));

    assertThat(ticks.next(times.size(), after))
        .extracting(tick -> tick.nominal().toString())
        .isEqualTo(times);
  }

  @Test
  void anUnsetTimeZoneIsUtcAndUnsetJitterNone() {
    var ticks = ticks(new Schedule("0 2 * * *", null, null, null));

    assertThat(ticks.next(SUNDAY))
        .isEqualTo(
            new Tick(Instant.parse("2026-03-01T02:00:00Z"), Instant.parse("2026-03-01T02:00:00Z")));
  }

  @Test
  void jitterIsStableWithinItsBoundAndSpread() {
    var schedule = new Schedule("0 2 * * *", null, "30m", null);
    var delays = new HashSet<Duration>();
    for (var tick : ticks(schedule).next(200, SUNDAY)) {
      assertThat(ticks(schedule).next(tick.nominal().minusSeconds(1))).isEqualTo(tick);
      var delay = Duration.between(tick.nominal(), tick.start());
      assertThat(delay).isBetween(Duration.ZERO, Duration.ofMinutes(30));
      delays.add(delay);
    }
    assertThat(delays).hasSizeGreaterThan(150);
    assertThat(delays).anyMatch(delay -> delay.compareTo(Duration.ofMinutes(27)) > 0);
    assertThat(delays).anyMatch(delay -> delay.compareTo(Duration.ofMinutes(3)) < 0);
  }

  @Test
  void jitterNeverPassesTheNextTick() {
    Instant previous = SUNDAY;
    for (var tick : ticks(new Schedule("0 * * * *", null, "5h", null)).next(300, SUNDAY)) {
      assertThat(tick.start()).isAfter(previous).isBefore(tick.nominal().plusSeconds(3600));
      previous = tick.start();
    }
  }

  @ParameterizedTest(name = "now {0}, first seen {1}, acted {2}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          # nothing on apply, though 02:00 was a minute ago
          2026-03-01T02:01:00Z | 2026-03-01T02:00:30Z | -                    | next 2026-03-02T02:00:00Z
          # applied at the very tick
          2026-03-01T02:00:00Z | 2026-03-01T02:00:00Z | -                    | next 2026-03-02T02:00:00Z
          # on time, and not a second early
          2026-03-02T01:59:59Z | 2026-03-01T03:00:00Z | -                    | next 2026-03-02T02:00:00Z
          2026-03-02T02:00:00Z | 2026-03-01T03:00:00Z | -                    | due 2026-03-02T02:00:00Z
          # acted on: not twice, also when the clock was set back
          2026-03-02T02:00:01Z | 2026-03-01T03:00:00Z | 2026-03-02T02:00:00Z | next 2026-03-03T02:00:00Z
          2026-03-02T01:30:00Z | 2026-03-01T03:00:00Z | 2026-03-02T02:00:00Z | next 2026-03-03T02:00:00Z
          # late, within the deadline of two hours
          2026-03-02T03:59:59Z | 2026-03-01T03:00:00Z | 2026-03-01T02:00:00Z | due 2026-03-02T02:00:00Z
          2026-03-02T04:00:00Z | 2026-03-01T03:00:00Z | 2026-03-01T02:00:00Z | due 2026-03-02T02:00:00Z
          # too late
          2026-03-02T04:00:01Z | 2026-03-01T03:00:00Z | -                    | missed 2026-03-02T02:00:00Z next 2026-03-03T02:00:00Z
          # an outage of days, back in time for the newest: one catch-up, and only that
          2026-03-09T02:10:00Z | 2026-03-01T03:00:00Z | 2026-03-02T02:00:00Z | due 2026-03-09T02:00:00Z
          2026-03-09T02:10:00Z | 2026-03-01T03:00:00Z | 2026-03-09T02:00:00Z | next 2026-03-10T02:00:00Z
          # an outage of days, back too late: none
          2026-03-09T12:00:00Z | 2026-03-01T03:00:00Z | 2026-03-02T02:00:00Z | missed 2026-03-03T02:00:00Z next 2026-03-10T02:00:00Z
          # an outage of ten years
          2036-03-09T02:10:00Z | 2026-03-01T03:00:00Z | 2026-03-02T02:00:00Z | due 2036-03-09T02:00:00Z
          # acted on while the clock was a year ahead: goes on as by what it is now
          2026-03-09T01:00:00Z | 2026-03-01T03:00:00Z | 2027-03-09T02:00:00Z | missed 2026-03-02T02:00:00Z next 2026-03-09T02:00:00Z
          2026-03-09T02:10:00Z | 2026-03-01T03:00:00Z | 2027-03-09T02:00:00Z | due 2026-03-09T02:00:00Z
          # a clock that is put back by a moment runs nothing twice
          2026-03-09T01:59:00Z | 2026-03-01T03:00:00Z | 2026-03-09T02:00:00Z | next 2026-03-10T02:00:00Z
          # a schedule edited after its tick of today does not run today
          2026-03-09T02:10:00Z | 2026-03-09T02:05:00Z | 2026-03-08T14:00:00Z | next 2026-03-10T02:00:00Z
          """)
  void decidesWhichTickIsDue(
      Instant now, Instant firstSeen, @Nullable Instant acted, String expected) {
    var ticks = ticks(new Schedule("0 2 * * *", "UTC", null, "2h"));

    assertThat(text(ticks.decide(now, new TickMemory(firstSeen, acted)))).isEqualTo(expected);
  }

  @Test
  void aTickWithJitterIsDueFromItsStart() {
    var ticks = ticks(new Schedule("0 2 * * *", null, "30m", "10m"));
    var memory = new TickMemory(SUNDAY, null);
    var tick = ticks.next(SUNDAY);
    assertThat(tick.start()).isAfter(tick.nominal());

    assertThat(ticks.decide(tick.start().minusSeconds(1), memory))
        .isEqualTo(new NotYet(tick, null));
    assertThat(ticks.decide(tick.start(), memory)).isEqualTo(new Due(tick));
    assertThat(ticks.decide(tick.start().plusSeconds(600), memory)).isEqualTo(new Due(tick));
    assertThat(ticks.decide(tick.start().plusSeconds(601), memory)).isInstanceOf(NotYet.class);
  }

  /** A host that looks every 20 seconds and remembers, with outages in between. */
  @Test
  void runsEveryTickOnceAndNoneTwice() {
    var ticks = ticks(new Schedule("*/20 * * * *", "Europe/Berlin", "15m", "10m"));
    var acted = new ArrayList<Instant>();
    Instant last = null;
    var start = Instant.parse("2026-10-24T00:00:00Z");
    for (int second = 0; second < 3 * 86_400; second += 20) {
      var now = start.plusSeconds(second);
      boolean down = second > 100_000 && second < 110_000;
      if (!down && ticks.decide(now, new TickMemory(start, last)) instanceof Due(var tick)) {
        assertThat(tick.start()).isBeforeOrEqualTo(now);
        last = tick.nominal();
        acted.add(last);
      }
    }
    assertThat(acted).doesNotHaveDuplicates().isSorted();
    // 72 hours of 3 ticks, less 3 in the repeated hour, less 7 or 8 that 10,000 s of outage cost.
    assertThat(acted).hasSizeBetween(72 * 3 - 3 - 9, 72 * 3 - 3 - 7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          0 2 30 2 *  | UTC              | -     | -   | The schedule cannot be followed. cron: day of month '30' does not exist
          0 0 2 * * * | UTC              | -     | -   | cron: '0 0 2 * * *' has six fields
          0 2 * * *   | America/Sao_Paul | -     | -   | timeZone: 'America/Sao_Paul' is not in the IANA time zone database
          0 2 * * *   | +03              | -     | -   | timeZone: '+03' is not in the IANA time zone database
          0 2 * * *   | america/new_york | -     | -   | timeZone: 'america/new_york' is not in the IANA
          0 2 * * *   | UTC              | 5x    | -   | jitter: '5x' is not a duration
          0 2 * * *   | UTC              | -     | 30s | startingDeadline: '30s' is too short for any host to meet: write at least 1m
          """)
  void anInvalidScheduleIsAValueWithItsReason(
      String cron,
      String zone,
      @Nullable String jitter,
      @Nullable String deadline,
      String message) {
    var reading = ScheduleReading.read(new Schedule(cron, zone, jitter, deadline), SEED, Set.of());

    assertThat(reading)
        .isInstanceOfSatisfying(
            Unusable.class,
            unusable -> {
              assertThat(unusable.failure().reason()).isEqualTo(Reason.INVALID_SCHEDULE);
              assertThat(unusable.failure().message()).contains(message);
            });
  }

  @Test
  void lessThanAQuarterOfAnHourNeedsAnAcknowledgement() {
    var schedule = new Schedule("*/5 * * * *", null, null, null);

    assertThat(ScheduleReading.read(schedule, SEED, List.of("something-else")))
        .isInstanceOfSatisfying(
            Unusable.class,
            unusable -> {
              assertThat(unusable.failure().reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
              assertThat(unusable.failure().message()).contains("every 5m", "backup-every-5m");
            });
    assertThat(ScheduleReading.read(schedule, SEED, List.of("backup-every-5m")))
        .isInstanceOf(Usable.class);
    assertThat(
            ScheduleReading.read(
                new Schedule("* * * * *", null, null, null), SEED, List.of("backup-every-5m")))
        .isInstanceOf(Unusable.class);
    assertThat(
            ScheduleReading.read(new Schedule("*/15 * * * *", null, null, null), SEED, List.of()))
        .isInstanceOf(Usable.class);
  }

  private static Ticks ticks(Schedule schedule) {
    return ((Usable)
            ScheduleReading.read(schedule, SEED, List.of("backup-every-5m", "backup-every-1m")))
        .ticks();
  }

  private static String text(TickDecision decision) {
    return switch (decision) {
      case Due(var tick) -> "due " + tick.nominal();
      case NotYet(var next, var missed) ->
          (missed == null ? "" : "missed " + missed + " ") + "next " + next.nominal();
    };
  }
}
