package dev.salvor.task;

import dev.salvor.api.Failure;
import dev.salvor.api.Model;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker answers: one JSON document of at most 2,048 bytes, since all containers of a pod
 * share 12 KiB of termination messages.
 *
 * @param failure what went wrong; null with SUCCEEDED
 */
@Model
public record TaskReport(
    String run,
    Outcome outcome,
    Instant started,
    Instant finished,
    @Nullable Failure failure,
    @Nullable List<String> warnings,
    @Nullable TaskResult result) {

  /** How it ended. */
  public enum Outcome {
    SUCCEEDED,
    /** A recovery point was made but is not complete: it fills no retention slot. */
    PARTIAL,
    FAILED
  }
}
