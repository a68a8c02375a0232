package dev.salvor.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A recovery point of trees that no single node can read: each of the others reads its own and
 * keeps what it noted as a share; whoever reads the last closes the point with all of them.
 *
 * @param point its id, which all of them must know
 * @param own names of the trees that this worker reads
 * @param shares snapshots of what the others kept; null: this worker keeps a share, and closes
 *     nothing
 */
@Model
public record Span(String point, List<String> own, @Nullable List<String> shares) {
  public Span {
    own = List.copyOf(own);
  }

  /** As a host hands it over. */
  public String text() {
    try {
      return Json.mapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * As it was handed over.
   *
   * @return null where all trees are this worker's
   * @throws IllegalStateException if that cannot be read: a point would be closed without some
   */
  public static @Nullable Span read(Map<String, String> environment) {
    var text = environment.get(WorkerEnvironment.SPAN);
    try {
      var span = text == null ? null : Json.mapper().readValue(text, Span.class);
      if (text != null && span == null) {
        throw new IllegalStateException(WorkerEnvironment.SPAN + " is empty");
      }
      return span;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(WorkerEnvironment.SPAN + " is not readable", e);
    }
  }
}
