package dev.salvor.operator.jobs;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.plan.WorkerExit;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a run that has ended left no report, in plain words: what is most exact first, since one
 * cause shows in several places (an eviction is a signal to the container too).
 */
record MissingReport(
    Job job,
    String run,
    Optional<JobCondition> terminal,
    Optional<PodContents> pod,
    List<String> createFailures,
    Instant now) {
  private static final String DEADLINE = "DeadlineExceeded";

  Failure why() {
    var broken = pod.flatMap(this::broken);
    var check = pod.flatMap(MissingReport::failedCheck);
    return broken
        .flatMap(this::outOfMemory)
        .or(() -> check.filter(UserCheck::ranOutOfMemory).map(UserCheck::failure))
        .or(() -> pod.flatMap(this::disrupted))
        .or(this::pastDeadline)
        .or(() -> check.map(UserCheck::failure))
        .or(() -> broken.map(this::exited))
        .or(() -> pod.map(this::podEnded))
        .orElseGet(this::withoutPod);
  }

  /** The first container with a Task that ended without a report. */
  private Optional<PodContents.State> broken(PodContents contents) {
    return contents.tasks().stream()
        .filter(state -> state.terminated() != null)
        .filter(state -> PodContents.report(state, run).filter(it -> !it.isDraft()).isEmpty())
        .findFirst();
  }

  /** A pod that is deleted ends its programs with a signal, which some take for a failure. */
  private static Optional<UserCheck> failedCheck(PodContents contents) {
    return contents.deletion().isPresent()
        ? Optional.empty()
        : contents.checks().stream().filter(UserCheck::hasFailed).findFirst();
  }

  private Optional<Failure> outOfMemory(PodContents.State state) {
    var terminated = Objects.requireNonNull(state.terminated());
    if (!state.ranOutOfMemory()) {
      return Optional.empty();
    }
    return Optional.of(
        Reason.OUT_OF_MEMORY.failure(
            "The kernel killed container "
                + state.container().getName()
                + " for want of memory: it may use "
                + ContainerResources.memoryLimit(state.container())
                + ".",
            tail(terminated)));
  }

  private Optional<Failure> disrupted(PodContents contents) {
    var reason = contents.reason();
    var disruption =
        contents.condition("DisruptionTarget").filter(it -> "True".equals(it.getStatus()));
    if (reason.equals(DEADLINE) || (reason.isEmpty() && disruption.isEmpty())) {
      return Optional.empty();
    }
    var words =
        contents.message().isEmpty()
            ? disruption.map(it -> Words.of(it.getMessage())).orElse("")
            : Words.of(contents.message());
    if (isOutOfScratch(words)) {
      return Optional.of(
          Reason.SCRATCH_FULL.failure("The run was ended for its use of disk: " + words));
    }
    var cause =
        reason.isEmpty() ? disruption.map(it -> Words.of(it.getReason())).orElse("") : reason;
    var begun = contents.containers().stream().anyMatch(PodContents.State::hasBegun);
    return Optional.of(
        begun || disruption.isPresent() || reason.equals("Evicted")
            ? Reason.EVICTED.failure("The cluster ended the pod (" + cause + "): " + words)
            : Reason.NOT_STARTED.failure("The node refused the pod (" + cause + "): " + words));
  }

  /** The kubelet evicts a pod when an emptyDir of it outgrows its limit. */
  private static boolean isOutOfScratch(String words) {
    return words.contains("EmptyDir volume") && !words.contains("-memory\"");
  }

  private Optional<Failure> pastDeadline() {
    var ofPod = pod.filter(it -> it.reason().equals(DEADLINE)).isPresent();
    var ofJob = terminal.filter(it -> DEADLINE.equals(it.getReason())).isPresent();
    if (!ofPod && !ofJob) {
      return Optional.empty();
    }
    if (pod.isEmpty() && !createFailures.isEmpty()) {
      return Optional.of(PodStart.refused(createFailures));
    }
    return Optional.of(
        Reason.DEADLINE_EXCEEDED.failure(
            "The Job did not end within " + job.getSpec().getActiveDeadlineSeconds() + " s.",
            pod.flatMap(this::broken)
                .map(state -> tail(Objects.requireNonNull(state.terminated())))
                .orElse(null)));
  }

  private Failure exited(PodContents.State state) {
    var terminated = Objects.requireNonNull(state.terminated());
    var name = state.container().getName();
    if (state.couldNotBegin()) {
      return Reason.NOT_STARTED.failure(
          "The node could not start container " + name + ": " + Words.of(terminated.getMessage()));
    }
    if (state.endIsUnknown()) {
      return Reason.EVICTED.failure("The node does not know how container " + name + " ended.");
    }
    return WorkerExit.failure(terminated.getExitCode(), log(terminated));
  }

  private Failure podEnded(PodContents contents) {
    if (contents.isLost(now)) {
      return Reason.EVICTED.failure(
          "Pod "
              + contents.name()
              + " was deleted, and its node does not say that it ended: the node does not answer.");
    }
    return new PodStart(contents, List.of(), now)
        .trouble()
        .orElseGet(
            () ->
                contents.deletion().isPresent()
                    ? Reason.INTERRUPTED.failure("The pod was deleted before it ended.")
                    : Reason.REPORT_MISSING.failure(
                        "The pod ended without a word on any container."));
  }

  private Failure withoutPod() {
    if (!createFailures.isEmpty()) {
      return PodStart.refused(createFailures);
    }
    return terminal.filter(it -> it.getType().equals("Complete")).isPresent()
        ? Reason.REPORT_MISSING.failure("The pod is gone, and its report with it.")
        : Reason.INTERRUPTED.failure("The pod was deleted before it ended.");
  }

  private static @Nullable String tail(ContainerStateTerminated terminated) {
    return WorkerExit.tail(log(terminated));
  }

  /** Where a container left no message of its own, the kubelet put the end of its log. */
  private static List<String> log(ContainerStateTerminated terminated) {
    return terminated.getMessage() == null ? List.of() : terminated.getMessage().lines().toList();
  }
}
