package dev.salvor.engine.postgres;

import dev.salvor.api.FactsMode;
import dev.salvor.engine.process.Deadline;
import dev.salvor.task.FactsRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much of a database is read for its facts.
 *
 * @param maximumBytes of tables, the smallest first; what is beyond is not compared
 * @param deadline null: none
 */
public record FactsLimits(FactsMode mode, long maximumBytes, @Nullable Deadline deadline) {
  /** No bounds. */
  public static FactsLimits unbounded(FactsMode mode) {
    return new FactsLimits(mode, Long.MAX_VALUE, null);
  }

  /** As a Task asks; its time begins now. */
  public static FactsLimits of(FactsRequest request) {
    var bytes = request.maximumBytes();
    var seconds = request.maximumSeconds();
    return new FactsLimits(
        request.mode(),
        bytes == null ? Long.MAX_VALUE : bytes,
        seconds == null ? null : Deadline.after(Duration.ofSeconds(seconds)));
  }

  boolean counts() {
    return mode == FactsMode.COUNTS || mode == FactsMode.FULL;
  }

  boolean hashes() {
    return mode == FactsMode.FULL;
  }

  boolean timeIsOver() {
    return deadline != null && deadline.remaining().isZero();
  }

  /** For a statement; 0 is none, as PostgreSQL means it. */
  long statementTimeoutMillis() {
    return deadline == null ? 0 : Math.max(1, deadline.remaining().toMillis());
  }
}
