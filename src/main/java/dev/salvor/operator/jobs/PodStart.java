package dev.salvor.operator.jobs;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a pod that has not begun is waiting for, and for how long one waits with it.
 *
 * @param complaints messages of its events of {@link #COMPLAINTS}, the newest last, as far as they
 *     were asked for
 */
record PodStart(PodContents pod, List<String> complaints, Instant now) {
  /** Of the kubelet and of what attaches volumes: why a pod is not started, in no status. */
  static final Set<String> COMPLAINTS =
      Set.of("FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox");

  private static final String COMPLAINT = "The node has not started the pod: ";

  /**
   * For what a node says is wrong. The kubelet's back-off between two pulls doubles from 10 s to 5
   * min: this is time for seven.
   */
  static final Duration NODE_TROUBLE_PATIENCE = Duration.ofMinutes(10);

  /**
   * For a node: twice what the cluster autoscaler gives a new one to appear
   * (max-node-provision-time, 15 min).
   */
  static final Duration SCHEDULING_PATIENCE = Duration.ofMinutes(30);

  /**
   * For a node where volumes are made of snapshots first: some drivers copy all of them, at 100
   * MB/s some 700 GB.
   */
  static final Duration PROVISIONING_PATIENCE = Duration.ofHours(2);

  /**
   * For a start that nobody complains about: a slow pull, or a volume that another node still holds
   * (6 min until it is detached by force, then attached and checked).
   */
  static final Duration SILENT_PATIENCE = Duration.ofMinutes(30);

  /** For a quota to have room, or a policy to be corrected, within one attempt. */
  static final Duration CREATION_PATIENCE = Duration.ofMinutes(10);

  /** The kubelet's reasons of a container that lacks its image. */
  private static final Set<String> IMAGE =
      Set.of(
          "ImagePullBackOff",
          "ErrImagePull",
          "InvalidImageName",
          "ErrImageNeverPull",
          "ImageInspectError",
          "RegistryUnavailable",
          "SignatureValidationFailed");

  /** Reasons that tell of no trouble. */
  private static final Set<String> USUAL = Set.of("ContainerCreating", "PodInitializing", "");

  /** Of the admission that enforces Pod Security Standards. */
  private static final String POD_SECURITY_WORDS = "violates PodSecurity";

  /** Only a sidecar is started again. */
  private static final String CRASHING = "CrashLoopBackOff";

  /** A container that waits to be started, and since when it could have been. */
  private record Next(PodContents.State state, String reason, String message, Instant since) {}

  /**
   * Why it is given up; empty while it may be waited for, runs, or is being ended.
   *
   * @param volumes how long it may have no node for want of volumes
   */
  Optional<Failure> stuck(Duration volumes) {
    if (pod.deletion().isPresent() || pod.hasEnded(now)) {
      return Optional.empty();
    }
    var unscheduled = unscheduled();
    if (unscheduled.isPresent()) {
      return unscheduled
          .filter(it -> !"SchedulingGated".equals(it.getReason()))
          .filter(it -> isOver(since(it), isAboutVolumes(it) ? volumes : SCHEDULING_PATIENCE))
          .map(PodStart::unschedulable);
    }
    return next().filter(it -> isOver(it.since(), patience(it))).map(this::failure);
  }

  /** What it waited for, however long; empty if that is not known. */
  Optional<Failure> trouble() {
    return unscheduled()
        .map(PodStart::unschedulable)
        .or(() -> next().filter(it -> !USUAL.contains(it.reason())).map(this::failure));
  }

  /** Whether nothing of it has begun, on a node, and its status does not say why. */
  boolean isSilent() {
    return unscheduled().isEmpty()
        && pod.containers().stream().noneMatch(PodContents.State::hasBegun)
        && next().filter(it -> USUAL.contains(it.reason())).isPresent();
  }

  /** In the words of the newest complaint. */
  static String waitsFor(List<String> complaints) {
    return COMPLAINT + Words.of(complaints.getLast());
  }

  static boolean isComplaint(@Nullable String waiting) {
    return waiting != null && waiting.startsWith(COMPLAINT);
  }

  /**
   * Why a Job without any pod is given up.
   *
   * @param createFailures messages of the Job's events of reason FailedCreate, the newest last
   */
  static Optional<Failure> neverMade(Job job, List<String> createFailures, Instant now) {
    var status = job.getStatus();
    var started = status == null ? null : status.getStartTime();
    if (started == null || isPositive(status.getActive()) || hasHadPods(job)) {
      return Optional.empty();
    }
    var since = Instant.parse(started);
    if (!createFailures.isEmpty()) {
      var why = refused(createFailures);
      // A quota may have room in a while; the level of a namespace is changed by a person.
      return why.reason() == Reason.POD_SECURITY || since.plus(CREATION_PATIENCE).isBefore(now)
          ? Optional.of(why)
          : Optional.empty();
    }
    return since.plus(SILENT_PATIENCE).isBefore(now)
        ? Optional.of(
            Reason.REFUSED_BY_CLUSTER.failure(
                "The cluster has made no pod of Job "
                    + job.getMetadata().getName()
                    + " for "
                    + SILENT_PATIENCE.toMinutes()
                    + " minutes; the Job's events say why."))
        : Optional.empty();
  }

  /** In the words of what refused it. */
  static Failure refused(List<String> createFailures) {
    var words = createFailures.getLast();
    var reason =
        words.contains(POD_SECURITY_WORDS) ? Reason.POD_SECURITY : Reason.REFUSED_BY_CLUSTER;
    return reason.failure("The pod could not be made: " + Words.of(words));
  }

  /** A pod that is gone before the Job has counted it: the Job is about to fail. */
  static boolean hasHadPods(Job job) {
    var status = job.getStatus();
    if (status == null) {
      return false;
    }
    var uncounted = status.getUncountedTerminatedPods();
    return isPositive(status.getFailed())
        || isPositive(status.getSucceeded())
        || isPositive(status.getTerminating())
        || (uncounted != null
            && !(uncounted.getFailed().isEmpty() && uncounted.getSucceeded().isEmpty()));
  }

  private Optional<PodCondition> unscheduled() {
    return pod.condition("PodScheduled").filter(it -> "False".equals(it.getStatus()));
  }

  /** In the words of the scheduler. */
  private static boolean isAboutVolumes(PodCondition condition) {
    var message = condition.getMessage();
    return message != null
        && (message.contains("PersistentVolumeClaim") || message.contains("binding volumes"));
  }

  private static Failure unschedulable(PodCondition condition) {
    return Reason.UNSCHEDULABLE.failure(
        "No node takes the pod: " + Words.of(condition.getMessage()));
  }

  /** The container whose turn it is; empty where one runs, or one has failed. */
  private Optional<Next> next() {
    var since = pod.condition("PodScheduled").map(this::since).orElse(pod.created(now));
    if (pod.tasks().getLast().hasBegun()) {
      return Optional.empty();
    }
    for (var state : pod.containers()) {
      var terminated = state.terminated();
      if (state.isRunning() && !state.sidecar()) {
        return Optional.empty();
      }
      if (terminated != null && terminated.getExitCode() != 0 && !state.sidecar()) {
        return Optional.empty();
      }
      if (!state.hasBegun()) {
        return Optional.of(waiting(state, since));
      }
      if (terminated != null && !state.sidecar()) {
        since = PodContents.time(terminated.getFinishedAt()).orElse(since);
      }
    }
    return Optional.empty();
  }

  private static Next waiting(PodContents.State state, Instant since) {
    var waiting = state.state().map(ContainerState::getWaiting);
    return new Next(
        state,
        waiting.map(ContainerStateWaiting::getReason).orElse(""),
        waiting.map(ContainerStateWaiting::getMessage).orElse(""),
        since);
  }

  private static Duration patience(Next next) {
    return USUAL.contains(next.reason()) ? SILENT_PATIENCE : NODE_TROUBLE_PATIENCE;
  }

  private Failure failure(Next next) {
    var container = next.state().container();
    var name = UserCheck.words(container);
    if (IMAGE.contains(next.reason())) {
      return Reason.IMAGE_UNAVAILABLE.failure(
          "The node cannot get image "
              + container.getImage()
              + " for "
              + name
              + " ("
              + next.reason()
              + "): "
              + Words.of(next.message()));
    }
    if (CRASHING.equals(next.reason())) {
      return Reason.SANDBOX_FAILED.failure(
          "Container "
              + container.getName()
              + " ends whenever it is started: "
              + Words.of(next.message()));
    }
    if (USUAL.contains(next.reason())) {
      return Reason.NOT_STARTED.failure(
          "The node has not started "
              + name
              + " for "
              + SILENT_PATIENCE.toMinutes()
              + " minutes: "
              + (complaints.isEmpty()
                  ? "it pulls an image slowly or cannot mount a volume; the events of pod "
                      + pod.name()
                      + " say which."
                  : Words.of(complaints.getLast())));
    }
    return (UserCheck.isOf(container) ? Reason.CHECK_ERRORED : Reason.NOT_STARTED)
        .failure(
            "The node cannot start "
                + name
                + " ("
                + next.reason()
                + "): "
                + Words.of(next.message()));
  }

  private Instant since(PodCondition condition) {
    return PodContents.time(condition.getLastTransitionTime()).orElse(pod.created(now));
  }

  private boolean isOver(Instant since, Duration patience) {
    return since.plus(patience).isBefore(now);
  }

  private static boolean isPositive(@Nullable Integer number) {
    return number != null && number > 0;
  }
}
