package dev.salvor.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.ClaimCopy;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.Leg;
import dev.salvor.operator.jobs.Preparation;
import dev.salvor.operator.jobs.SnapshotReading;
import dev.salvor.operator.jobs.Words;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
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
  private final Hooks hooks;
  private final Snapshots snapshots;
  private final Legs legs;
  private final Clock clock;
  private volatile boolean waiting;

  Preparations(
      JobCache cache,
      ClusterRuns runs,
      Consumers consumers,
      Hooks hooks,
      Snapshots snapshots,
      Legs legs,
      Clock clock) {
    this.cache = cache;
    this.runs = runs;
    this.consumers = consumers;
    this.hooks = hooks;
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
    waiting = jobs.stream().anyMatch(job -> since(job).isAfter(soon) || runs.isHeldUnread(job));
    OneByOne.each(jobs, this::prepare);
  }

  /** A backup that does not read any more what was held still does not say that it did. */
  void watch() {
    OneByOne.each(
        cache.all().stream().filter(runs::readsHeld).toList(),
        job -> unheld(job).ifPresent(why -> runs.giveUp(job, why)));
  }

  /** Kueue or a person can let a Job go that waits for its hooks. */
  private Optional<Failure> unheld(Job job) {
    return JobLabels.isHeld(job)
        ? hooks.change(job)
        : Optional.of(
            Reason.HOOK_FAILED.failure(
                "Its Job was let go by somebody else, before what it reads was held still."));
  }

  static boolean isPreparing(Job job) {
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
    var attempt = attempt(job);
    switch (attempt.come()) {
      case Preparation.Ready ready -> {} // it runs
      case Preparation.Failed(var failure) -> runs.giveUp(job, failure);
      case Preparation.Waits(var why) -> {
        if (since(job).plus(deadline(job)).isBefore(clock.instant())) {
          runs.giveUp(job, attempt.late().failure("It took too long: " + why));
        } else {
          runs.explain(job, why);
        }
      }
    }
  }

  /**
   * How far it is.
   *
   * @param late what it is if it waits for longer than it may
   */
  private record Attempt(Preparation come, Reason late) {}

  /** As long as the run itself may take. */
  private static Duration deadline(Job job) {
    return Duration.ofSeconds(job.getSpec().getActiveDeadlineSeconds());
  }

  /** Whatever is thrown, its deadline goes on, and the words are seen. */
  private Attempt attempt(Job job) {
    try {
      var still = Preparation.worst(List.of(consumers.scaleToZero(job), hooks.before(job)));
      return still instanceof Preparation.Ready
          ? new Attempt(copy(job), readLate(job))
          : new Attempt(still, stillLate(job));
    } catch (RuntimeException e) {
      var words =
          e instanceof KubernetesClientException it ? Refusal.words(it) : Words.of(e.toString());
      LOG.atWarn()
          .addKeyValue("namespace", job.getMetadata().getNamespace())
          .addKeyValue("run", job.getMetadata().getName())
          .setCause(e instanceof KubernetesClientException ? null : e)
          .log("not prepared yet, it is tried again: {}", words);
      return new Attempt(
          new Preparation.Waits("the API server refuses or does not answer: " + words),
          stillLate(job));
    }
  }

  private static Reason stillLate(Job job) {
    if (JobLabels.hasHooks(job)) {
      return Reason.HOOK_FAILED;
    }
    return JobLabels.scaledToZero(job).isEmpty() ? readLate(job) : Reason.SCALING_FAILED;
  }

  private static Reason readLate(Job job) {
    return ClaimCopy.isOf(job) ? Reason.SNAPSHOT_FAILED : Reason.DEADLINE_EXCEEDED;
  }

  /** What is copied may be written to again as soon as it is snapped. */
  private Preparation copy(Job job) {
    var taken = new ArrayList<SnapshotReading>();
    var copies = ClaimCopy.read(job);
    var copied =
        ClaimCopy.isOf(job) ? snapshots.prepare(job, copies, taken) : new Preparation.Ready();
    var then = job;
    if (taken.stream().filter(SnapshotReading::holds).count() == copies.size()
        && ClaimCopy.areAll(job, copies)
        && (JobLabels.isHeld(job) || !JobLabels.scaledToZero(job).isEmpty())) {
      // Looked at after the last of them was cut.
      var change = hooks.change(job);
      if (change.isPresent()) {
        return new Preparation.Failed(change.get());
      }
      then = runs.release(job);
    }
    return copied instanceof Preparation.Ready ? read(then, taken) : copied;
  }

  private Preparation read(Job job, List<SnapshotReading> taken) {
    var told = new HashMap<String, String>();
    if (!taken.isEmpty()) {
      told.put(JobLabels.SOURCE_TIMES, times(taken).toString());
    }
    var read = Leg.isOf(job) ? legs.read(job) : new Preparation.Ready();
    if (read instanceof Preparation.Ready) {
      if (Leg.isOf(job)) {
        told.put(JobLabels.SPAN, Leg.closing(job, JobLabels.shares(job)));
      }
      runs.resume(job, told);
    }
    return read;
  }

  private static ObjectNode times(List<SnapshotReading> snapshots) {
    var times = Json.mapper().createObjectNode();
    for (var snapshot : snapshots) {
      times.put(snapshot.claim(), String.valueOf(snapshot.cut()));
    }
    return times;
  }
}
