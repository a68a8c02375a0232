package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.task.DatabaseProperties;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The comment of a database that is being restored under its own name. A worker that was killed
 * leaves it half filled: the next attempt of the same request knows by this that it may drop it,
 * which properties it is to have, and which safety point holds what was there before. Others know
 * that it is no whole database. A person sees it in {@code psql -l+}.
 *
 * @param request uid of the request; empty: somebody altered the comment
 * @param safetyPoint null: nothing was replaced, or losing it was acknowledged
 * @param properties that it is to have; null: somebody altered the comment
 */
@Model
record InPlaceMarker(
    String request, @Nullable String safetyPoint, @Nullable DatabaseProperties properties) {
  private static final String PREFIX = "salvor restores into this database: ";

  String comment() {
    try {
      return PREFIX + Json.mapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a marker cannot be written", e);
    }
  }

  /** Whosever it is; empty where the comment is none. */
  static Optional<InPlaceMarker> read(@Nullable String comment) {
    if (comment == null || !comment.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Json.mapper().readValue(comment.substring(PREFIX.length()), InPlaceMarker.class));
    } catch (JsonProcessingException altered) {
      return Optional.of(new InPlaceMarker("", null, null));
    }
  }

  boolean isOf(String asking) {
    return request.equals(asking);
  }
}
