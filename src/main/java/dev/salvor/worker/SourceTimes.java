package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.salvor.api.Json;
import dev.salvor.task.WorkerEnvironment;
import java.time.Instant;
import java.util.Map;

/**
 * When trees were as the worker finds them: a copy that was made from a snapshot is older than its
 * backup, and several were not snapped at one instant.
 *
 * @param now of those that are not in the map
 */
record SourceTimes(Map<String, Instant> snapped, Instant now) {
  private static final TypeReference<Map<String, Instant>> TIMES = new TypeReference<>() {};

  /**
   * As the host says.
   *
   * @throws IllegalStateException if that cannot be read: a point of a wrong time would be restored
   *     instead of another
   */
  static SourceTimes read(Map<String, String> environment, Instant now) {
    var text = environment.get(WorkerEnvironment.SOURCE_TIMES);
    try {
      return new SourceTimes(
          text == null ? Map.of() : Map.copyOf(Json.mapper().readValue(text, TIMES)), now);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(WorkerEnvironment.SOURCE_TIMES + " is not readable", e);
    }
  }

  /** Whether what is found is a copy, which nobody else has. */
  boolean isSnapped(String tree) {
    return snapped.containsKey(tree);
  }

  Instant of(String tree) {
    return snapped.getOrDefault(tree, now);
  }
}
