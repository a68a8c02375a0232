package dev.salvor.operator.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.salvor.api.Json;
import dev.salvor.task.TaskReport;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A pod of ours, as its status has it. */
final class PodContents {
  /**
   * A pod whose grace has been over for this long, and whose kubelet has not said that it ended:
   * the node does not answer. It was deleted for that only after some five minutes of silence (the
   * default toleration of an unreachable node).
   */
  static final Duration NODE_PATIENCE = Duration.ofMinutes(10);

  /** What the kubelet takes of one container's message. */
  private static final int MESSAGE_BYTES = 4096;

  private static final ObjectReader REPORT =
      Json.mapper()
          .readerFor(TaskReport.class)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Pod pod;

  PodContents(Pod pod) {
    this.pod = pod;
  }

  /**
   * The newest pod of a Job. A Job of the same name may have been there before it, and one that was
   * suspended again has had a pod before.
   */
  static Optional<PodContents> newest(Job job, List<Pod> pods) {
    return pods.stream()
        .filter(pod -> belongs(pod, job))
        .max(
            Comparator.comparing(
                    (Pod pod) ->
                        Objects.requireNonNullElse(pod.getMetadata().getCreationTimestamp(), ""))
                .thenComparing(pod -> pod.getMetadata().getName()))
        .map(PodContents::new);
  }

  private static boolean belongs(Pod pod, Job job) {
    var owners = pod.getMetadata().getOwnerReferences();
    return owners == null
        || owners.isEmpty()
        || owners.stream()
            .anyMatch(owner -> Objects.equals(owner.getUid(), job.getMetadata().getUid()));
  }

  /** A container and what is known of it. */
  record State(Container container, boolean sidecar, @Nullable ContainerStatus status) {
    @Nullable ContainerStateTerminated terminated() {
      return status == null || status.getState() == null ? null : status.getState().getTerminated();
    }

    boolean isRunning() {
      return status != null && status.getState() != null && status.getState().getRunning() != null;
    }

    boolean ranOutOfMemory() {
      return ended(Set.of("OOMKilled"));
    }

    /** The runtime's words for a container whose process it could not begin. */
    boolean couldNotBegin() {
      return ended(Set.of("StartError", "ContainerCannotRun"));
    }

    /**
     * The kubelet (ContainerStatusUnknown) or containerd (Unknown), after its node was restarted,
     * does not know how it ended; the exit code is made up.
     */
    boolean endIsUnknown() {
      return ended(Set.of("ContainerStatusUnknown", "Unknown"));
    }

    private boolean ended(Set<String> reasons) {
      var terminated = terminated();
      return terminated != null && reasons.contains(String.valueOf(terminated.getReason()));
    }

    boolean hasBegun() {
      return isRunning() || terminated() != null;
    }

    Optional<ContainerState> state() {
      return Optional.ofNullable(status).map(ContainerStatus::getState);
    }
  }

  String name() {
    return pod.getMetadata().getName();
  }

  /** All containers, in the order in which they are started. */
  List<State> containers() {
    var states = new ArrayList<State>();
    for (var container : orEmpty(pod.getSpec().getInitContainers())) {
      var statuses = pod.getStatus() == null ? null : pod.getStatus().getInitContainerStatuses();
      var sidecar = "Always".equals(container.getRestartPolicy());
      states.add(new State(container, sidecar, status(container, statuses)));
    }
    for (var container : pod.getSpec().getContainers()) {
      var statuses = pod.getStatus() == null ? null : pod.getStatus().getContainerStatuses();
      states.add(new State(container, false, status(container, statuses)));
    }
    return states;
  }

  /** Those that carry out a Task, in turn. */
  List<State> tasks() {
    return containers().stream()
        .filter(state -> !state.sidecar() && !UserCheck.isOf(state.container()))
        .toList();
  }

  /** Those that run programs of the user, in turn. */
  List<UserCheck> checks() {
    return containers().stream()
        .filter(state -> UserCheck.isOf(state.container()))
        .map(UserCheck::new)
        .toList();
  }

  /** The last Task's end; empty before it. */
  Optional<ContainerStateTerminated> end() {
    return Optional.ofNullable(tasks().getLast().terminated());
  }

  /** Reports in order; what is no report of this run is passed over. */
  List<TaskReport> reports(String run) {
    return tasks().stream().flatMap(state -> report(state, run).stream()).toList();
  }

  /** The report that a container left. */
  static Optional<TaskReport> report(State state, String run) {
    var terminated = state.terminated();
    var message = terminated == null ? null : terminated.getMessage();
    if (message == null || message.getBytes(StandardCharsets.UTF_8).length > MESSAGE_BYTES) {
      return Optional.empty();
    }
    try {
      TaskReport report = REPORT.readValue(message);
      return Optional.ofNullable(report).filter(read -> isWhole(read) && run.equals(read.run()));
    } catch (JsonProcessingException log) {
      return Optional.empty();
    }
  }

  /** A line of progress is JSON too, and names the run. */
  private static boolean isWhole(TaskReport report) {
    return report.outcome() != null && report.started() != null && report.finished() != null;
  }

  String phase() {
    return status(pod.getStatus() == null ? null : pod.getStatus().getPhase());
  }

  /** The kubelet's or the control plane's own reason for a pod as a whole; empty if none. */
  String reason() {
    return status(pod.getStatus() == null ? null : pod.getStatus().getReason());
  }

  String message() {
    return status(pod.getStatus() == null ? null : pod.getStatus().getMessage());
  }

  private static String status(@Nullable String text) {
    return text == null ? "" : text;
  }

  Optional<PodCondition> condition(String type) {
    return pod.getStatus() == null
        ? Optional.empty()
        : orEmpty(pod.getStatus().getConditions()).stream()
            .filter(condition -> type.equals(condition.getType()))
            .findFirst();
  }

  Instant created(Instant otherwise) {
    return time(pod.getMetadata().getCreationTimestamp()).orElse(otherwise);
  }

  /** When it is to be gone: the time of its deletion and its grace. */
  Optional<Instant> deletion() {
    return time(pod.getMetadata().getDeletionTimestamp());
  }

  boolean isLost(Instant now) {
    return end().isEmpty()
        && deletion().filter(gone -> gone.plus(NODE_PATIENCE).isBefore(now)).isPresent();
  }

  /** Whether all that it was made for has ended, well or not. */
  boolean hasEnded(Instant now) {
    return hasSucceeded() || "Failed".equals(phase()) || end().isPresent() || isLost(now);
  }

  boolean hasSucceeded() {
    return "Succeeded".equals(phase());
  }

  /** When it ended, as far as it says. */
  Optional<Instant> ended() {
    return Stream.of(
            containers().stream()
                .filter(state -> !state.sidecar())
                .map(State::terminated)
                .filter(Objects::nonNull)
                .flatMap(terminated -> time(terminated.getFinishedAt()).stream())
                .max(Comparator.naturalOrder()),
            condition("DisruptionTarget").flatMap(it -> time(it.getLastTransitionTime())),
            condition("Ready").flatMap(it -> time(it.getLastTransitionTime())),
            deletion())
        .flatMap(Optional::stream)
        .findFirst();
  }

  static Optional<Instant> time(@Nullable String text) {
    return text == null || text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
  }

  private static @Nullable ContainerStatus status(
      Container container, @Nullable List<ContainerStatus> statuses) {
    return orEmpty(statuses).stream()
        .filter(status -> container.getName().equals(status.getName()))
        .findFirst()
        .orElse(null);
  }

  private static <T> List<T> orEmpty(@Nullable Collection<T> items) {
    return items == null ? List.of() : List.copyOf(items);
  }
}
