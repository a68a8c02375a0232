package dev.salvor.local;

import java.util.List;

/**
 * What a host leaves behind.
 *
 * @param failures what failed while it ran, and what needs a person, in words; empty: all is well
 */
public record Outcome(List<String> failures) {
  public Outcome {
    failures = List.copyOf(failures);
  }
}
