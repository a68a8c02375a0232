package dev.salvor.plan.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Schedule;
import dev.salvor.plan.schedule.ScheduleReading.Usable;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.time.zone.ZoneRulesProvider;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Every change of offset in every time zone from 2010 to 2020 against someone who stares at a clock
 * on the wall: each minute of the clock that is reached or leapt over for the first time, and that
 * the expression names, is a tick at that moment.
 */
class EveryTransitionTest {
  private static final ScheduleSeed SEED = new ScheduleSeed("shop", "shop-db", "backup");
  private static final Instant FROM = Instant.parse("2010-01-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2021-01-01T00:00:00Z");

  /** Beside the length of the change itself; Samoa left out a whole day. */
  private static final Duration AROUND = Duration.ofHours(3);

  private static final List<String> CRONS =
      List.of("*/15 * * * *", "30 2 * * *", "0,59 0-3,23 * * *");

  private static final List<String> ACKNOWLEDGED = List.of("backup-every-1m");

  @Test
  void ticksAsTheClockOnTheWallShows() {
    var zones = new LinkedHashMap<ZoneRules, String>();
    for (var id : new TreeSet<>(ZoneRulesProvider.getAvailableZoneIds())) {
      zones.putIfAbsent(ZoneId.of(id).getRules(), id);
    }

    int transitions = 0;
    for (Map.Entry<ZoneRules, String> zone : zones.entrySet()) {
      var ticks = CRONS.stream().map(cron -> ticks(cron, zone.getValue())).toList();
      var transition = zone.getKey().nextTransition(FROM);
      while (transition != null && transition.getInstant().isBefore(TO)) {
        for (int nr = 0; nr < CRONS.size(); nr++) {
          compare(zone.getValue(), CRONS.get(nr), ticks.get(nr), transition);
        }
        transitions++;
        transition = zone.getKey().nextTransition(transition.getInstant());
      }
    }

    assertThat(zones).hasSizeGreaterThan(200);
    assertThat(transitions).isGreaterThan(1500);
  }

  private static void compare(
      String zone, String text, Ticks ticks, ZoneOffsetTransition transition) {
    var cron = CronExpression.parse(text, SEED);
    var rules = ZoneId.of(zone).getRules();
    var length = transition.getDuration().abs();
    var start = transition.getInstant().minus(AROUND);
    var end = transition.getInstant().plus(length).plus(AROUND);
    var furthest = LocalDateTime.ofInstant(start, rules.getOffset(start));

    Instant after = start;
    for (var now = start.plusSeconds(60); now.isBefore(end); now = now.plusSeconds(60)) {
      var shown = LocalDateTime.ofInstant(now, rules.getOffset(now));
      if (shown.isAfter(furthest)) {
        if (!cron.nextAtOrAfter(furthest.plusMinutes(1)).isAfter(shown)) {
          assertThat(ticks.next(after).nominal())
              .as("%s '%s' after %s", zone, text, after)
              .isEqualTo(now);
          after = now;
        }
        furthest = shown;
      }
    }
    assertThat(ticks.next(after).nominal()).as("%s '%s' no more", zone, text).isAfterOrEqualTo(end);
  }

  private static Ticks ticks(String cron, String zone) {
    var reading = ScheduleReading.read(new Schedule(cron, zone, null, null), SEED, ACKNOWLEDGED);
    return ((Usable) reading).ticks();
  }
}
