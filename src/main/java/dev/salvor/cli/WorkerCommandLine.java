package dev.salvor.cli;

import dev.salvor.worker.Worker;
import java.util.TimeZone;
import picocli.CommandLine.Command;

/** Carries out one Task; hosts start it. */
@Command(
    name = "worker",
    description = {
      "Carries out one Task; hosts start it.",
      "The variables SALVOR_TASK, SALVOR_CREDENTIALS, SALVOR_REPORT, SALVOR_SCRATCH and"
          + " SALVOR_SANDBOX say what to do.",
      "Exit codes: 0 done, 1 failed (the report says why), 64 no Task, 130 ended by a signal."
    })
final class WorkerCommandLine extends Described {
  @Override
  public Integer call() {
    return carryOut();
  }

  static int carryOut() {
    // The driver tells it each server, and one in a slim image knows no other.
    TimeZone.setDefault(TimeZone.getTimeZone("GMT"));
    return Worker.run(System.getenv()).code();
  }
}
