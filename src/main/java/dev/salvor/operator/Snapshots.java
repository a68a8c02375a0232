package dev.salvor.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the snapshots that runs wait for which were let go, makes copies of them, and resumes the
 * runs. All that it knows stands in the Jobs, the snapshots and the copies, so that whoever leads
 * goes on where another was killed; what it makes belongs to the Job, and goes with it.
 */
final class Snapshots {
  /** So long after a run was let go, its snapshots are looked at as often as can be. */
  private static final Duration AT_ONCE = Duration.ofMinutes(1);

  /** For a quota to have room. */
  private static final Duration REFUSED = Duration.ofMinutes(10);

  private static final Preparation READY = new Preparation.Ready();

  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

  private final KubernetesClient client;
  private final JobCache cache;
  private final ClusterRuns runs;
  private final Clock clock;
  private volatile boolean waiting;

  Snapshots(KubernetesClient client, JobCache cache, ClusterRuns runs, Clock clock) {
    this.client = client;
    this.cache = cache;
    this.runs = runs;
    this.clock = clock;
  }

  /** Whether it waits for what nobody tells it of, and what may be there at any moment. */
  boolean isWaiting() {
    return waiting;
  }

  /** One look at all runs. */
  void take() {
    var jobs = cache.all().stream().filter(Snapshots::isPreparing).toList();
    var soon = clock.instant().minus(AT_ONCE);
    waiting = jobs.stream().anyMatch(job -> since(job).isAfter(soon));
    OneByOne.each(jobs, this::take);
  }

  private static boolean isPreparing(Job job) {
    return Admitter.isSuspended(job)
        && JobLabels.read(job).isPresent()
        && JobLabels.preparingSince(job) != null
        && !JobLabels.isGivenUp(job)
        && !job.isMarkedForDeletion();
  }

  private static Instant since(Job job) {
    return Objects.requireNonNull(JobLabels.preparingSince(job));
  }

  private void take(Job job) {
    switch (prepare(job)) {
      case Preparation.Ready ready -> {} // it runs
      case Preparation.Failed(var failure) -> runs.giveUp(job, failure);
      case Preparation.Waits(var why) -> {
        if (since(job).plus(deadline(job)).isBefore(clock.instant())) {
          runs.giveUp(job, Reason.SNAPSHOT_FAILED.failure("It took too long: " + why));
        } else {
          runs.explain(job, why);
        }
      }
    }
  }

  /** Whatever the API server says to it, its deadline goes on, and the words are seen. */
  private Preparation prepare(Job job) {
    var copies = ClaimCopy.read(job);
    if (copies.isEmpty()) {
      return failed("The annotation " + JobLabels.COPIES + " of the Job was changed.");
    }
    var snapshots = new ArrayList<SnapshotReading>();
    try {
      var preparation = prepare(job, copies, snapshots);
      if (preparation instanceof Preparation.Ready) {
        runs.resume(job, times(snapshots));
      }
      return preparation;
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .addKeyValue("namespace", job.getMetadata().getNamespace())
          .addKeyValue("run", job.getMetadata().getName())
          .log("no snapshot or copy yet, it is tried again: {}", Refusal.words(e));
      return new Preparation.Waits(
          "the API server refuses or does not answer: " + Refusal.words(e));
    }
  }

  /** As long as the run itself may take. */
  private static Duration deadline(Job job) {
    return Duration.ofSeconds(job.getSpec().getActiveDeadlineSeconds());
  }

  /** All snapshots first, one right after the other; copies once all of them are there. */
  private Preparation prepare(Job job, List<ClaimCopy> copies, List<SnapshotReading> snapshots) {
    var open = new ArrayList<Preparation>();
    for (var copy : copies) {
      open.add(snapshot(job, copy, snapshots));
    }
    if (open.stream().allMatch(Preparation.Ready.class::isInstance)) {
      for (var number = 0; number < copies.size(); number++) {
        open.add(copy(job, copies.get(number), snapshots.get(number)));
      }
    }
    return first(open, Preparation.Failed.class, first(open, Preparation.Waits.class, READY));
  }

  private static Preparation first(
      List<Preparation> all, Class<? extends Preparation> kind, Preparation otherwise) {
    return all.stream().filter(kind::isInstance).findFirst().orElse(otherwise);
  }

  /** As it is, or as it was just asked for. */
  private Preparation snapshot(Job job, ClaimCopy copy, List<SnapshotReading> snapshots) {
    var there =
        client
            .genericKubernetesResources(SnapshotClasses.SNAPSHOTS)
            .inNamespace(job.getMetadata().getNamespace());
    var found = there.withName(copy.name(job)).get();
    try {
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
    return since(job).plus(REFUSED).isBefore(clock.instant())
        ? failed("For " + REFUSED.toMinutes() + " minutes " + why)
        : new Preparation.Waits(why);
  }

  private static Preparation failed(String why) {
    return new Preparation.Failed(Reason.SNAPSHOT_FAILED.failure(why));
  }

  private static ObjectNode times(List<SnapshotReading> snapshots) {
    var times = Json.mapper().createObjectNode();
    for (var snapshot : snapshots) {
      times.put(snapshot.claim(), String.valueOf(snapshot.cut()));
    }
    return times;
  }
}
