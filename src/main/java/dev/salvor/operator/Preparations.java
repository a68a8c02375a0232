package dev.salvor.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.ClaimCopy;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.Leg;
import dev.salvor.operator.jobs.Preparation;
import dev.salvor.operator.jobs.SnapshotReading;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what runs wait for which were let go, and resumes them: the users of their claims are scaled
 * to zero, snapshots are taken and copies made. All that it knows stands in the Jobs, the workloads
 * and the snapshots, so that whoever leads goes on where another was killed.
 */
final class Preparations {
  /** So long after a run was let go, it is looked at as often as can be. */
  private static final Duration AT_ONCE = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(Preparations.class);

  private final JobCache cache;
  private final ClusterRuns runs;
  private final Consumers consumers;
  private final Snapshots snapshots;
  private final Legs legs;
  private final Clock clock;
  private volatile boolean waiting;

  Preparations(
      JobCache cache,
      ClusterRuns runs,
      Consumers consumers,
      Snapshots snapshots,
      Legs legs,
      Clock clock) {
    this.cache = cache;
    this.runs = runs;
    this.consumers = consumers;
    this.snapshots = snapshots;
    this.legs = legs;
    this.clock = clock;
  }

  /** Whether it waits for what nobody tells it of, and what may be there at any moment. */
  boolean isWaiting() {
    return waiting;
  }

  /** One look at all runs. */
  void prepare() {
    var jobs = cache.all().stream().filter(Preparations::isPreparing).toList();
    var soon = clock.instant().minus(AT_ONCE);
    waiting = jobs.stream().anyMatch(job -> since(job).isAfter(soon));
    OneByOne.each(jobs, this::prepare);
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

  private void prepare(Job job) {
    switch (attempt(job)) {
      case Preparation.Ready ready -> {} // it runs
      case Preparation.Failed(var failure) -> runs.giveUp(job, failure);
      case Preparation.Waits(var why) -> {
        if (since(job).plus(deadline(job)).isBefore(clock.instant())) {
          runs.giveUp(job, tooLong(job).failure("It took too long: " + why));
        } else {
          runs.explain(job, why);
        }
      }
    }
  }

  private static Reason tooLong(Job job) {
    return ClaimCopy.isOf(job)
        ? Reason.SNAPSHOT_FAILED
        : Leg.isOf(job) ? Reason.DEADLINE_EXCEEDED : Reason.SCALING_FAILED;
  }

  /** As long as the run itself may take. */
  private static Duration deadline(Job job) {
    return Duration.ofSeconds(job.getSpec().getActiveDeadlineSeconds());
  }

  /** Whatever the API server says to it, its deadline goes on, and the words are seen. */
  private Preparation attempt(Job job) {
    try {
      var emptied = consumers.scaleToZero(job);
      return emptied instanceof Preparation.Ready ? copy(job) : emptied;
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .addKeyValue("namespace", job.getMetadata().getNamespace())
          .addKeyValue("run", job.getMetadata().getName())
          .log("not prepared yet, it is tried again: {}", Refusal.words(e));
      return new Preparation.Waits(
          "the API server refuses or does not answer: " + Refusal.words(e));
    }
  }

  /** What is copied may be written to again as soon as it is snapped. */
  private Preparation copy(Job job) {
    var taken = new ArrayList<SnapshotReading>();
    var copies = ClaimCopy.read(job);
    var copied =
        ClaimCopy.isOf(job) ? snapshots.prepare(job, copies, taken) : new Preparation.Ready();
    if (taken.stream().filter(SnapshotReading::holds).count() == copies.size()
        && isCopied(copies, JobLabels.scaledToZero(job))) {
      runs.release(job);
    }
    return copied instanceof Preparation.Ready ? read(job, taken) : copied;
  }

  private Preparation read(Job job, List<SnapshotReading> taken) {
    var told = new HashMap<String, String>();
    if (!taken.isEmpty()) {
      told.put(JobLabels.SOURCE_TIMES, times(taken).toString());
    }
    var shares = new ArrayList<String>();
    var read = Leg.isOf(job) ? legs.read(job, shares) : new Preparation.Ready();
    if (read instanceof Preparation.Ready) {
      if (Leg.isOf(job)) {
        told.put(JobLabels.SPAN, Leg.closing(job, shares));
      }
      runs.resume(job, told);
    }
    return read;
  }

  private static boolean isCopied(List<ClaimCopy> copies, List<String> claims) {
    return !claims.isEmpty()
        && copies.stream().map(ClaimCopy::claim).collect(Collectors.toSet()).containsAll(claims);
  }

  private static ObjectNode times(List<SnapshotReading> snapshots) {
    var times = Json.mapper().createObjectNode();
    for (var snapshot : snapshots) {
      times.put(snapshot.claim(), String.valueOf(snapshot.cut()));
    }
    return times;
  }
}
