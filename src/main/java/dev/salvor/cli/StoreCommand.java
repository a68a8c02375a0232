package dev.salvor.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** What concerns stores. */
@Command(
    name = "store",
    description = "What concerns stores: the recovery sheet.",
    subcommands = {RecoverySheetCommand.class, HelpCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  salvor store recovery-sheet"})
final class StoreCommand extends Described {
  @Override
  public Integer call() {
    throw new CommandFailed(Exit.USAGE, "say what: salvor store recovery-sheet [STORE]");
  }
}
