package dev.salvor.operator.jobs;

import dev.salvor.api.DurationText;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.Verification;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateRunning;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.EnvVar;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A container of a verification that runs a program of the user. Nothing is asked of its image but
 * that program: the kubelet knows how it ended and the last 2 KiB of what it wrote.
 *
 * <p>What it wrote is no report, whatever it looks like, and stands in a status for people only.
 */
record UserCheck(PodContents.State state) {
  /** Names of checks are as long as those of containers may be. */
  private static final String CONTAINER = "check-";

  private static final Pattern CONTAINERS = Pattern.compile(CONTAINER + "[0-9]");

  static final String NAME = "SALVOR_CHECK";
  static final String SECONDS = "SALVOR_CHECK_SECONDS";

  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(1);

  /** Of a shell that found no such program, or one that it may not run (POSIX). */
  private static final Set<Integer> NOT_FOUND = Set.of(126, 127);

  /** A process that a signal ended has this much and the signal's number; there are 64. */
  private static final int SIGNALLED = 128;

  private static final int LAST_SIGNAL = 64;

  /** What lies above has a meaning to shells, runtimes or programs that could not look at all. */
  private static final int LAST_NO = 125;

  private static final int SHOWN_CHARACTERS = 1024;

  static String container(int number) {
    return CONTAINER + number;
  }

  static boolean isOf(Container container) {
    return CONTAINERS.matcher(container.getName()).matches()
        && container.getEnv().stream().anyMatch(variable -> NAME.equals(variable.getName()));
  }

  /** For messages: people know a check by its name. */
  static String words(Container container) {
    return isOf(container)
        ? "your check " + variable(container, NAME)
        : "container " + container.getName();
  }

  static Duration timeout(Verification.Check check) {
    return check.timeout() == null ? DEFAULT_TIMEOUT : DurationText.parse(check.timeout());
  }

  /** Why it is given up: no container has a time limit of its own. */
  Optional<Failure> overdue(Instant now) {
    var limit = Duration.ofSeconds(Long.parseLong(variable(state.container(), SECONDS)));
    return state
        .state()
        .map(ContainerState::getRunning)
        .map(ContainerStateRunning::getStartedAt)
        .flatMap(PodContents::time)
        .filter(started -> started.plus(limit).isBefore(now))
        .map(
            started ->
                unasked("it has not ended within " + DurationText.format(limit) + " (timeout)"));
  }

  /** Whether it ended otherwise than well. */
  boolean hasFailed() {
    var terminated = state.terminated();
    return terminated != null && (terminated.getExitCode() != 0 || ranOutOfMemory());
  }

  boolean hasSucceeded() {
    return state.terminated() != null && !hasFailed();
  }

  /** Also where it was a helper of the program, which then said yes to what it had not seen. */
  boolean ranOutOfMemory() {
    return state.ranOutOfMemory();
  }

  /** What its end says: the program's own no refutes, all else proves nothing. */
  Failure failure() {
    var terminated = Objects.requireNonNull(state.terminated());
    var code = terminated.getExitCode();
    if (ranOutOfMemory()) {
      return unasked(
          "the kernel killed it for want of memory: it may use "
              + ContainerResources.memoryLimit(state.container())
              + ", raise command.resources"
              + said(terminated));
    }
    if (state.couldNotBegin()) {
      return unasked("it could not be started: " + Words.of(terminated.getMessage()));
    }
    if (state.endIsUnknown()) {
      return Reason.EVICTED.failure(
          "The node does not know how " + words(state.container()) + " ended.");
    }
    if (NOT_FOUND.contains(code)) {
      return unasked(
          "exit code " + code + ", by which a shell says that it cannot run it" + said(terminated));
    }
    if (code > SIGNALLED && code <= SIGNALLED + LAST_SIGNAL) {
      return unasked("it was ended by signal " + (code - SIGNALLED) + said(terminated));
    }
    if (code > LAST_NO) {
      return unasked(
          "exit code "
              + code
              + ", by which programs say that they could not look"
              + said(terminated));
    }
    return Reason.CHECK_FAILED.failure(
        "The restored copy fails "
            + words(state.container())
            + " as user "
            + state.container().getSecurityContext().getRunAsUser()
            + " (exit code "
            + code
            + said(terminated)
            + ").");
  }

  private Failure unasked(String why) {
    return Reason.CHECK_ERRORED.failure(
        "Could not ask " + words(state.container()) + " (" + why + ").");
  }

  private static String said(ContainerStateTerminated terminated) {
    var words = lastWords(terminated.getMessage());
    return words.isEmpty() ? "; it said nothing" : "; it said last: " + words;
  }

  /** The end of what it wrote, on one line, without what a terminal would act on. */
  static String lastWords(@Nullable String output) {
    if (output == null) {
      return "";
    }
    var line =
        output
            .replaceAll("\u001b\\[[0-?]*[ -/]*[@-~]", "")
            .strip()
            .replaceAll("\\s*\\R\\s*", " | ")
            .replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\ufffd]+", " ")
            .replaceAll(" {2,}", " ")
            .strip();
    return line.length() <= SHOWN_CHARACTERS
        ? line
        : "…" + line.substring(line.length() - SHOWN_CHARACTERS + 1);
  }

  private static String variable(Container container, String name) {
    return container.getEnv().stream()
        .filter(variable -> name.equals(variable.getName()))
        .map(EnvVar::getValue)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("a check without " + name));
  }
}
