package dev.salvor.cli;

import dev.salvor.cli.demo.Demo;
import dev.salvor.cli.demo.DemoStory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A backup, a disaster and a restore on a throw-away database. */
@Command(
    name = "demo",
    description = {
      "Plays a backup, a disaster, a restore and its proof on a throw-away PostgreSQL of some 100"
          + " MB, in a minute.",
      "Needs no Docker, no cluster, no root, and changes nothing outside a temporary folder;"
          + " engines that are missing go into a cache folder (SALVOR_CACHE)."
    },
    footer = {"", "Examples:", "  ./salvor demo", "  ./salvor demo --keep"})
final class DemoCommand extends Described {
  @Option(
      names = "--keep",
      description =
          "Leave everything running to explore until Ctrl-C; without a terminal the folder stays.")
  private boolean keep;

  @Option(names = "--json", description = "One JSON document for each step.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    LogConfiguration.quieten();
    var succeeded =
        DemoStory.play(
            out(),
            json ? DemoStory.Shown.JSON : DemoStory.Shown.TEXT,
            keep ? DemoStory.Afterwards.KEEP : DemoStory.Afterwards.CLEAN_UP,
            state -> arguments -> run(state, arguments),
            ThisProgram.worker(),
            System.getenv());
    return succeeded ? Exit.OK : Exit.FAILED;
  }

  /** The subcommand as a person would type it, on the demo's state folder. */
  private static Demo.Answer run(Path state, String... arguments) {
    var words = new ArrayList<>(Arrays.asList(arguments));
    words.add("--state");
    words.add(state.toString());
    var printed = new StringWriter();
    var said = new StringWriter();
    var onTerminal = Terminal.here().surface() == ProgressView.Surface.TERMINAL;
    // The bar of what lasts is drawn for the person who watches.
    var err =
        onTerminal
            ? new PrintWriter(System.err, true, StandardCharsets.UTF_8)
            : new PrintWriter(said, true);
    var exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(printed, true))
            .setErr(err)
            .execute(words.toArray(String[]::new));
    return new Demo.Answer(exitCode, printed.toString(), said.toString());
  }
}
