package dev.salvor.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints what a shell needs to complete words. */
@Command(
    name = "completion",
    description = "Prints a script by which your shell completes Salvor's words on Tab.",
    footer = {
      "",
      "bash, from the next shell on (needs the package bash-completion):",
      "  mkdir -p ~/.local/share/bash-completion/completions",
      "  salvor completion bash > ~/.local/share/bash-completion/completions/salvor",
      "zsh:",
      "  salvor completion zsh > ~/.salvor-completion.zsh",
      "  echo 'autoload -Uz compinit && compinit; . ~/.salvor-completion.zsh' >> ~/.zshrc",
      "fish:",
      "  salvor completion fish > ~/.config/fish/completions/salvor.fish",
      "",
      "Example, for this bash alone:",
      "  . <(salvor completion bash)"
    })
final class CompletionCommand extends Described {
  @Parameters(index = "0", paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
  private Shell shell;

  /** In lower case, as a person names and completes them. */
  enum Shell {
    bash,
    zsh,
    fish
  }

  @Override
  public Integer call() {
    var all = Main.commandLine();
    out()
        .print(
            switch (shell) {
              // The script loads bashcompinit where zsh reads it.
              case bash, zsh -> AutoComplete.bash("salvor", all);
              case fish -> FishCompletion.of(all.getCommandSpec());
            });
    out().flush();
    return Exit.OK;
  }
}
