package dev.salvor.operator;

import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobReading;
import dev.salvor.plan.RunView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives up runs that were admitted and cannot begin: an image that is not there, a quota, no node.
 * The cluster itself would wait for ever, and the run would hold its place in the queue as long.
 */
final class Patience {
  /** A pod is there sooner, if nothing is wrong. */
  private static final Duration USUAL = Duration.ofSeconds(10);

  private static final Duration ASK_AGAIN = Duration.ofSeconds(15);

  private final JobCache cache;
  private final ClusterRuns runs;
  private final Clock clock;
  private final Map<String, Asked> asked = new HashMap<>();

  private record Asked(Instant time, int ofPods, List<String> complaints) {}

  Patience(JobCache cache, ClusterRuns runs, Clock clock) {
    this.cache = cache;
    this.runs = runs;
    this.clock = clock;
  }

  /** One look at all runs. */
  void giveUpStuck() {
    var now = clock.instant();
    var jobs = cache.all();
    asked.keySet().retainAll(jobs.stream().map(job -> job.getMetadata().getUid()).toList());
    OneByOne.each(jobs, job -> giveUpStuck(job, now));
  }

  private void giveUpStuck(Job job, Instant now) {
    if (!JobLabels.isOurs(job) || Admitter.isSuspended(job)) {
      return;
    }
    var pods = cache.pods(job);
    if (JobReading.read(job, pods, now).state() == RunView.State.ENDED) {
      return;
    }
    var silent = isOverdue(job, now) && JobReading.isSilent(job, pods, now);
    var complaints = silent ? complaints(job, pods, now) : List.<String>of();
    var stuck = JobReading.stuck(job, pods, complaints, now);
    if (stuck.isPresent()) {
      runs.giveUp(job, stuck.get());
    } else if (silent) {
      note(job, pods, complaints, now);
    }
  }

  /** What is noted of a pod goes when nobody complains any more; of none, it stays. */
  private void note(Job job, List<Pod> pods, List<String> complaints, Instant now) {
    var noted = JobReading.isComplaint(JobLabels.waiting(job));
    if (complaints.isEmpty()) {
      if (noted) {
        runs.explain(job, "");
      }
    } else if (noted || JobReading.read(job, pods, now).waitingFor() == null) {
      // Of a pod that cannot be made only once: each refusal names another one and other numbers.
      runs.explain(job, JobReading.waitsFor(pods, complaints));
    }
  }

  /** Each look would ask: events are found by going through all of a namespace. */
  private List<String> complaints(Job job, List<Pod> pods, Instant now) {
    var uid = job.getMetadata().getUid();
    var before = asked.get(uid);
    if (before != null
        && before.time().plus(ASK_AGAIN).isAfter(now)
        && before.ofPods() == pods.size()) {
      return before.complaints();
    }
    var complaints = runs.complaints(job, pods);
    asked.put(uid, new Asked(now, pods.size(), complaints));
    return complaints;
  }

  private static boolean isOverdue(Job job, Instant now) {
    var started = job.getStatus() == null ? null : job.getStatus().getStartTime();
    return started != null && Instant.parse(started).plus(USUAL).isBefore(now);
  }
}
