package dev.salvor.plan.verdict;

import dev.salvor.api.FactsMode;
import dev.salvor.plan.proof.Coverage;
import dev.salvor.plan.proof.FactsComparison;
import java.util.List;

/**
 * What a comparison of a restored copy with the facts of its source found.
 *
 * @param facts what was noted at backup
 * @param coverage how much of it was compared
 * @param differences one line each, the gravest first. Only what is ground for Refuted: no
 *     sequences within their bounds, content of materialized views, rows of extension members,
 *     statistics, versions of extensions, text of floats or json across majors, order of rows
 *     (SAFETY 19)
 * @param missingExtensions that the sandbox's server does not have
 * @param answers to the user's checks
 */
public record Findings(
    FactsMode facts,
    Coverage coverage,
    List<String> differences,
    List<String> missingExtensions,
    List<CheckAnswer> answers) {
  public Findings {
    differences = List.copyOf(differences);
    missingExtensions = List.copyOf(missingExtensions);
    answers = List.copyOf(answers);
  }

  /** What a comparison of facts and the user's checks came to. */
  public static Findings of(
      FactsMode facts,
      FactsComparison comparison,
      List<String> missingExtensions,
      List<CheckAnswer> answers) {
    return new Findings(
        facts, comparison.coverage(), comparison.differences(), missingExtensions, answers);
  }

  /** There was something, and none of it was compared. */
  boolean comparedNothing() {
    return coverage.tables() > 0 && coverage.countedTables() == 0 && coverage.hashedTables() == 0;
  }

  boolean comparedAllContent() {
    return facts == FactsMode.FULL && coverage.hashedTables() == coverage.tables();
  }
}
