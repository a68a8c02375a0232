package dev.salvor.local.run;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.plan.WorkerExit;
import java.util.List;

/** Why a worker left no report, in plain words. */
final class HostFailures {
  private HostFailures() {}

  /** How the host saw a worker end. */
  sealed interface Ending {}

  /** With this code. */
  record Exited(int code) implements Ending {}

  /** While no host was looking. */
  record Unwatched() implements Ending {}

  /** The host ended it because its time was over. */
  record PastDeadline(long seconds) implements Ending {}

  /** It never began: its host was ended first. */
  record NeverBegan() implements Ending {}

  /** It could not be started. */
  record NotStarted(String why) implements Ending {}

  /** What it needs is not to be had. */
  record Refused(Failure failure) implements Ending {}

  static Failure of(Ending ending, List<String> log) {
    var tail = WorkerExit.tail(log);
    return switch (ending) {
      case Exited(var code) -> WorkerExit.failure(code, log);
      case Unwatched() ->
          Reason.REPORT_MISSING.failure(
              "The worker ended while no host was running and left no report.", tail);
      case PastDeadline(var seconds) ->
          Reason.DEADLINE_EXCEEDED.failure(
              "The worker did not end within its deadline of " + seconds + " s and was killed.",
              tail);
      case NeverBegan() ->
          Reason.INTERRUPTED.failure("The host was ended before the worker began.", null);
      case Refused(var failure) -> failure;
      case NotStarted(var why) ->
          Reason.INTERNAL_ERROR.failure("The worker could not be started: " + why, null);
    };
  }
}
