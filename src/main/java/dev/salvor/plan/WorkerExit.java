package dev.salvor.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.task.ExitCode;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the exit code of a worker means that left no report, in plain words and alike on both hosts.
 */
public final class WorkerExit {
  /** A process that a signal ended has this much and the signal's number (POSIX shells). */
  private static final int SIGNALLED = 128;

  private static final int SIGKILL = 9;
  private static final int TAIL_LINES = 10;
  private static final int TAIL_CHARACTERS = 1024;

  private WorkerExit() {}

  /**
   * Why there is no report.
   *
   * @param log the last lines of the worker's log
   */
  public static Failure failure(int code, List<String> log) {
    var tail = tail(log);
    if (code == SIGNALLED + SIGKILL) {
      return Reason.INTERRUPTED.failure(
          "The worker was killed by signal 9, perhaps by the kernel for want of memory.", tail);
    }
    if (code == ExitCode.INTERRUPTED.code()) {
      return Reason.INTERRUPTED.failure("The worker was ended from outside.", tail);
    }
    if (code > SIGNALLED) {
      return Reason.INTERRUPTED.failure(
          "The worker was ended by signal " + (code - SIGNALLED) + ".", tail);
    }
    if (code == ExitCode.USAGE.code()) {
      return Reason.INTERNAL_ERROR.failure("The worker did not understand its task.", tail);
    }
    return Reason.REPORT_MISSING.failure(
        "The worker ended with exit code " + code + " and left no report.", tail);
  }

  /**
   * The last lines for people: progress is for machines, and of a line in JSON only the message.
   */
  public static @Nullable String tail(List<String> log) {
    var lines = log.stream().flatMap(WorkerExit::forPeople).toList();
    if (lines.isEmpty()) {
      return null;
    }
    var text =
        String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    return text.substring(Math.max(0, text.length() - TAIL_CHARACTERS));
  }

  private static Stream<String> forPeople(String line) {
    var object = object(line);
    return (object == null ? Stream.of(line) : Stream.of(object.path("message").asText()))
        .filter(text -> !text.isBlank());
  }

  private static @Nullable JsonNode object(String line) {
    if (!line.startsWith("{")) {
      return null;
    }
    try {
      var node = Objects.requireNonNull(Json.mapper().readTree(line));
      return node.isObject() ? node : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }
}
