package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.salvor.api.Failure;
import dev.salvor.api.Model;
import dev.salvor.api.Reason;
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

  /**
   * One that a worker leaves before it writes over something, for the case that it is killed: its
   * host says better why.
   */
  public static TaskReport draft(
      String run, Instant started, List<String> warnings, TaskResult result) {
    var missing = Reason.REPORT_MISSING.failure("The worker was killed in the midst of its work.");
    return new TaskReport(run, Outcome.FAILED, started, started, missing, warnings, result);
  }

  /** Whether it is not a worker's last word. */
  @JsonIgnore
  public boolean isDraft() {
    return failure != null && failure.reason() == Reason.REPORT_MISSING;
  }

  /** How it ended. */
  public enum Outcome {
    SUCCEEDED,
    /** A recovery point was made but is not complete: it fills no retention slot. */
    PARTIAL,
    FAILED
  }
}
