package dev.salvor.cli;

import dev.salvor.cli.source.ProgressLine;
import dev.salvor.cli.source.Resources.Following;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a run printed. */
@Command(
    name = "logs",
    description = {
      "Shows the log of a run, or of the newest run of a policy; 'salvor get runs POLICY' names"
          + " runs.",
      "In a cluster it is the log of the run's pod, under your own rights."
    },
    footer = {
      "",
      "Examples:",
      "  salvor logs shop-db-backup-7f3k2m",
      "  salvor logs shop-db -f",
    })
final class LogsCommand extends Described {
  @Mixin private SourceOptions source;

  @Parameters(index = "0", paramLabel = "RUN|POLICY", description = "Name of a run or a policy.")
  private String name;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on until the run ends.")
  private boolean follow;

  @Option(names = "--json", description = "Progress lines as the worker wrote them.")
  private boolean json;

  @Override
  public Integer call() {
    try (var resources = source.open()) {
      resources.log(
          name, follow ? Following.UNTIL_THE_END : Following.NOTHING_MORE, this::printLine);
      return Exit.OK;
    } finally {
      out().flush();
    }
  }

  private void printLine(String line) {
    out()
        .println(
            json
                ? line
                : ProgressLine.read(line)
                    .map(progress -> progress.time() + " " + ProgressLine.text(progress))
                    .orElse(line));
    if (follow) {
      out().flush();
    }
  }
}
