package dev.salvor.plan.schedule;

import dev.salvor.plan.schedule.TickDecision.Due;
import dev.salvor.plan.schedule.TickDecision.NotYet;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;

/**
 * The ticks of one schedule. Pure: the same schedule, seed and times always give the same ticks.
 *
 * <p>Daylight saving: a wall time that does not exist runs right after the gap, and all that fall
 * into one gap run once together. A wall time that happens twice runs once, the first time; so
 * during the repeated hour an hourly schedule pauses.
 */
public final class Ticks {
  private final CronExpression cron;
  private final ZoneRules zone;
  private final Duration jitter;
  private final Duration startingDeadline;
  private final ScheduleSeed seed;

  Ticks(
      CronExpression cron,
      ZoneId zone,
      Duration jitter,
      Duration startingDeadline,
      ScheduleSeed seed) {
    this.cron = cron;
    this.zone = zone.getRules();
    this.jitter = jitter;
    this.startingDeadline = startingDeadline;
    this.seed = seed;
  }

  /** The first tick whose nominal time is after the given one. */
  public Tick next(Instant after) {
    var nominal = nextNominal(after);
    return new Tick(nominal, nominal.plus(delay(nominal)));
  }

  /** The next ticks in order, for people: a mistaken expression is seen at once. */
  public List<Tick> next(int count, Instant after) {
    var ticks = new ArrayList<Tick>(count);
    var last = after;
    for (int nr = 0; nr < count; nr++) {
      var tick = next(last);
      ticks.add(tick);
      last = tick.nominal();
    }
    return List.copyOf(ticks);
  }

  /**
   * Which tick is due. A tick is due from its start until {@code startingDeadline} after it; of
   * several that are due, as after an outage, only the newest is. None is due twice if the caller
   * remembers what it acted on; after its clock was put back, it looks at its runs too.
   */
  public TickDecision decide(Instant now, TickMemory memory) {
    var first = next(memory.doneUntil(nextNominal(now)));
    var tick = first;
    var oldestInTime = now.minus(startingDeadline);
    if (tick.start().isBefore(oldestInTime)) {
      // An outage of years is not walked through tick by tick.
      tick = next(latest(tick.nominal(), oldestInTime.minus(jitter).minusSeconds(1)));
    }
    var due = tick;
    while (!tick.start().isAfter(now)) {
      due = tick;
      tick = next(tick.nominal());
    }
    if (due.start().isAfter(now) || due.start().isBefore(oldestInTime)) {
      return new NotYet(tick, first.start().isBefore(oldestInTime) ? first.start() : null);
    }
    return new Due(due);
  }

  private Instant nextNominal(Instant after) {
    // Of a repeated wall time the first instant counts; going on from the wall clock of "after"
    // never misses one, since later wall times never map to earlier instants.
    var wall = LocalDateTime.ofInstant(after, zone.getOffset(after));
    var candidate = cron.nextAtOrAfter(wall);
    var instant = toInstant(candidate);
    while (!instant.isAfter(after)) {
      candidate = cron.nextAtOrAfter(candidate.plusMinutes(1));
      instant = toInstant(candidate);
    }
    return instant;
  }

  private Instant toInstant(LocalDateTime wall) {
    var offsets = zone.getValidOffsets(wall);
    return offsets.isEmpty()
        ? zone.getTransition(wall).getInstant()
        : wall.toInstant(offsets.getFirst());
  }

  /** Stable for the seed and the tick, and never so much that the next tick would be passed. */
  private Duration delay(Instant nominal) {
    if (jitter.isZero()) {
      return Duration.ZERO;
    }
    long drawn = seed.hash("jitter " + nominal).below(jitter.toMillis() + 1) / 1000 * 1000;
    var room = Duration.between(nominal, nextNominal(nominal)).minusSeconds(1);
    var delay = Duration.ofMillis(drawn);
    return delay.compareTo(room) > 0 ? room : delay;
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
