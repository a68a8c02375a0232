package dev.salvor.plan;

import dev.salvor.api.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When work that failed is tried again. A Job is one attempt; trying again is decided here and
 * nowhere else.
 *
 * <p>The delay doubles from one minute up to half an hour (a restic lock that its owner left behind
 * counts as stale after 30 minutes), lengthened by up to a quarter so that policies that failed
 * together do not come back together.
 */
public final class Retries {
  static final Duration FIRST_DELAY = Duration.ofMinutes(1);
  static final Duration LONGEST_DELAY = Duration.ofMinutes(30);

  /** A quarter. */
  private static final int JITTER_DIVISOR = 4;

  private Retries() {}

  /** Memory of an attempt. */
  public enum Memory {
    AS_SPECIFIED,
    /** Twice the limit, after an attempt ran out of memory. */
    DOUBLED
  }

  /** What happens after a failure. */
  public sealed interface Retry {
    /**
     * Try again.
     *
     * @param attempt its number, from 2
     */
    record Again(Instant at, int attempt, Memory memory) implements Retry {}

    /** Time alone does not help, but something else may change: look again when it did. */
    record WhenChanged(Reason reason) implements Retry {}

    /** No more of this work; the next tick or a person begins anew. */
    record Over(Reason reason, Cause cause) implements Retry {}
  }

  /** Why it is over. */
  public enum Cause {
    /** Trying again alone changes nothing. */
    NEEDS_A_PERSON,
    ATTEMPTS_USED_UP,
    /** It ran out of memory with twice the memory too. */
    MEMORY_USED_UP,
    /** The next tick comes first. */
    NEXT_TICK
  }

  /**
   * Work that failed.
   *
   * @param seed the run's name without its attempt, or anything else that is stable for the work
   * @param failures reason of each attempt, the oldest first; at least one
   * @param allowed how often it may be tried again ({@code spec.retries})
   * @param failedAt when the last attempt ended
   * @param nextTick when the schedule brings the same work anyway; null: never
   */
  public record FailedWork(
      String seed,
      List<Reason> failures,
      int allowed,
      Instant failedAt,
      @Nullable Instant nextTick) {
    public FailedWork {
      failures = List.copyOf(failures);
      if (failures.isEmpty()) {
        throw new IllegalArgumentException("work that did not fail is not tried again");
      }
    }
  }

  public static Retry after(FailedWork work) {
    var last = work.failures().getLast();
    return switch (last.course()) {
      case RETRYABLE -> retry(work, last);
      case WAITING -> new Retry.WhenChanged(last);
      case TERMINAL, STATE -> new Retry.Over(last, Cause.NEEDS_A_PERSON);
    };
  }

  private static Retry retry(FailedWork work, Reason last) {
    int failed = work.failures().size();
    int outOfMemory = Collections.frequency(work.failures(), Reason.OUT_OF_MEMORY);
    if (last == Reason.OUT_OF_MEMORY && outOfMemory > 1) {
      return new Retry.Over(last, Cause.MEMORY_USED_UP);
    }
    if (failed > work.allowed()) {
      return new Retry.Over(last, Cause.ATTEMPTS_USED_UP);
    }
    var at = work.failedAt().plus(delay(work.seed(), failed));
    if (work.nextTick() != null && !at.isBefore(work.nextTick())) {
      return new Retry.Over(last, Cause.NEXT_TICK);
    }
    return new Retry.Again(at, failed + 1, outOfMemory == 0 ? Memory.AS_SPECIFIED : Memory.DOUBLED);
  }

  private static Duration delay(String seed, int failed) {
    // 2^5 minutes are past the longest delay; a larger power would only overflow.
    var doubled = FIRST_DELAY.multipliedBy(1L << Math.min(failed - 1, 5));
    var delay = doubled.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : doubled;
    long spread =
        StableHash.of(seed, "retry", Integer.toString(failed))
            .below(delay.toSeconds() / JITTER_DIVISOR + 1);
    return delay.plusSeconds(spread);
  }
}
