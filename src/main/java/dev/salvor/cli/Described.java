package dev.salvor.cli;

import dev.salvor.cli.source.Resources;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all subcommands share: help, exit codes and their streams. */
@Command(
    exitCodeOnInvalidInput = Exit.USAGE,
    exitCodeOnExecutionException = Exit.DEFECT,
    usageHelpAutoWidth = true)
abstract class Described implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads it: help is shown without the command
  private boolean help;

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** After what is shown, and beside it: who reads it by a program gets only that. */
  final void caution(Resources resources, Instant now) {
    resources.caution(now).ifPresent(what -> err().println("caution: " + what));
    err().flush();
  }
}
