package dev.salvor.cli;

import dev.salvor.local.state.StateFolder;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** The one entry point; the subcommand decides what runs. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command line, ready to be executed; tests give it other streams. */
  static CommandLine commandLine() {
    return new CommandLine(new Salvor())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setExecutionExceptionHandler(Main::explain);
  }

  /** What a person can do something about is a line; a defect shows where it is. */
  private static int explain(
      Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
    var err = command.getErr();
    return switch (failure) {
      case CommandFailed failed -> say(err, failed.getMessage(), failed.code());
      case StateFolder.UnusableException unusable -> say(err, unusable.getMessage(), Exit.NO_INPUT);
      case StateFolder.InUseException inUse ->
          say(err, inUse.getMessage() + ": one state folder, one host", Exit.IN_USE);
      default -> {
        failure.printStackTrace(err);
        yield say(err, "this is a defect of Salvor", Exit.DEFECT);
      }
    };
  }

  private static int say(PrintWriter err, @Nullable String message, int code) {
    err.println("salvor: " + message);
    err.flush();
    return code;
  }
}
