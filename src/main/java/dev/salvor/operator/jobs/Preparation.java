package dev.salvor.operator.jobs;

import dev.salvor.api.Failure;

/** How far something is that a run waits for which may go. */
public sealed interface Preparation {
  /** It is there. */
  record Ready() implements Preparation {}

  /**
   * It may still come.
   *
   * @param why for people; a sentence without its first capital
   */
  record Waits(String why) implements Preparation {}

  /** It will not come any more. */
  record Failed(Failure failure) implements Preparation {}
}
