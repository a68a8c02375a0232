package dev.salvor.operator;

import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.ClaimCopy;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.Preparation;
import dev.salvor.operator.jobs.SnapshotReading;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Takes the snapshots that runs wait for which were let go, and makes copies of them. What it makes
 * belongs to the Job, and goes with it.
 */
final class Snapshots {
  /** For a quota to have room. */
  private static final Duration REFUSED = Duration.ofMinutes(10);

  private final KubernetesClient client;
  private final Clock clock;

  Snapshots(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * All snapshots first, one right after the other; copies once all of them are there.
   *
   * @param copies that the Job mounts
   * @param snapshots is given those that there are
   * @throws KubernetesClientException if the API server does not answer, or refuses a copy
   */
  Preparation prepare(Job job, List<ClaimCopy> copies, List<SnapshotReading> snapshots) {
    if (copies.isEmpty()) {
      return failed("The annotation " + JobLabels.COPIES + " of the Job was changed.");
    }
    var open = new ArrayList<Preparation>();
    for (var copy : copies) {
      open.add(snapshot(job, copy, snapshots));
    }
    if (open.stream().allMatch(Preparation.Ready.class::isInstance)) {
      for (var number = 0; number < copies.size(); number++) {
        open.add(copy(job, copies.get(number), snapshots.get(number)));
      }
    }
    return Preparation.worst(open);
  }

  /** As it is, or as it was just asked for. */
  private Preparation snapshot(Job job, ClaimCopy copy, List<SnapshotReading> snapshots) {
    var there =
        client
            .genericKubernetesResources(SnapshotClasses.SNAPSHOTS)
            .inNamespace(job.getMetadata().getNamespace());
    var found = there.withName(copy.name(job)).get();
    try {
      if (found == null && JobLabels.isReleased(job)) {
        return failed(
            "Snapshot " + copy.name(job) + " was deleted, after its application was let go.");
      }
      var now = clock.instant();
      var made = found == null ? there.resource(copy.snapshot(job)).create() : found;
      var reading = SnapshotReading.of(copy, job, made, now);
      snapshots.add(reading);
      return reading.preparation(now);
    } catch (KubernetesClientException e) {
      return refused(job, e);
    }
  }

  /** Refused, it is waited for: what was uploaded for hours is not thrown away for a quota. */
  private Preparation copy(Job job, ClaimCopy copy, SnapshotReading snapshot) {
    var claims = client.persistentVolumeClaims().inNamespace(job.getMetadata().getNamespace());
    var found = claims.withName(copy.name(job)).get();
    var made = found == null ? claims.resource(copy.claim(job, snapshot)).create() : found;
    return copy.preparation(job, made, snapshot);
  }

  /** A quota may have room in a while. */
  private Preparation refused(Job job, KubernetesClientException answer) {
    if (!Refusal.is(answer) && answer.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
      throw answer;
    }
    var why = "the cluster refuses the snapshot: " + Refusal.words(answer);
    return Objects.requireNonNull(JobLabels.preparingSince(job))
            .plus(REFUSED)
            .isBefore(clock.instant())
        ? failed("For " + REFUSED.toMinutes() + " minutes " + why)
        : new Preparation.Waits(why);
  }

  private static Preparation failed(String why) {
    return new Preparation.Failed(Reason.SNAPSHOT_FAILED.failure(why));
  }
}
