package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.HostedPoint;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a report to what a termination message holds: first what only explains, last what lists. A
 * list that was cut says so among the warnings; its whole stands in the repository.
 */
final class ReportSize {
  /** All containers of a pod share 12 KiB. */
  static final int MAXIMUM_BYTES = 2048;

  private static final int SHORT_TEXT = 300;
  private static final int SHORT_LOG = 400;
  private static final int FEW_WARNINGS = 3;

  private ReportSize() {}

  static TaskReport fit(TaskReport report) {
    var fitting = report;
    for (var step = 0; step < 8 && size(fitting) > MAXIMUM_BYTES; step++) {
      fitting = cut(fitting, step);
    }
    for (var items = 32; items >= 0 && size(fitting) > MAXIMUM_BYTES; items = items / 2 - 1) {
      fitting = shortenLists(fitting, Math.max(items, 0));
    }
    return fitting;
  }

  static int size(TaskReport report) {
    return ReportFile.bytes(report).length;
  }

  private static TaskReport cut(TaskReport report, int step) {
    var failure = report.failure();
    var warnings = report.warnings();
    return switch (step) {
      case 0 -> with(report, log(failure, 2 * SHORT_LOG), warnings);
      case 1 -> with(report, failure, shorten(warnings, Integer.MAX_VALUE));
      case 2 -> with(report, log(failure, SHORT_LOG), warnings);
      case 3 -> with(report, failure, shorten(warnings, FEW_WARNINGS));
      case 4 -> with(report, message(failure), warnings);
      case 5 -> with(report, log(failure, 0), warnings);
      case 6 -> with(report, withoutHint(failure), warnings);
      default -> with(report, failure, shorten(warnings, 1));
    };
  }

  private static TaskReport with(
      TaskReport report, @Nullable Failure failure, @Nullable List<String> warnings) {
    return new TaskReport(
        report.run(),
        report.outcome(),
        report.started(),
        report.finished(),
        failure,
        warnings,
        report.result());
  }

  private static @Nullable Failure log(@Nullable Failure failure, int bytes) {
    return failure == null
        ? null
        : new Failure(
            failure.reason(), failure.message(), failure.hint(), end(failure.logTail(), bytes));
  }

  private static @Nullable Failure message(@Nullable Failure failure) {
    return failure == null
        ? null
        : new Failure(
            failure.reason(), start(failure.message()), failure.hint(), failure.logTail());
  }

  private static @Nullable Failure withoutHint(@Nullable Failure failure) {
    return failure == null
        ? null
        : new Failure(failure.reason(), failure.message(), null, failure.logTail());
  }

  private static @Nullable List<String> shorten(@Nullable List<String> texts, int most) {
    return texts == null ? null : texts.stream().limit(most).map(ReportSize::start).toList();
  }

  private static String start(String text) {
    return text.length() <= SHORT_TEXT ? text : head(text, SHORT_TEXT) + "...";
  }

  /** In ASCII after cutting, a character of UTF-8 or an escape in JSON may take up to six bytes. */
  private static String head(String text, int length) {
    var cut = text.substring(0, length);
    while (cut.getBytes(StandardCharsets.UTF_8).length > length && !cut.isEmpty()) {
      cut = cut.substring(0, cut.length() - 1 - cut.length() / 10);
    }
    return Character.isHighSurrogate(cut.isEmpty() ? ' ' : cut.charAt(cut.length() - 1))
        ? cut.substring(0, cut.length() - 1)
        : cut;
  }

  private static @Nullable String end(@Nullable String text, int length) {
    if (text == null || length == 0) {
      return null;
    }
    if (text.length() <= length) {
      return text;
    }
    var cut = text.substring(text.length() - length);
    while (cut.getBytes(StandardCharsets.UTF_8).length > length) {
      cut = cut.substring(1 + cut.length() / 10);
    }
    return !cut.isEmpty() && Character.isLowSurrogate(cut.charAt(0)) ? cut.substring(1) : cut;
  }

  private static TaskReport shortenLists(TaskReport report, int items) {
    var result = report.result();
    if (result == null) {
      return report;
    }
    var warnings =
        new ArrayList<>(report.warnings() == null ? List.of() : shorten(report.warnings(), 1));
    warnings.removeIf(text -> text.startsWith("lists are cut"));
    warnings.add("lists are cut to what a report holds");
    return new TaskReport(
        report.run(),
        report.outcome(),
        report.started(),
        report.finished(),
        report.failure(),
        warnings,
        shortenLists(result, items));
  }

  private static TaskResult shortenLists(TaskResult result, int items) {
    return switch (result) {
      case TaskResult.Maintained it ->
          new TaskResult.Maintained(
              first(it.removed(), items),
              first(it.wouldRemove(), items),
              it.kept(),
              it.orphansRemoved(),
              it.checkedTurn(),
              it.sizeBytes(),
              it.acknowledge(),
              orNull(it.touched(), items),
              it.changedLineage());
      case TaskResult.Restored it ->
          new TaskResult.Restored(
              first(it.plan(), items),
              orNull(it.leftOut(), items),
              it.sizeBytes(),
              it.keptDatabase(),
              it.safetyPoint(),
              it.comparison(),
              it.coverage());
      case TaskResult.Compared it ->
          new TaskResult.Compared(
              it.outcome(),
              it.reason(),
              it.message() == null ? null : start(it.message()),
              it.isolation(),
              it.coverage(),
              it.checksHash(),
              it.proofSeconds(),
              orNull(it.differences(), items));
      // A page of the catalogue is made to fit: cutting it here would lose points.
      case TaskResult.Inspected it -> it;
      case TaskResult.Probed it -> it;
      case TaskResult.DroppedKept it ->
          new TaskResult.DroppedKept(it.fate(), it.left() == null ? null : start(it.left()));
      case TaskResult.BackedUp it ->
          it.hosted() == null
              ? it
              : it.with(
                  new HostedPoint(
                      it.hosted().providersBackup(), orNull(it.hosted().toEnterAnew(), items)));
      case TaskResult.ShareKept it -> it;
      case TaskResult.Fetched it -> it;
      case TaskResult.AwaitingChecks it -> it;
    };
  }

  private static List<String> first(List<String> texts, int items) {
    return texts.stream()
        .limit(items)
        .map(text -> text.length() <= SHORT_TEXT ? text : start(text))
        .toList();
  }

  private static @Nullable List<String> orNull(@Nullable List<String> texts, int items) {
    return texts == null || items == 0 ? null : first(texts, items);
  }
}
