package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the container of a proof was found once the proof was over. Of a server that did not run to
 * the end nothing can be told but that: not even that the copy is wrong.
 */
public sealed interface SandboxEnd {
  /** It still ran. */
  record Ran() implements SandboxEnd {}

  /** The kernel ended processes in it, if not all, for want of memory. */
  record OutOfMemory(long memoryBytes) implements SandboxEnd {}

  /** It had ended. */
  record Exited(long code) implements SandboxEnd {}

  /** There was none any more. */
  record Gone() implements SandboxEnd {}

  /** Docker did not answer. */
  record Unknown(String why) implements SandboxEnd {}

  /**
   * What counts instead of the proof's own report; empty: that.
   *
   * @param report null: it left none
   */
  default Optional<Failure> instead(@Nullable TaskReport report) {
    if (report != null
        && report.result() instanceof TaskResult.Compared compared
        && (compared.outcome() == VerdictOutcome.VERIFIED
            || isFoundWithoutServer(compared)
            || isUnprovenAnyway(compared))) {
      return Optional.empty();
    }
    return switch (this) {
      case Ran() -> Optional.empty();
      case OutOfMemory(var bytes) ->
          Optional.of(
              Reason.OUT_OF_MEMORY.failure(
                  "The kernel ended processes in the proof's container for want of memory: it may"
                      + " use "
                      + ByteCount.format(bytes)
                      + "."));
      case Exited(var code) ->
          failed("ended before the proof did (exit code " + code + "): by somebody, or by Docker.");
      case Gone() -> failed("was removed before the proof had ended.");
      case Unknown(var why) -> failed("is out of sight. " + why);
    };
  }

  /** Its dump was read to the end, or could not be, before any server was asked. */
  private static boolean isFoundWithoutServer(TaskResult.Compared compared) {
    return compared.reason() == Reason.CORRUPT_RECOVERY_POINT && compared.isolation() == null;
  }

  /** What kept it from being proven is known better than what became of the container. */
  private boolean isUnprovenAnyway(TaskResult.Compared compared) {
    return compared.outcome() == VerdictOutcome.UNPROVEN
        && (compared.reason() == Reason.NO_CLIENT_FOR_SERVER || this instanceof Unknown);
  }

  private static Optional<Failure> failed(String what) {
    return Optional.of(Reason.SANDBOX_FAILED.failure("The proof's container " + what));
  }
}
