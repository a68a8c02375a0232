package dev.salvor.cli.demo;

import dev.salvor.local.run.WorkerCommand;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** What the command line starts: the demo with its folder, from nothing to nothing. */
public final class DemoStory {
  /** How the demo is shown. */
  public enum Shown {
    TEXT,
    JSON
  }

  /** Whether its folder stays. */
  public enum Afterwards {
    CLEAN_UP,
    KEEP
  }

  private DemoStory() {}

  /**
   * Plays the demo.
   *
   * @param commands gives, for the demo's state folder, what runs subcommands on it
   * @return whether everything came out as promised
   */
  public static boolean play(
      PrintWriter out,
      Shown shown,
      Afterwards afterwards,
      Function<Path, Demo.Commands> commands,
      WorkerCommand worker,
      Map<String, String> environment)
      throws Exception {
    var stage =
        new Stage(
            out,
            shown == Shown.JSON ? Stage.Output.JSON : Stage.Output.TEXT,
            isTerminal() ? Stage.Surface.TERMINAL : Stage.Surface.LINES);
    var folder = DemoFolder.create();
    try {
      new Demo(
              stage,
              commands.apply(folder.state()),
              worker,
              environment,
              () -> explore(out, folder, shown, afterwards))
          .play(folder);
      finish(stage, folder, afterwards);
      return true;
    } catch (Demo.UnexpectedException unexpected) {
      stage.end(
          "FAILED: " + unexpected.getMessage() + "\nIts folder is kept: " + folder.root(), false);
      return false;
    }
  }

  /** On a terminal everything goes on running until a person has seen enough. */
  private static void explore(
      PrintWriter out, DemoFolder folder, Shown shown, Afterwards afterwards)
      throws InterruptedException {
    if (afterwards != Afterwards.KEEP || shown == Shown.JSON || !isTerminal()) {
      return;
    }
    out.println("\nEverything still runs. In another terminal:");
    out.println("  export SALVOR_STATE=" + folder.state());
    out.println("  ./salvor get; ./salvor get points shop-db; ./salvor describe bpol shop-db");
    out.println("Ctrl-C ends it and leaves the folder.");
    out.flush();
    new CountDownLatch(1).await();
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private static void finish(Stage stage, DemoFolder folder, Afterwards afterwards)
      throws Exception {
    switch (afterwards) {
      case CLEAN_UP -> {
        stage.step(
            "Clean up",
            () -> {
              folder.delete();
              return List.of();
            });
        stage.end("Backed up, lost, restored, proven; and a damaged backup was refused.", true);
      }
      case KEEP ->
          stage.end(
              "Kept for you to explore (the server has ended):\n  salvor get --state "
                  + folder.state()
                  + "\n  ls "
                  + folder.root(),
              true);
    }
  }
}
