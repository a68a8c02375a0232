package dev.salvor.operator;

import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.Preparation;
import dev.salvor.operator.jobs.ScaledWorkload;
import dev.salvor.plan.ClaimView.User;
import dev.salvor.plan.Purpose;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scales the StatefulSets and Deployments whose pods use a run's claims, and those that it names,
 * to zero, and back. What there was stands on each of them ({@link ScaledWorkload}), so that
 * whoever leads puts it back, whatever became of the run. One thread of the leader asks it.
 */
final class Consumers {
  /** For the pods of what was scaled to end. */
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  /** How often it is looked at what is at zero, if nothing is known to be. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

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

  /** When nothing was found at zero; null: it was, or that is not known. */
  private @Nullable Instant nothingFound;

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

  /**
   * As far as it is: all are scaled at once, and waited for. While one of them is another run's,
   * none is scaled: two runs would wait for each other.
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
    var all = claims.users(namespace, theirs);
    var obstacle = restoring(all).or(() -> isBackup(job) ? unscalable(all) : Optional.empty());
    if (obstacle.isPresent()) {
      return obstacle.get();
    }
    var users = all.stream().filter(user -> user.workload() != null).toList();
    var concerned = workloads(namespace, theirs, users);
    var absent = absent(theirs, concerned);
    if (absent.isPresent()) {
      return new Preparation.Failed(
          Reason.INVALID_SPEC.failure(
              "There is no "
                  + absent.get()
                  + " in this namespace, which is to be scaled to zero."));
    }
    return concerned.stream()
        .flatMap(workload -> obstacle(job, workload).stream())
        .findFirst()
        .orElseGet(() -> scale(job, concerned, users));
  }

  private Preparation scale(Job job, List<GenericKubernetesResource> concerned, List<User> users) {
    try {
      var scaled = concerned.stream().filter(it -> scale(job, it)).toList();
      if (!scaled.isEmpty()) {
        // Their pods are seen at the next look.
        return new Preparation.Waits(ScaledWorkload.of(scaled.getFirst()) + " is scaled to zero.");
      }
    } catch (KubernetesClientException e) {
      if (!Refusal.is(e)) {
        throw e;
      }
      return failed("The cluster refuses to scale what uses its claims: " + Refusal.words(e));
    }
    if (users.isEmpty()) {
      return new Preparation.Ready();
    }
    var late = concerned.stream().filter(this::isLate).map(ScaledWorkload::of).toList();
    return users.stream().anyMatch(user -> late.contains(user.workload()))
        ? failed("For " + PATIENCE.toMinutes() + " minutes " + stay(users))
        : new Preparation.Waits(stay(users));
  }

  private boolean isLate(GenericKubernetesResource workload) {
    return ScaledWorkload.read(workload)
        .filter(mark -> mark.since().plus(PATIENCE).isBefore(clock.instant()))
        .isPresent();
  }

  /** Another run that writes to the claim is nobody to scale, and nobody to read beside. */
  private static Optional<Preparation> restoring(List<User> all) {
    return all.stream()
        .filter(user -> user.run() != null && user.run().purpose() == Purpose.RESTORE)
        .findFirst()
        .map(user -> new Preparation.Waits("pod " + user.pod() + " is restoring to its claim."));
  }

  /** A person has accepted those that a restore finds there, or its status names them. */
  private static Optional<Preparation> unscalable(List<User> all) {
    return all.stream()
        .filter(user -> user.run() == null && user.workload() == null)
        .findFirst()
        .map(
            user ->
                failed(
                    "Pod "
                        + user.pod()
                        + " uses the claim and belongs to no StatefulSet or Deployment."));
  }

  /** Also those that have no pod at this moment, since it is being replaced. */
  private List<GenericKubernetesResource> workloads(
      String namespace, List<String> theirs, List<User> users) {
    var named = users.stream().map(User::workload).collect(Collectors.toSet());
    return workloads.of(namespace).stream()
        .filter(
            workload ->
                ScaledWorkload.concerns(workload, theirs)
                    || named.contains(ScaledWorkload.of(workload)))
        .sorted(Comparator.comparing(workload -> ScaledWorkload.of(workload).toString()))
        .toList();
  }

  /** A name that somebody wrote, and nothing has. */
  private static Optional<String> absent(
      List<String> theirs, List<GenericKubernetesResource> concerned) {
    var there =
        concerned.stream().map(it -> ScaledWorkload.of(it).path()).collect(Collectors.toSet());
    return theirs.stream()
        .filter(name -> name.contains("/"))
        .filter(name -> !there.contains(name))
        .findFirst();
  }

  /** Why nothing is scaled for this run now; empty: it can be, or is already. */
  private static Optional<Preparation> obstacle(Job job, GenericKubernetesResource workload) {
    var name = ScaledWorkload.of(workload);
    var mark = ScaledWorkload.read(workload);
    if (ScaledWorkload.isMarked(workload) && mark.filter(it -> it.isFor(job)).isEmpty()) {
      return Optional.of(
          new Preparation.Waits(
              name
                  + " is scaled to zero for "
                  + mark.map(it -> "run " + it.run()).orElse("a run that is not known")
                  + "."));
    }
    if (mark.isPresent()) {
      return ScaledWorkload.replicas(workload) == 0
          ? Optional.empty()
          : Optional.of(
              failed(
                  name
                      + " was scaled to zero, and up again by "
                      + ScaledWorkload.lastScaledBy(workload).orElse("somebody")
                      + "."));
    }
    return ScaledWorkload.replicas(workload) > 0 && ScaledWorkload.losesClaims(workload)
        ? Optional.of(
            failed(
                name
                    + " deletes its claims when it is scaled down"
                    + " (persistentVolumeClaimRetentionPolicy.whenScaled: Delete)."))
        : Optional.empty();
  }

  /** Whether it was done just now. */
  private boolean scale(Job job, GenericKubernetesResource workload) {
    if (ScaledWorkload.isMarked(workload) || ScaledWorkload.replicas(workload) == 0) {
      return false;
    }
    nothingFound = null;
    var patched = workloads.patch(workload, ScaledWorkload.scaling(workload, job, clock.instant()));
    ScaledWorkload.read(patched)
        .ifPresent(
            mark -> {
              announcer.announce(patched, ClusterNews.scaledToZero(mark));
              log(patched, mark, "scaled to zero");
            });
    return true;
  }

  private static String stay(List<User> users) {
    return "pods that use its claims have not ended: "
        + String.join(", ", users.stream().map(User::pod).sorted().limit(NAMED).toList())
        + (users.size() > NAMED ? " and others." : ".");
  }

  /** Backups that are not alone with their claims any more do not say that they were. */
  void watch() {
    OneByOne.each(
        atWork()
            // A restore is half done and goes on; its request says who was there.
            .filter(Consumers::isBackup)
            .filter(job -> !Admitter.isSuspended(job))
            .toList(),
        this::watch);
  }

  /** Runs for which workloads are at zero. */
  private Stream<Job> atWork() {
    return cache.all().stream().filter(runs::holds);
  }

  private static boolean isBackup(Job job) {
    return JobLabels.read(job).filter(run -> run.purpose() == Purpose.BACKUP).isPresent();
  }

  private void watch(Job job) {
    var namespace = job.getMetadata().getNamespace();
    claims.users(namespace, JobLabels.scaledToZero(job)).stream()
        .filter(user -> user.run() == null || user.run().purpose() == Purpose.RESTORE)
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

  /**
   * Puts back whatever is scaled to zero for a run that has ended or is gone. What was found to be
   * nothing is looked at again all the same: a leader that stood still may have scaled late.
   */
  void putBack() {
    var now = clock.instant();
    var isFresh = nothingFound != null && nothingFound.plus(LOOK_AGAIN).isAfter(now);
    if (!allowed || (isFresh && atWork().findAny().isEmpty())) {
      return;
    }
    nothingFound = null;
    var marked = new ArrayList<GenericKubernetesResource>();
    try {
      OneByOne.each(workloads.places(), place -> marked.addAll(workloads.marked(place)));
      nothingFound = marked.isEmpty() ? now : null;
    } finally {
      // Those of one namespace do not wait for another that cannot be listed.
      OneByOne.each(marked, this::putBack);
    }
  }

  private void putBack(GenericKubernetesResource workload) {
    var mark = ScaledWorkload.read(workload);
    if (isHeld(workload, mark)) {
      return;
    }
    try {
      workloads.patch(workload, ScaledWorkload.puttingBack(workload));
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return;
      }
      if (Refusal.is(e)) {
        announcer.announce(workload, ClusterNews.refused(e));
      }
      throw e;
    }
    mark.ifPresentOrElse(
        it -> {
          announcer.announce(workload, ClusterNews.putBack(it, ScaledWorkload.replicas(workload)));
          log(workload, it, "put back");
        },
        () ->
            LOG.atWarn()
                .addKeyValue("namespace", workload.getMetadata().getNamespace())
                .addKeyValue("workload", ScaledWorkload.of(workload))
                .log("put back, and for which run it was at zero is lost"));
  }

  /** Also by a restore that was asked for without scaling, since nobody used the claim. */
  private boolean isHeld(GenericKubernetesResource workload, Optional<ScaledWorkload> mark) {
    var namespace = workload.getMetadata().getNamespace();
    return mark.map(it -> runs.scalesToZero(namespace, it))
            .orElseGet(
                () ->
                    atWork()
                        // One that is still prepared for waits for this, and would for ever.
                        .filter(job -> !Admitter.isSuspended(job))
                        .filter(job -> namespace.equals(job.getMetadata().getNamespace()))
                        .anyMatch(
                            job -> ScaledWorkload.concerns(workload, JobLabels.scaledToZero(job))))
        || ScaledWorkload.concerns(workload, claims.beingRestored(namespace, clock.instant()));
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
