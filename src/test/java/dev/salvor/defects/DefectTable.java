package dev.salvor.defects;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** All planted defects, and the page that lists them. */
public final class DefectTable {
  static final String PAGE = "planted-defects.md";

  private static final String INTRODUCTION =
      """
      # Planted defects

      Each line is a damage that `./test defects` does to a small but real database, store, machine
      or run, and what the worker must say to it. An outcome counts as *refused* only if it is the
      one that stands here; whatever is green instead fails the suite. The same scene without a
      defect must be green, or the suite would prove nothing.

      `Failed` is a run that fails, `Refuted` and `Unproven` are verdicts about a restored copy. Where
      no run has to fail, the line says what must be true afterwards instead.

      This page is generated from the suite.
      """;

  private DefectTable() {}

  /** In the order of the page. */
  static List<PlantedDefect> all() {
    return Stream.of(
            InTheStore.all(),
            InTheRepository.all(),
            InTheSource.all(),
            InTheDump.all(),
            InTheCopy.all(),
            InTheChecks.all(),
            InTheRestore.all(),
            InAFolder.all(),
            OnADevice.all(),
            InASupabase.all(),
            InAHostedProject.all(),
            InHostedStorage.all(),
            InObjectsToHosted.all(),
            InARestoreToHosted.all(),
            InABucket.all(),
            IntoABucket.all(),
            InRetention.all(),
            OnTheMachine.all(),
            KilledAtAStep.all())
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Writes the page.
   *
   * @param arguments the folder
   */
  public static void main(String[] arguments) {
    write(Path.of(arguments[0]));
  }

  static void write(Path folder) {
    try {
      Files.writeString(folder.resolve(PAGE), page(all()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String page(List<PlantedDefect> defects) {
    var page = new StringBuilder(INTRODUCTION);
    page.append("\n").append(defects.size()).append(" defects.\n\n");
    page.append("| defect | what is broken | outcome |\n|---|---|---|\n");
    for (var defect : defects) {
      page.append("| ")
          .append(defect.name())
          .append(" | ")
          .append(cell(defect.breaks()))
          .append(" | ")
          .append(cell(defect.expected().text()))
          .append(" |\n");
    }
    return page.toString();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
