package dev.salvor.plan.retention;

import dev.salvor.api.Failure;
import java.util.List;

/** What retention makes of the points of one repository. */
public sealed interface RetentionDecision {
  /**
   * A point that stays.
   *
   * @param reasons at least one; those of rules in restic's own words
   */
  record Kept(String id, List<String> reasons) {}

  /** A point, or what is left of one, that goes. */
  record Removal(String id, Cause cause) {}

  /** Why something goes. */
  enum Cause {
    /** Parts without a manifest, too old to be still at work. */
    NEVER_CLOSED,
    /** No rule keeps it. */
    NOT_KEPT
  }

  /**
   * Remove these, in this order: what was never closed, then the oldest points first, so that a
   * maintenance that is killed half-way has removed what matters least.
   *
   * @param kept the newest first
   */
  record Remove(List<Kept> kept, List<Removal> removals) implements RetentionDecision {}

  /** Remove nothing: forgetting is frozen, or this is only a preview. */
  record Withheld(List<Kept> kept, List<Removal> wouldRemove) implements RetentionDecision {}

  /**
   * Remove nothing: it would be more at once than was allowed, and a person is asked.
   *
   * @param token accepts this share under these rules, and no larger one
   */
  record Stopped(List<Kept> kept, List<Removal> wouldRemove, Failure failure, String token)
      implements RetentionDecision {}

  /** Remove nothing: the rules cannot be read. */
  record Unusable(Failure failure) implements RetentionDecision {}
}
