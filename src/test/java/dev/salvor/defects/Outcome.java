package dev.salvor.defects;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.util.Locale;

/** What came of a planted defect, or what has to. */
sealed interface Outcome {
  /** As the table shows it. */
  String text();

  /** The run failed for this reason. */
  record Failed(Reason reason) implements Outcome {
    @Override
    public String text() {
      return "Failed `" + reason.text() + "`";
    }
  }

  /** The run succeeded in finding out that the copy is wrong, or that it cannot be known. */
  record Judged(VerdictOutcome verdict, Reason reason) implements Outcome {
    @Override
    public String text() {
      var name = verdict.name();
      return name.charAt(0)
          + name.substring(1).toLowerCase(Locale.ROOT)
          + " `"
          + reason.text()
          + "`";
    }
  }

  /** No run has to fail, since the harm does not come: the planting asserts that itself. */
  record Harmless(String because) implements Outcome {
    @Override
    public String text() {
      return because;
    }
  }

  /** Somebody was told that all is well. */
  record Green(String what) implements Outcome {
    @Override
    public String text() {
      return "GREEN: " + what;
    }
  }

  /** What a report says. A run without a report is judged by its host: {@code ReportMissing}. */
  static Outcome of(TaskReport report) {
    var failure = report.failure();
    if (failure != null) {
      return new Failed(failure.reason());
    }
    if (report.result() instanceof TaskResult.Compared compared
        && compared.outcome() != VerdictOutcome.VERIFIED) {
      var reason = compared.reason();
      return new Judged(compared.outcome(), reason == null ? Reason.UNKNOWN : reason);
    }
    return new Green(report.outcome() + " " + report.result());
  }
}
