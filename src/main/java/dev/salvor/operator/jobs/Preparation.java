package dev.salvor.operator.jobs;

import dev.salvor.api.Failure;
import java.util.List;

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

  /** What several come to: one that failed, else one that waits, else they are there. */
  static Preparation worst(List<Preparation> all) {
    return all.stream()
        .filter(Failed.class::isInstance)
        .findFirst()
        .or(() -> all.stream().filter(Waits.class::isInstance).findFirst())
        .orElseGet(Ready::new);
  }
}
