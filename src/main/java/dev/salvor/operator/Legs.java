package dev.salvor.operator;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobReading;
import dev.salvor.operator.jobs.Leg;
import dev.salvor.operator.jobs.Placement;
import dev.salvor.operator.jobs.Preparation;
import dev.salvor.plan.RunView;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;

/**
 * Has other nodes read what only they can have, for runs that were let go: one after the other, by
 * Jobs that belong to the run's and go with it. So a run has one pod at work at any time, as limits
 * and a new repository take it for granted.
 */
final class Legs {
  private final KubernetesClient client;
  private final JobCache cache;
  private final ClusterRuns runs;
  private final Clock clock;

  Legs(KubernetesClient client, JobCache cache, ClusterRuns runs, Clock clock) {
    this.client = client;
    this.cache = cache;
    this.runs = runs;
    this.clock = clock;
  }

  /**
   * As far as they are; ready when all of them have kept a share ({@link JobLabels#shares}).
   *
   * @throws KubernetesClientException if the API server does not answer, or refuses a Job
   */
  Preparation read(Job run) {
    var legs = Leg.of(run);
    if (legs.isEmpty()) {
      return new Preparation.Failed(
          Reason.INTERNAL_ERROR.failure(
              "The annotation " + JobLabels.ELSEWHERE + " of the Job was changed."));
    }
    var done = JobLabels.shares(run).size();
    return done >= legs.size() ? new Preparation.Ready() : read(run, legs.get(done));
  }

  private Preparation read(Job run, Leg leg) {
    var jobs = client.batch().v1().jobs().inNamespace(run.getMetadata().getNamespace());
    var found = jobs.withName(leg.name(run)).get();
    if (found == null) {
      var obstacle = leg.number() == 0 ? obstacle(run) : Optional.<Preparation>empty();
      if (obstacle.isPresent()) {
        return obstacle.get();
      }
      // What is left of one that somebody deleted would store its trees a second time.
      if (!runs.hasPods(run.getMetadata().getNamespace(), leg.name(run))) {
        cache.remember(jobs.resource(leg.job(run)).create());
      }
      return new Preparation.Waits("node " + leg.node() + " is about to read its claims.");
    }
    if (!Leg.belongs(found, run)) {
      return found.isMarkedForDeletion()
          ? new Preparation.Waits("Job " + leg.name(run) + " of an earlier run is being removed.")
          : failed(
              leg,
              Reason.REFUSED_BY_CLUSTER.failure(
                  "Job " + leg.name(run) + " is in the way: it is not of this run."));
    }
    var view = JobReading.read(found, cache.pods(found), clock.instant());
    return view.hasEnded() ? ended(run, leg, found, view) : reading(leg, view);
  }

  /** Before any has read: its own node is the last to be asked, perhaps hours later. */
  private Optional<Preparation> obstacle(Job run) {
    return Placement.nodes(run).stream()
        .sorted()
        .flatMap(name -> obstacle(run, name).stream())
        .findFirst()
        .map(
            why ->
                Objects.requireNonNull(JobLabels.preparingSince(run))
                        .plus(Placement.PATIENCE)
                        .isBefore(clock.instant())
                    ? new Preparation.Failed(
                        Reason.UNSCHEDULABLE.failure(
                            "For "
                                + Placement.PATIENCE.toMinutes()
                                + " minutes no pod could begin on all of its nodes: "
                                + why))
                    : new Preparation.Waits(why));
  }

  private Optional<String> obstacle(Job run, String name) {
    try {
      return Placement.obstacle(run, name, client.nodes().withName(name).get());
    } catch (KubernetesClientException e) {
      if (!Refusal.is(e)) {
        throw e;
      }
      // An operator of some namespaces may not ask: the scheduler says it when its turn comes.
      return Optional.empty();
    }
  }

  private static Preparation reading(Leg leg, RunView view) {
    return new Preparation.Waits(
        "node "
            + leg.node()
            + " reads its claims"
            + (view.waitingFor() == null ? "." : ", and waits: " + view.waitingFor()));
  }

  /** A report that is missing may only be late: Jobs and pods are followed apart. */
  private Preparation ended(Job run, Leg leg, Job job, RunView seen) {
    var view = seen.hostFailure() == null ? seen : runs.readAgain(job, clock.instant());
    var kept = view.result(TaskResult.ShareKept.class);
    if (kept.isPresent()) {
      runs.noteShare(run, kept.get().share());
      return new Preparation.Waits("node " + leg.node() + " has read its claims.");
    }
    return view.hasEnded()
        ? failed(
            leg,
            view.failure()
                .orElseGet(() -> Reason.INTERNAL_ERROR.failure("It ended without a word.")))
        : reading(leg, view);
  }

  private static Preparation failed(Leg leg, Failure why) {
    return new Preparation.Failed(
        why.reason().failure("On node " + leg.node() + ": " + why.message()));
  }

  /** Ends what goes on for a run that was given up: nobody would close its point any more. */
  void end() {
    OneByOne.each(
        cache.all().stream()
            .filter(job -> !job.isMarkedForDeletion())
            .filter(this::isLeft)
            .toList(),
        job -> client.resource(job).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete());
  }

  /** One whose run is gone goes with it. */
  private boolean isLeft(Job job) {
    var name = JobLabels.legOf(job);
    return name != null
        && cache
            .find(job.getMetadata().getNamespace(), name)
            .filter(run -> Leg.belongs(job, run) && JobLabels.isGivenUp(run))
            .isPresent();
  }
}
