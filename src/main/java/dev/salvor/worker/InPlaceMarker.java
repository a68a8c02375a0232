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
 * which properties it is to have, and which safety point holds what was there before. A person sees
 * it in {@code psql -l+}.
 *
 * @param request uid of the request
 * @param safetyPoint null: nothing was replaced, or losing it was acknowledged
 */
@Model
record InPlaceMarker(String request, @Nullable String safetyPoint, DatabaseProperties properties) {
  private static final String PREFIX = "salvor restores into this database: ";

  String comment() {
    try {
      return PREFIX + Json.mapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a marker cannot be written", e);
    }
  }

  /** Empty where the comment is none of this request's. */
  static Optional<InPlaceMarker> read(String comment, String request) {
    if (!comment.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      var marker = Json.mapper().readValue(comment.substring(PREFIX.length()), InPlaceMarker.class);
      return Optional.of(marker).filter(found -> found.request().equals(request));
    } catch (JsonProcessingException altered) {
      return Optional.empty();
    }
  }
}
