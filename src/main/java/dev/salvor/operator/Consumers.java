package dev.salvor.operator;

import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobReading;
import dev.salvor.operator.jobs.Preparation;
import dev.salvor.operator.jobs.ScaledWorkload;
import dev.salvor.plan.ClaimView.User;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RunView;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scales the StatefulSets and Deployments whose pods use a run's claims to zero, and back. What
 * there was stands on each of them ({@link ScaledWorkload}), so that whoever leads puts it back,
 * whatever became of the run. One thread of the leader asks it.
 */
final class Consumers {
  /** For the pods of what was scaled to end. */
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  /** Most pods that a message lists. */
  private static final int NAMED = 5;

  private static final Logger LOG = LoggerFactory.getLogger(Consumers.class);

  private final Workloads workloads;
  private final JobCache cache;
  private final ClusterRuns runs;
  private final ClusterClaims claims;
  private final Announcer announcer;
  private final boolean allowed;
  private final Clock clock;
  private volatile boolean watching;

  /** Whether any may be scaled to zero: at first that is not known. */
  private boolean scaled = true;

  Consumers(
      Workloads workloads,
      JobCache cache,
      ClusterRuns runs,
      ClusterClaims claims,
      Announcer announcer,
      boolean allowed,
      Clock clock) {
    this.workloads = workloads;
    this.cache = cache;
    this.runs = runs;
    this.claims = claims;
    this.announcer = announcer;
    this.allowed = allowed;
    this.clock = clock;
  }

  /** Whether a run reads that nobody is to write beside: pods that appear tell nobody. */
  boolean isWatching() {
    return watching;
  }

  /**
   * As far as it is: all are scaled at once, and waited for.
   *
   * @throws KubernetesClientException if the API server does not answer, or one was changed since
   *     it was read
   */
  Preparation scaleToZero(Job job) {
    var theirs = JobLabels.scaledToZero(job);
    if (theirs.isEmpty()) {
      return new Preparation.Ready();
    }
    if (!allowed) {
      return failed(
          "This operator may not scale workloads: install it with scaleToZero.enabled=true.");
    }
    var namespace = job.getMetadata().getNamespace();
    var all = claims.applications(namespace, theirs);
    var users = all.stream().filter(user -> user.workload() != null).toList();
    var unscalable = all.stream().filter(user -> user.workload() == null).findFirst();
    // A person has accepted those that a restore finds there, or its status names them.
    if (unscalable.isPresent() && isBackup(job)) {
      return failed(
          "Pod "
              + unscalable.get().pod()
              + " uses the claim and belongs to no StatefulSet or Deployment.");
    }
    var open = new ArrayList<Preparation>();
    for (var workload : workloads(namespace, theirs, users)) {
      scaleToZero(job, workload, users).ifPresent(open::add);
    }
    return open.stream()
        .filter(Preparation.Failed.class::isInstance)
        .findFirst()
        .or(() -> open.stream().findFirst())
        .orElseGet(
            () -> users.isEmpty() ? new Preparation.Ready() : new Preparation.Waits(stay(users)));
  }

  /** Also those that have no pod at this moment, since it is being replaced. */
  private List<GenericKubernetesResource> workloads(
      String namespace, List<String> theirs, List<User> users) {
    var named = users.stream().map(User::workload).collect(Collectors.toSet());
    return workloads.of(namespace).stream()
        .filter(
            workload ->
                ScaledWorkload.uses(workload, theirs)
                    || named.contains(ScaledWorkload.of(workload)))
        .toList();
  }

  /** Empty: it is at zero, and its pods may still be ending. */
  private Optional<Preparation> scaleToZero(
      Job job, GenericKubernetesResource workload, List<User> users) {
    var found = ScaledWorkload.read(workload);
    if (found.isEmpty()) {
      return ScaledWorkload.replicas(workload) == 0
          ? Optional.empty()
          : Optional.of(scale(job, workload));
    }
    var mark = found.get();
    var name = ScaledWorkload.of(workload);
    if (!mark.isFor(job)) {
      return Optional.of(
          new Preparation.Waits(name + " is scaled to zero for run " + mark.run() + "."));
    }
    if (ScaledWorkload.replicas(workload) > 0) {
      return Optional.of(
          failed(
              name
                  + " was scaled to zero, and up again by "
                  + ScaledWorkload.lastScaledBy(workload).orElse("somebody")
                  + "."));
    }
    return !users.isEmpty() && mark.since().plus(PATIENCE).isBefore(clock.instant())
        ? Optional.of(failed("For " + PATIENCE.toMinutes() + " minutes " + stay(users)))
        : Optional.empty();
  }

  private Preparation scale(Job job, GenericKubernetesResource workload) {
    scaled = true;
    try {
      var patched =
          workloads.patch(workload, ScaledWorkload.scaling(workload, job, clock.instant()));
      ScaledWorkload.read(patched)
          .ifPresent(
              mark -> {
                announcer.announce(patched, Announcement.scaledToZero(mark));
                log(patched, mark, "scaled to zero");
              });
      return new Preparation.Waits(ScaledWorkload.of(workload) + " is scaled to zero.");
    } catch (KubernetesClientException e) {
      if (!Refusal.is(e)) {
        throw e;
      }
      return failed(
          "The cluster refuses to scale " + ScaledWorkload.of(workload) + ": " + Refusal.words(e));
    }
  }

  private static String stay(List<User> users) {
    return "pods that use its claims have not ended: "
        + String.join(", ", users.stream().map(User::pod).sorted().limit(NAMED).toList())
        + (users.size() > NAMED ? " and others." : ".");
  }

  /** Backups that are not alone with their claims any more do not say that they were. */
  void watch() {
    var reading =
        cache.all().stream()
            .filter(job -> !JobLabels.scaledToZero(job).isEmpty() && !Admitter.isSuspended(job))
            .filter(this::isBackupAtWork)
            .toList();
    watching = !reading.isEmpty();
    OneByOne.each(reading, this::watch);
  }

  /** A restore is half done and goes on; its request says who was there. */
  private boolean isBackupAtWork(Job job) {
    return isBackup(job)
        && JobReading.read(job, cache.pods(job), clock.instant()).state() == RunView.State.RUNNING;
  }

  private static boolean isBackup(Job job) {
    return JobLabels.read(job).filter(run -> run.purpose() == Purpose.BACKUP).isPresent();
  }

  private void watch(Job job) {
    var namespace = job.getMetadata().getNamespace();
    claims.applications(namespace, JobLabels.scaledToZero(job)).stream()
        .findFirst()
        .ifPresent(
            user ->
                runs.giveUp(
                    job,
                    Reason.SCALING_FAILED.failure(
                        "Pod "
                            + user.pod()
                            + " began to use the claim while it was read"
                            + scaledUp(namespace, user)
                            + ".")));
  }

  private String scaledUp(String namespace, User user) {
    return Optional.ofNullable(user.workload())
        .flatMap(workload -> workloads.find(namespace, workload))
        .map(
            workload ->
                ": "
                    + ScaledWorkload.of(workload)
                    + " was scaled up by "
                    + ScaledWorkload.lastScaledBy(workload).orElse("somebody"))
        .orElse("");
  }

  /** Puts back whatever is scaled to zero for a run that has ended or is gone. */
  void putBack() {
    var asked = cache.all().stream().anyMatch(job -> !JobLabels.scaledToZero(job).isEmpty());
    if (!allowed || !(scaled || asked)) {
      return;
    }
    var marked = workloads.marked();
    scaled = !marked.isEmpty();
    OneByOne.each(marked, this::putBack);
  }

  private void putBack(GenericKubernetesResource workload) {
    var mark = ScaledWorkload.read(workload);
    var namespace = workload.getMetadata().getNamespace();
    if (mark.filter(it -> runs.scalesToZero(namespace, it)).isPresent()) {
      return;
    }
    try {
      workloads.patch(workload, ScaledWorkload.puttingBack(workload));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      return;
    }
    mark.ifPresentOrElse(
        it -> {
          announcer.announce(workload, Announcement.putBack(it, ScaledWorkload.replicas(workload)));
          log(workload, it, "put back");
        },
        () ->
            LOG.atWarn()
                .addKeyValue("namespace", namespace)
                .addKeyValue("workload", ScaledWorkload.of(workload))
                .log("put back to one replica: how many it had is lost"));
  }

  private static void log(GenericKubernetesResource workload, ScaledWorkload mark, String what) {
    LOG.atInfo()
        .addKeyValue("namespace", workload.getMetadata().getNamespace())
        .addKeyValue("workload", ScaledWorkload.of(workload))
        .addKeyValue("run", mark.run())
        .addKeyValue("replicas", mark.replicas())
        .log(what);
  }

  private static Preparation failed(String why) {
    return new Preparation.Failed(Reason.SCALING_FAILED.failure(why));
  }
}
