package dev.salvor.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a run printed. */
@Command(
    name = "logs",
    description = "Shows the log of a run; 'salvor get runs POLICY' names them.",
    footer = {"", "Example:", "  salvor logs shop-db-backup-7f3k2m"})
final class LogsCommand extends Described {
  @Mixin private StateOptions state;

  @Parameters(index = "0", paramLabel = "RUN", description = "Name of the run.")
  private String run;

  @Option(names = "--json", description = "Progress lines as the worker wrote them.")
  private boolean json;

  @Override
  public Integer call() {
    var log =
        RunLog.of(state.visit(), run)
            .orElseThrow(() -> new CommandFailed(Exit.NO_INPUT, "no log of a run '" + run + "'"));
    for (var line : RunLog.read(log, 0).lines()) {
      out()
          .println(
              json
                  ? line
                  : RunLog.progress(line)
                      .map(progress -> progress.time() + " " + RunLog.text(progress))
                      .orElse(line));
    }
    out().flush();
    return Exit.OK;
  }
}
