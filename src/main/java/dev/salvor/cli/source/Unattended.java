package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A state folder that no host works on: what its policies wait for. Pure.
 *
 * @param policies as they are stored, with their status
 */
public record Unattended(Path state, List<JsonNode> policies) {
  /** A timer that starts a host for what is due may be as late. */
  private static final Duration PATIENCE = Duration.ofHours(1);

  /** A backup that should have begun, and when. */
  private record Due(String policy, Instant at) {}

  /** Whether what was due is overdue, and not only between two hosts of a timer. */
  public boolean isOverdue(Instant now) {
    return firstDue().filter(due -> due.at().plus(PATIENCE).isBefore(now)).isPresent();
  }

  /** What is so, for people. */
  public String words(Instant now) {
    return "no 'salvor local' works on "
        + state
        + " now: all this is what the last one knew"
        + firstDue()
            .filter(due -> due.at().isBefore(now))
            .map(due -> "; a backup of " + due.policy() + " was due at " + due.at())
            .orElse("");
  }

  private Optional<Due> firstDue() {
    return policies.stream().flatMap(Unattended::due).min(Comparator.comparing(Due::at));
  }

  private static Stream<Due> due(JsonNode policy) {
    try {
      return Stream.of(
          new Due(
              policy.at("/metadata/namespace").asText()
                  + "/"
                  + policy.at("/metadata/name").asText(),
              Instant.parse(policy.at("/status/nextRun").asText())));
    } catch (DateTimeParseException none) {
      return Stream.empty();
    }
  }
}
