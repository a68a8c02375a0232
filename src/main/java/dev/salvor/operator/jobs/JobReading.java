package dev.salvor.operator.jobs;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RunLabels;
import dev.salvor.plan.RunView;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Job and its pods as a run. A run has ended when nothing of it can work any more: the Job says
 * so, or its last container has ended and no pod will follow.
 */
public final class JobReading {
  /** Reasons of events that say why a pod is not made, or not started. */
  public static final Set<String> COMPLAINTS =
      Stream.concat(Stream.of("FailedCreate"), PodStart.COMPLAINTS.stream())
          .collect(Collectors.toUnmodifiableSet());

  private static final Set<String> TERMINAL = Set.of("Complete", "Failed");

  private static final Set<Reason> NOT_STILL = Set.of(Reason.HOOK_FAILED, Reason.SCALING_FAILED);

  private final Job job;
  private final RunLabels labels;
  private final Optional<PodContents> pod;
  private final List<String> complaints;
  private final Instant now;

  private JobReading(Job job, List<Pod> pods, List<String> complaints, Instant now) {
    this.job = job;
    this.labels =
        JobLabels.readAny(job).orElseThrow(() -> new IllegalArgumentException("not a run of ours"));
    this.pod = PodContents.newest(job, pods);
    this.complaints = List.copyOf(complaints);
    this.now = now;
  }

  /**
   * The run.
   *
   * @param pods of this Job; those of an earlier Job of the same name are passed over
   * @throws IllegalArgumentException if the Job is not one that {@link JobLabels} reads
   */
  public static RunView read(Job job, List<Pod> pods, Instant now) {
    return read(job, pods, List.of(), now);
  }

  /**
   * The run.
   *
   * @param complaints what {@link #isSilent silent} waiting is about: messages of the Job's or its
   *     pod's {@link #COMPLAINTS}, the newest last
   */
  public static RunView read(Job job, List<Pod> pods, List<String> complaints, Instant now) {
    return new JobReading(job, pods, complaints, now).view();
  }

  /**
   * Why a Job that was resumed will hardly start any more, or that a program of the user takes too
   * long; empty while it runs or may be waited for. The host then gives it up: one patch that
   * suspends it and annotates it with {@link JobLabels#gaveUp(Failure, Instant)}, after which
   * {@link #read} says that it has ended, as soon as no pod of it can work any more. Only then may
   * it be deleted: a pod that starts after all between the two would work beside the next attempt.
   *
   * @throws IllegalArgumentException if the Job is not one that {@link JobLabels} reads
   */
  public static Optional<Failure> stuck(Job job, List<Pod> pods, Instant now) {
    return stuck(job, pods, List.of(), now);
  }

  /**
   * The same, with what the cluster said in events alone.
   *
   * @param complaints what {@link #isSilent silent} waiting is about: messages of the Job's or its
   *     pod's {@link #COMPLAINTS}, the newest last
   */
  public static Optional<Failure> stuck(
      Job job, List<Pod> pods, List<String> complaints, Instant now) {
    var reading = new JobReading(job, pods, complaints, now);
    if (reading.isSuspended() || reading.terminal().isPresent()) {
      return Optional.empty();
    }
    return reading.pod.isPresent()
        ? new PodStart(reading.pod.get(), complaints, now)
            .stuck(
                ClaimCopy.isOf(job) ? PodStart.PROVISIONING_PATIENCE : PodStart.SCHEDULING_PATIENCE)
            .or(() -> overdue(reading.pod.get(), now))
        : PodStart.neverMade(job, complaints, now);
  }

  private static Optional<Failure> overdue(PodContents pod, Instant now) {
    return pod.deletion().isPresent() || pod.hasEnded(now)
        ? Optional.empty()
        : pod.checks().stream().flatMap(check -> check.overdue(now).stream()).findFirst();
  }

  /** Whether a pod has ended, or its node does not answer any more. */
  public static boolean hasEnded(Pod pod, Instant now) {
    return new PodContents(pod).hasEnded(now);
  }

  /** Whether a pod has begun with its first Task. */
  public static boolean hasBegun(Pod pod) {
    return new PodContents(pod).tasks().getFirst().hasBegun();
  }

  /** Whether events alone say why nothing has begun yet. */
  public static boolean isSilent(Job job, List<Pod> pods, Instant now) {
    return PodContents.newest(job, pods)
        .map(pod -> new PodStart(pod, List.of(), now).isSilent())
        .orElse(true);
  }

  /** Whether it was noted by {@link #waitsFor} of a pod. */
  public static boolean isComplaint(@Nullable String waiting) {
    return PodStart.isComplaint(waiting);
  }

  /** What a run waits for of which {@link #isSilent events alone} tell. */
  public static String waitsFor(List<Pod> pods, List<String> complaints) {
    return pods.isEmpty() ? PodStart.refused(complaints).message() : PodStart.waitsFor(complaints);
  }

  private RunView view() {
    var state = state();
    var reports = reports(state);
    var ended = state == RunView.State.ENDED;
    return new RunView(
        labels,
        state,
        PodContents.time(job.getMetadata().getCreationTimestamp()).orElse(now),
        ended ? ended() : null,
        reports,
        ended ? hostFailure(reports) : null,
        ended ? null : waitingFor(),
        hasBegun() && !wasTorn());
  }

  /** Other nodes may have read for it: none of them closes a point. */
  private boolean hasBegun() {
    return JobLabels.preparingSince(job) == null || pod.isPresent() || PodStart.hasHadPods(job);
  }

  /**
   * Whether it was given up since what it read was not still: that stands, also where its worker
   * ended well in the same second and says of a stillness that there was not.
   */
  private boolean wasTorn() {
    return labels.purpose() == Purpose.BACKUP
        && JobLabels.gaveUp(job)
            .filter(it -> NOT_STILL.contains(it.failure().reason()))
            .isPresent();
  }

  private @Nullable String waitingFor() {
    var start = pod.map(it -> new PodStart(it, List.of(), now));
    return start
        .flatMap(PodStart::trouble)
        .map(Failure::message)
        .orElseGet(() -> stillHolds(start) ? JobLabels.waiting(job) : null);
  }

  /** Whether the run still waits for what was noted on the Job. */
  private boolean stillHolds(Optional<PodStart> start) {
    return JobLabels.preparingSince(job) != null
        || (start.isPresent()
            ? start.get().isSilent() && PodStart.isComplaint(JobLabels.waiting(job))
            : !PodStart.hasHadPods(job));
  }

  private RunView.State state() {
    if (terminal().isPresent() || pod.filter(PodContents::hasSucceeded).isPresent()) {
      return RunView.State.ENDED;
    }
    var alive = pod.filter(it -> !it.hasEnded(now)).isPresent();
    if (alive) {
      return RunView.State.RUNNING;
    }
    if (JobLabels.gaveUp(job).isPresent()) {
      return RunView.State.ENDED;
    }
    if (isSuspended() && JobLabels.preparingSince(job) != null) {
      return RunView.State.RUNNING;
    }
    if (isSuspended()) {
      // Suspended again, by Kueue or a person: what its pod did does not count.
      return RunView.State.QUEUED;
    }
    return pod.isPresent() ? RunView.State.ENDED : RunView.State.RUNNING;
  }

  private List<TaskReport> reports(RunView.State state) {
    return state == RunView.State.QUEUED || wasTorn()
        ? List.of()
        : pod.map(this::reports).orElse(List.of());
  }

  /** The kubelet's order alone is not believed: Verified is what every check ended well before. */
  private List<TaskReport> reports(PodContents contents) {
    var agreed = contents.checks().stream().allMatch(UserCheck::hasSucceeded);
    return contents.reports(labels.name()).stream()
        .filter(report -> agreed || !isVerified(report))
        .toList();
  }

  private static boolean isVerified(TaskReport report) {
    return report.result() instanceof TaskResult.Compared compared
        && compared.outcome() == VerdictOutcome.VERIFIED;
  }

  private Instant ended() {
    return Stream.of(
            pod.flatMap(PodContents::ended),
            terminal().flatMap(condition -> PodContents.time(condition.getLastTransitionTime())),
            JobLabels.gaveUp(job).map(JobLabels.GaveUp::time))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(now);
  }

  /**
   * Null where the reports say it all: the last Task left one, or an earlier one that failed or
   * settled it.
   */
  private @Nullable Failure hostFailure(List<TaskReport> reports) {
    var last = reports.stream().filter(report -> !report.isDraft()).toList();
    var told =
        last.size() == tasks()
            || last.stream()
                .anyMatch(
                    it ->
                        it.outcome() == TaskReport.Outcome.FAILED
                            || it.result() instanceof TaskResult.Compared);
    if (told) {
      return null;
    }
    return JobLabels.gaveUp(job)
        .map(JobLabels.GaveUp::failure)
        .orElseGet(
            () -> new MissingReport(job, labels.name(), terminal(), pod, complaints, now).why());
  }

  private long tasks() {
    return 1
        + job.getSpec().getTemplate().getSpec().getInitContainers().stream()
            .filter(container -> container.getRestartPolicy() == null)
            .filter(container -> !UserCheck.isOf(container))
            .count();
  }

  private boolean isSuspended() {
    return Boolean.TRUE.equals(job.getSpec().getSuspend());
  }

  private Optional<JobCondition> terminal() {
    return job.getStatus() == null || job.getStatus().getConditions() == null
        ? Optional.empty()
        : job.getStatus().getConditions().stream()
            .filter(it -> TERMINAL.contains(it.getType()) && "True".equals(it.getStatus()))
            .findFirst();
  }
}
