package dev.salvor.plan.schedule;

import java.time.Instant;

/**
 * One time at which something is to run.
 *
 * @param nominal the time that the cron expression says: the tick's identity, which names its run
 *     and is remembered once it was acted on
 * @param start when it runs: nominal plus jitter
 */
public record Tick(Instant nominal, Instant start) {}
