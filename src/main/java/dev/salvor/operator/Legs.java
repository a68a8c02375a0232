package dev.salvor.operator;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.Leg;
import dev.salvor.operator.jobs.Preparation;
import dev.salvor.plan.RunView;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Has other nodes read what only they can have, for runs that were let go: all of them at once, by
 * Jobs that belong to the run's and go with it.
 */
final class Legs {
  private final KubernetesClient client;
  private final JobCache cache;
  private final Clock clock;

  Legs(KubernetesClient client, JobCache cache, Clock clock) {
    this.client = client;
    this.cache = cache;
    this.clock = clock;
  }

  /**
   * As far as they are.
   *
   * @param shares is given the snapshots that they kept
   * @throws KubernetesClientException if the API server does not answer
   */
  Preparation read(Job run, List<String> shares) {
    var legs = Leg.read(run);
    if (legs.isEmpty()) {
      return new Preparation.Failed(
          Reason.INTERNAL_ERROR.failure(
              "The annotation " + JobLabels.LEGS + " of the Job was changed."));
    }
    var waits = new ArrayList<String>();
    for (var leg : legs) {
      switch (read(run, leg, shares)) {
        case Preparation.Ready ready -> {}
        case Preparation.Waits(var why) -> waits.add(why);
        case Preparation.Failed failed -> {
          return failed;
        }
      }
    }
    return waits.isEmpty()
        ? new Preparation.Ready()
        : new Preparation.Waits(waits.stream().collect(Collectors.joining("; ", "", ".")));
  }

  private Preparation read(Job run, Leg leg, List<String> shares) {
    var jobs = client.batch().v1().jobs().inNamespace(run.getMetadata().getNamespace());
    var found = jobs.withName(leg.name(run)).get();
    if (found == null) {
      try {
        cache.remember(jobs.resource(leg.job(run)).create());
      } catch (KubernetesClientException e) {
        if (!Refusal.is(e)) {
          throw e;
        }
        return failed(leg, Reason.NOT_STARTED.failure(Refusal.words(e)));
      }
      return new Preparation.Waits("node " + leg.node() + " is about to read its claims");
    }
    if (!Leg.belongs(found, run)) {
      return new Preparation.Waits(
          "Job " + leg.name(run) + " of an earlier run is still there, and is to go first");
    }
    var view = Leg.view(found, run, cache.pods(found), clock.instant());
    return view.hasEnded() ? ended(leg, view, shares) : reading(run, leg, found, view);
  }

  private Preparation reading(Job run, Leg leg, Job job, RunView view) {
    return Leg.stuck(job, run, cache.pods(job), clock.instant())
        .<Preparation>map(failure -> failed(leg, failure))
        .orElseGet(
            () ->
                new Preparation.Waits(
                    "node "
                        + leg.node()
                        + " reads its claims"
                        + (view.waitingFor() == null ? "" : ", and waits: " + view.waitingFor())));
  }

  private static Preparation ended(Leg leg, RunView view, List<String> shares) {
    var kept = view.result(TaskResult.ShareKept.class);
    kept.ifPresent(result -> shares.add(result.share()));
    return kept.isPresent()
        ? new Preparation.Ready()
        : failed(
            leg,
            view.failure()
                .orElseGet(() -> Reason.INTERNAL_ERROR.failure("It ended without a word.")));
  }

  private static Preparation failed(Leg leg, Failure why) {
    return new Preparation.Failed(
        why.reason().failure("On node " + leg.node() + ": " + why.message()));
  }
}
