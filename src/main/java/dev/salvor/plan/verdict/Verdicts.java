package dev.salvor.plan.verdict;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.verdict.CheckAnswer.Disagreed;
import dev.salvor.plan.verdict.CheckAnswer.Errored;
import java.util.List;
import java.util.stream.Stream;

/**
 * From what was found to what may be claimed. Verified is claimed only if something was compared
 * and nothing is wrong or unknown; Refuted only if something is wrong that the sandbox cannot be
 * blamed for; all else is Unproven.
 */
public final class Verdicts {
  /** Most differences or checks that a message names. */
  private static final int NAMED = 3;

  private Verdicts() {}

  /** Whether the verdict stands or the point must be restored once more. */
  public sealed interface Confirmation {
    /** It stands. */
    record Settled(Judgement judgement) implements Confirmation {}

    /** Restore once more, with fresh connections and an empty cache. */
    record RestoreAgain(Judgement suspicion) implements Confirmation {}
  }

  /** What one restore amounts to. */
  public static Judgement judge(Findings findings) {
    if (!findings.missingExtensions().isEmpty()) {
      // First: what else differs may differ because of it.
      return Judgement.unproven(
          Reason.EXTENSION_UNAVAILABLE,
          "The sandbox's server lacks " + some(findings.missingExtensions()) + ".");
    }
    if (!findings.differences().isEmpty()) {
      return Judgement.refuted(
          Reason.FACTS_DIFFER,
          "The restored copy is not what was backed up: " + some(findings.differences()) + ".");
    }
    var no = only(findings.answers(), Disagreed.class).map(Verdicts::text).toList();
    if (!no.isEmpty()) {
      return Judgement.refuted(
          Reason.CHECK_FAILED, "The restored copy fails your check " + some(no) + ".");
    }
    var errors = only(findings.answers(), Errored.class).map(Verdicts::text).toList();
    if (!errors.isEmpty()) {
      return Judgement.unproven(
          Reason.CHECK_ERRORED, "Could not ask your check " + some(errors) + ".");
    }
    if (!findings.unknowable().isEmpty()) {
      return Judgement.unproven(
          Reason.NOT_COMPARABLE,
          "The copy was restored, but not by root: " + some(findings.unknowable()) + ".");
    }
    return compared(findings);
  }

  private static Judgement compared(Findings findings) {
    return switch (findings.facts()) {
      case OFF ->
          Judgement.unproven(
              Reason.NOTHING_TO_COMPARE,
              "The copy was restored, but facts are Off: nothing is known of its source.");
      case UNKNOWN ->
          Judgement.unproven(
              Reason.NEWER_THAN_OPERATOR,
              "The copy was restored, but its facts are of a newer version.");
      case COUNTS, FULL ->
          findings.coverage().nothing()
              ? Judgement.unproven(
                  Reason.NOTHING_TO_COMPARE,
                  "The copy was restored, but the limit of the facts left nothing to compare.")
              : Judgement.verified(claim(findings));
    };
  }

  /** Says no more than was compared. */
  private static String claim(Findings findings) {
    var what =
        findings.comparedAllContent()
            ? "Restored and equal"
            : "Restored, and equal as far as it was compared,";
    var checks =
        switch (findings.answers().size()) {
          case 0 -> "";
          case 1 -> ", and your check agrees";
          default -> ", and your " + findings.answers().size() + " checks agree";
        };
    return what + " to the source at the time of the backup" + checks + ".";
  }

  /**
   * Whether restores of the same point settle it. A Refuted stands only when a second restore says
   * so too (SAFETY 19, 22): one bad read from the store must not send people to an older backup.
   *
   * @param restores judgements of this point under the same checks, the oldest first; at least one
   */
  public static Confirmation confirm(List<Judgement> restores) {
    var last = restores.getLast();
    if (restores.size() == 1) {
      return last.outcome() == VerdictOutcome.REFUTED
          ? new Confirmation.RestoreAgain(last)
          : new Confirmation.Settled(last);
    }
    var before = restores.get(restores.size() - 2);
    return switch (last.outcome()) {
      case REFUTED ->
          before.outcome() == VerdictOutcome.REFUTED
              ? new Confirmation.Settled(last)
              : new Confirmation.RestoreAgain(last);
      case VERIFIED, UNPROVEN, UNKNOWN ->
          new Confirmation.Settled(
              before.outcome() == VerdictOutcome.REFUTED ? unconfirmed(last, before) : last);
    };
  }

  private static Judgement unconfirmed(Judgement last, Judgement suspicion) {
    return new Judgement(
        last.outcome(),
        last.reason(),
        last.message() + " The restore before had said: " + suspicion.message());
  }

  private static <A extends CheckAnswer> Stream<A> only(List<CheckAnswer> answers, Class<A> kind) {
    return answers.stream().filter(kind::isInstance).map(kind::cast);
  }

  private static String text(Disagreed answer) {
    return answer.check()
        + " (expected "
        + answer.expected()
        + ", answered "
        + answer.answered()
        + ")";
  }

  private static String text(Errored answer) {
    return answer.check() + " (" + answer.why() + ")";
  }

  private static String some(List<String> texts) {
    var named = String.join("; ", texts.subList(0, Math.min(NAMED, texts.size())));
    return texts.size() <= NAMED ? named : named + "; and " + (texts.size() - NAMED) + " more";
  }
}
