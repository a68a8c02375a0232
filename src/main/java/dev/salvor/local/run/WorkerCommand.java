package dev.salvor.local.run;

import java.util.List;

/**
 * What starts a worker: the same program as this one, with the subcommand.
 *
 * @param words program and arguments
 */
public record WorkerCommand(List<String> words) {
  public WorkerCommand {
    words = List.copyOf(words);
  }
}
