package dev.salvor.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The program without a subcommand: says what there is. */
@Command(
    name = "salvor",
    description = "Keeps Postgres, Supabase and volumes recoverable, and proves it.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Salvor.Version.class,
    footer = {
      "",
      "A first backup on one machine:",
      "  salvor init DIR                asks what, where to and when, and writes it",
      "  salvor local --manifests DIR   goes on; the next from another terminal",
      "  salvor backup shop-db --wait",
      "  salvor get",
      "",
      "Exit codes of all commands:",
      "   0  done, and all is well",
      "   1  what was asked failed, or was refuted or left unproven",
      "  64  the command line was not understood",
      "  65  a manifest is refused",
      "  66  what was named is not there",
      "  69  the API server cannot be reached, or cannot answer now",
      "  70  a defect of Salvor",
      "  74  a file of the state folder cannot be read or written: a full disk, most often",
      "  75  another host works in the state folder",
      "  77  the API server refuses these credentials, or what they may do",
      "",
      "'salvor help COMMAND' shows the options of a command with an example."
    })
final class Salvor extends Described {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Say which version this is.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean version;

  /** What {@code --version} says, as the command does. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {VersionCommand.text()};
    }
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(out());
    return Exit.OK;
  }
}
