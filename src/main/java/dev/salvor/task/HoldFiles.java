package dev.salvor.task;

import java.nio.file.Path;

/**
 * How a worker and its host agree on when the users of volumes hold still: a worker asks once all
 * is prepared, and says when it needs it no more. A question is a file without content; an answer
 * is a {@link HoldAnswer} as JSON, which is there whole or not at all.
 *
 * @param folder of one run
 */
public record HoldFiles(Path folder) {
  /** The worker is about to read or write. */
  public Path wanted() {
    return folder.resolve("wanted");
  }

  /** The host's answer: all hold still, or why they do not. */
  public Path held() {
    return folder.resolve("held.json");
  }

  /** The worker has read or written all, and has not yet said so to anybody. */
  public Path over() {
    return folder.resolve("over");
  }

  /** The host's answer: all held still until now. A failure may be there before it was asked. */
  public Path confirmed() {
    return folder.resolve("confirmed.json");
  }
}
