package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.task.DatabaseProperties;
import java.util.Objects;
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
  private static final InPlaceMarker ALTERED = new InPlaceMarker("", null, null);

  InPlaceMarker {
    Objects.requireNonNull(request);
  }

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
      var marker = Json.mapper().readValue(comment.substring(PREFIX.length()), InPlaceMarker.class);
      return Optional.of(marker == null ? ALTERED : marker);
    } catch (JsonProcessingException altered) {
      return Optional.of(ALTERED);
    }
  }

  /**
   * A half-made database would be a complete point of half the rows.
   *
   * @throws EngineException INCOMPLETE_BACKUP if the session's own database is one
   */
  static void refuseUnfinished(PostgresSession session) {
    new TargetReader(session)
        .database(session.database())
        .flatMap(found -> read(found.comment()))
        .ifPresent(
            marker -> {
              throw new EngineException(
                  Reason.INCOMPLETE_BACKUP,
                  "database "
                      + session.database()
                      + " is being restored by "
                      + (marker.request().isEmpty() ? "a request" : "request " + marker.request())
                      + ", or was left half-made by it"
                      + (marker.safetyPoint() == null
                          ? ""
                          : "; what was there before is recovery point " + marker.safetyPoint())
                      + ". Restore it; or, if you made it whole by hand, give it another comment"
                      + " (COMMENT ON DATABASE).");
            });
  }

  boolean isAt(String comment) {
    return read(comment).filter(this::equals).isPresent();
  }

  boolean isOf(String asking) {
    return request.equals(asking);
  }
}
