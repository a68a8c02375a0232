package dev.salvor.local.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.task.ExitCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why a worker left no report, in plain words. */
final class HostFailures {
  private static final int SIGNALLED = 128;
  private static final int SIGKILL = 9;
  private static final int TAIL_LINES = 10;
  private static final int TAIL_CHARACTERS = 1024;

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

  static Failure of(Ending ending, List<String> log) {
    var tail = tail(log);
    return switch (ending) {
      case Exited(var code) when code == SIGNALLED + SIGKILL ->
          Reason.INTERRUPTED.failure(
              "The worker was killed by signal 9, perhaps by the kernel for want of memory.", tail);
      case Exited(var code) when code > SIGNALLED ->
          Reason.INTERRUPTED.failure(
              "The worker was ended by signal " + (code - SIGNALLED) + ".", tail);
      case Exited(var code) when code == ExitCode.USAGE.code() ->
          Reason.INTERNAL_ERROR.failure("The worker did not understand its task.", tail);
      case Exited(var code) ->
          Reason.REPORT_MISSING.failure(
              "The worker ended with exit code " + code + " and left no report.", tail);
      case Unwatched() ->
          Reason.REPORT_MISSING.failure(
              "The worker ended while no host was running and left no report.", tail);
      case PastDeadline(var seconds) ->
          Reason.DEADLINE_EXCEEDED.failure(
              "The worker did not end within its deadline of " + seconds + " s and was killed.",
              tail);
      case NeverBegan() ->
          Reason.INTERRUPTED.failure("The host was ended before the worker began.", null);
      case NotStarted(var why) ->
          Reason.INTERNAL_ERROR.failure("The worker could not be started: " + why, null);
    };
  }

  /** The last lines for people; progress lines are for machines. */
  private static @Nullable String tail(List<String> log) {
    var lines = log.stream().filter(line -> !line.isBlank() && !isJson(line)).toList();
    if (lines.isEmpty()) {
      return null;
    }
    var text =
        String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    return text.substring(Math.max(0, text.length() - TAIL_CHARACTERS));
  }

  private static boolean isJson(String line) {
    try {
      return line.startsWith("{") && Json.mapper().readTree(line).isObject();
    } catch (JsonProcessingException e) {
      return false;
    }
  }
}
