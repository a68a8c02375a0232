package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.plan.verdict.Judgement;
import dev.salvor.plan.verdict.Verdicts;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt to prove a recovery point found.
 *
 * @param differences for people, the first few
 * @param coverage null: nothing was compared
 */
record Proof(Judgement judgement, List<String> differences, @Nullable String coverage) {
  /** A report has 2,048 bytes. */
  private static final int MOST_DIFFERENCES = 8;

  private static final int LONGEST_DIFFERENCE = 120;

  static Proof refuted(Reason reason, String message) {
    return new Proof(new Judgement(VerdictOutcome.REFUTED, reason, message), List.of(), null);
  }

  static Proof unproven(Reason reason, String message) {
    return new Proof(new Judgement(VerdictOutcome.UNPROVEN, reason, message), List.of(), null);
  }

  /**
   * What a failed restore says about the point: only what lies in the dump itself refutes it, a
   * missing extension or a full disk proves nothing.
   */
  static Proof ofFailedRestore(Failure failure) {
    return switch (failure.reason()) {
      case CORRUPT_RECOVERY_POINT, RESTORE_FAILED, SOURCE_WAS_DAMAGED ->
          refuted(failure.reason(), failure.message());
      default -> unproven(failure.reason(), failure.message());
    };
  }

  static Proof of(Findings findings) {
    return new Proof(
        Verdicts.judge(findings),
        findings.differences().stream().limit(MOST_DIFFERENCES).map(Proof::cut).toList(),
        findings.coverage().text());
  }

  /** Both of one point: it is no better than the worse of them. */
  Proof and(Proof other) {
    var worse = severity(judgement) > severity(other.judgement) ? judgement : other.judgement;
    var covered = Stream.of(other.coverage, coverage).filter(Objects::nonNull).toList();
    return new Proof(
        worse,
        Stream.concat(differences.stream(), other.differences.stream())
            .limit(MOST_DIFFERENCES)
            .toList(),
        covered.isEmpty() ? null : String.join("; ", covered));
  }

  private static int severity(Judgement judgement) {
    return switch (judgement.outcome()) {
      case VERIFIED -> 0;
      case UNPROVEN, UNKNOWN -> 1;
      case REFUTED -> 2;
    };
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_DIFFERENCE
        ? text
        : text.substring(0, LONGEST_DIFFERENCE) + "...";
  }
}
