package dev.salvor.operator.jobs;

import dev.salvor.api.Failure;
import dev.salvor.plan.RunView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A Job and its pods as a run. */
public final class JobReading {
  private JobReading() {}

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
   * @param createFailures messages of the Job's events of reason FailedCreate, the newest last
   */
  public static RunView read(Job job, List<Pod> pods, List<String> createFailures, Instant now) {
    var labels =
        JobLabels.read(job).orElseThrow(() -> new IllegalArgumentException("not a run of ours"));
    return new RunView(labels, RunView.State.QUEUED, now, null, List.of(), null);
  }

  /**
   * Why a Job that was resumed will hardly start any more; empty while it runs or may be waited
   * for. The host then gives it up: one patch that suspends it and annotates it with {@link
   * JobLabels#gaveUp(Failure, Instant)}, after which {@link #read} says that it has ended, once no
   * pod of it is left.
   */
  public static Optional<Failure> stuck(Job job, List<Pod> pods, Instant now) {
    return stuck(job, pods, List.of(), now);
  }

  /**
   * The same, with what the cluster said when it could not create the pod.
   *
   * @param createFailures messages of the Job's events of reason FailedCreate, the newest last
   */
  public static Optional<Failure> stuck(
      Job job, List<Pod> pods, List<String> createFailures, Instant now) {
    return Optional.empty();
  }
}
