package dev.salvor.operator;

import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobReading;
import dev.salvor.plan.RunView;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Gives up runs that were admitted and cannot begin: an image that is not there, a quota, no node.
 * The cluster itself would wait for ever, and the run would hold its place in the queue as long.
 */
final class Patience {
  /** A pod is there sooner, if nothing is wrong. */
  private static final Duration USUAL = Duration.ofSeconds(10);

  private final JobCache cache;
  private final ClusterRuns runs;
  private final Clock clock;

  Patience(JobCache cache, ClusterRuns runs, Clock clock) {
    this.cache = cache;
    this.runs = runs;
    this.clock = clock;
  }

  /** One look at all runs. */
  void giveUpStuck() {
    var now = clock.instant();
    OneByOne.each(cache.all(), job -> giveUpStuck(job, now));
  }

  private void giveUpStuck(Job job, Instant now) {
    if (JobLabels.read(job).isEmpty() || Admitter.isSuspended(job)) {
      return;
    }
    var pods = cache.pods(job);
    if (JobReading.read(job, pods, now).state() == RunView.State.ENDED) {
      return;
    }
    var complaints =
        isOverdue(job, now) && JobReading.isSilent(job, pods, now)
            ? runs.complaints(job, pods)
            : List.<String>of();
    var stuck = JobReading.stuck(job, pods, complaints, now);
    if (stuck.isPresent()) {
      runs.giveUp(job, stuck.get());
    } else if (!complaints.isEmpty() && JobReading.read(job, pods, now).waitingFor() == null) {
      // Once: each refusal names another pod and other numbers.
      runs.explain(job, JobReading.waitsFor(pods, complaints));
    }
  }

  private static boolean isOverdue(Job job, Instant now) {
    var started = job.getStatus() == null ? null : job.getStatus().getStartTime();
    return started != null && Instant.parse(started).plus(USUAL).isBefore(now);
  }
}
