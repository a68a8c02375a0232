package dev.salvor.plan.verdict;

import dev.salvor.api.FactsMode;
import dev.salvor.plan.proof.Compared;
import dev.salvor.plan.proof.DeviceComparison;
import dev.salvor.plan.proof.FactsComparison;
import dev.salvor.plan.proof.FileComparison;
import dev.salvor.plan.proof.FileCoverage;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

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
 * @param unknowable differences that the copy's place may be the cause of, one line each
 * @param answers to the user's checks
 */
public record Findings(
    FactsMode facts,
    Compared coverage,
    List<String> differences,
    List<String> missingExtensions,
    List<String> unknowable,
    List<CheckAnswer> answers) {
  public Findings {
    differences = List.copyOf(differences);
    missingExtensions = List.copyOf(missingExtensions);
    unknowable = List.copyOf(unknowable);
    answers = List.copyOf(answers);
  }

  /** What a comparison of facts and the user's checks came to. */
  public static Findings of(
      FactsMode facts,
      FactsComparison comparison,
      List<String> missingExtensions,
      List<CheckAnswer> answers) {
    return new Findings(
        facts,
        comparison.coverage(),
        comparison.differences(),
        missingExtensions,
        List.of(),
        answers);
  }

  /** What a comparison of file trees, of devices and the user's checks came to. */
  public static Findings ofFiles(
      Collection<FileComparison> trees,
      Collection<DeviceComparison> devices,
      List<CheckAnswer> answers) {
    return new Findings(
        FactsMode.FULL,
        Stream.concat(
                trees.stream().map(FileComparison::coverage),
                devices.stream().map(DeviceComparison::coverage))
            .reduce(FileCoverage.NOTHING, FileCoverage::plus),
        Stream.concat(
                trees.stream().flatMap(tree -> tree.differences().stream()),
                devices.stream().flatMap(device -> device.differences().stream()))
            .toList(),
        List.of(),
        trees.stream().flatMap(tree -> tree.unknowable().stream()).toList(),
        answers);
  }

  /** What a comparison came to that asks nobody and leaves nothing open. */
  public static Findings of(Compared coverage, List<String> differences) {
    return new Findings(FactsMode.FULL, coverage, differences, List.of(), List.of(), List.of());
  }

  boolean comparedAllContent() {
    return facts == FactsMode.FULL && coverage.everything();
  }
}
