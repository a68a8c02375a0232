package dev.salvor.plan.schedule;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a schedule.
 *
 * @param firstSeen when this schedule, as it is written now, was first seen. No earlier tick is
 *     ever due, so that nothing runs merely because a resource was applied or its schedule was
 *     edited
 * @param lastActed {@link Tick#nominal} of the last tick that was acted on; null: none yet
 */
public record TickMemory(Instant firstSeen, @Nullable Instant lastActed) {
  /**
   * One that was acted on although it comes after the next, by a clock that was put back since,
   * does not count: those before it would be lost.
   */
  Instant doneUntil(Instant next) {
    return lastActed == null || lastActed.isBefore(firstSeen) || lastActed.isAfter(next)
        ? firstSeen
        : lastActed;
  }
}
