package dev.salvor.plan.verdict;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import org.jspecify.annotations.Nullable;

/**
 * What one restore of a recovery point amounts to.
 *
 * @param reason null with VERIFIED
 * @param message for people
 */
public record Judgement(VerdictOutcome outcome, @Nullable Reason reason, String message) {
  static Judgement verified(String message) {
    return new Judgement(VerdictOutcome.VERIFIED, null, message);
  }

  static Judgement refuted(Reason reason, String message) {
    return new Judgement(VerdictOutcome.REFUTED, reason, message);
  }

  static Judgement unproven(Reason reason, String message) {
    return new Judgement(VerdictOutcome.UNPROVEN, reason, message);
  }
}
