package dev.salvor.plan.schedule;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a schedule asks for at one moment. */
public sealed interface TickDecision {
  /**
   * Run now, and remember {@link Tick#nominal} as acted on. After an outage this is the newest of
   * the missed ticks; the older ones are gone with it.
   */
  record Due(Tick tick) implements TickDecision {}

  /**
   * Nothing is due.
   *
   * @param next the tick to wait for
   * @param missedSince the first tick that went by and is too late to start; null where none did
   */
  record NotYet(Tick next, @Nullable Instant missedSince) implements TickDecision {}
}
