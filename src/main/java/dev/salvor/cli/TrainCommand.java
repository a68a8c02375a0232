package dev.salvor.cli;

import dev.salvor.local.state.StateFolder;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Does a little of everything, so that the JVM can note which classes are needed (AOT cache). The
 * launcher runs it once after each build.
 */
@Command(name = "train", hidden = true)
final class TrainCommand extends Described {
  @Parameters(index = "0", description = "An empty folder.")
  private Path folder;

  @Override
  public Integer call() {
    var state = folder.resolve("state");
    StateFolder.host(state).close();
    try (var out = new PrintWriter(Writer.nullWriter())) {
      run(out, "get", "--state", state.toString());
      run(out, "get", "bpol", "--state", state.toString());
      run(out, "validate", folder.toString());
      run(out, "help", "restore");
    }
    return Exit.OK;
  }

  private static void run(PrintWriter out, String... arguments) {
    Main.commandLine().setOut(out).setErr(out).execute(arguments);
  }
}
