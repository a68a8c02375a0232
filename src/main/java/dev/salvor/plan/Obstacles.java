package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** All that stands in the way of something, told at once: who mends one need not come back. */
public final class Obstacles {
  private static final String UNTOUCHED = " Nothing was touched.";

  private Obstacles() {}

  /**
   * One message of all of them, at least one. Its reason is one that a token does not help against,
   * where there is such a one.
   */
  public static Failure together(List<Failure> failures) {
    var gravest =
        failures.stream()
            .filter(failure -> failure.reason() != Reason.ACKNOWLEDGEMENT_NEEDED)
            .findFirst()
            .orElse(failures.getFirst());
    if (failures.size() == 1) {
      return gravest;
    }
    return gravest
        .reason()
        .failure(
            failures.size()
                + " things stand in the way."
                + UNTOUCHED
                + IntStream.range(0, failures.size())
                    .mapToObj(
                        at ->
                            " (%d) %s"
                                .formatted(
                                    at + 1, failures.get(at).message().replace(UNTOUCHED, "")))
                    .collect(Collectors.joining()));
  }
}
