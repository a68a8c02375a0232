package dev.salvor.operator;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.JobTemplate;
import dev.salvor.operator.jobs.JobOrder;
import dev.salvor.plan.Announcement;
import dev.salvor.plan.Decision;
import dev.salvor.plan.Launch;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.Retries;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a decision out in the order that survives a kill at any instant: runs are created first
 * (their names are deterministic), the status is stored then, and only what it records is removed.
 */
final class DecisionCarrier {
  /** Even what is due now lets others go first, so that no decision can spin the host. */
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(200);

  private static final Logger LOG = LoggerFactory.getLogger(DecisionCarrier.class);

  private final ClusterRuns runs;
  private final ClusterClaims claims;
  private final Sealing sealing;
  private final StatusWriter statuses;
  private final Announcer announcer;
  private final OperatorMetrics metrics;
  private final Doorbells doorbells;
  private final Clock clock;

  DecisionCarrier(
      ClusterRuns runs,
      ClusterClaims claims,
      Sealing sealing,
      StatusWriter statuses,
      Announcer announcer,
      OperatorMetrics metrics,
      Doorbells doorbells,
      Clock clock) {
    this.runs = runs;
    this.claims = claims;
    this.sealing = sealing;
    this.statuses = statuses;
    this.announcer = announcer;
    this.metrics = metrics;
    this.doorbells = doorbells;
    this.clock = clock;
  }

  /**
   * What the Jobs of a decision have in common.
   *
   * @param owner who they go with
   * @param template of the policy, if one is involved
   * @param store they work on; null: there are none to create
   */
  record Workplace(HasMetadata owner, @Nullable JobTemplate template, @Nullable BackupStore store) {
    /** That of a policy, or of who asked where there is no policy and so nothing to create. */
    static Workplace of(
        HasMetadata asking, @Nullable BackupPolicy policy, @Nullable BackupStore store) {
      return policy == null
          ? new Workplace(asking, null, store)
          : new Workplace(policy, policy.getSpec().jobTemplate(), store);
    }
  }

  <R extends CustomResource<?, S>, S> UpdateControl<R> carryOut(
      Kind<R, S> kind, R live, Decision<S> decision, Workplace workplace) {
    var namespace = live.getMetadata().getNamespace();
    if (!decision.launches().isEmpty() && !statuses.isCurrent(live)) {
      // Another leader may have recorded and removed what these would be once more.
      return UpdateControl.<R>noUpdate().rescheduleAfter(SHORTEST_WAIT);
    }
    var created =
        decision.launches().stream()
            .filter(launch -> create(launch, live, workplace) == ClusterRuns.Creation.CREATED)
            .toList();
    if (!created.isEmpty()) {
      // Whatever else is due now has its run first; statuses are the longer work by far.
      created.forEach(launch -> announcer.announce(live, Announcement.queued(launch)));
      return UpdateControl.<R>noUpdate().rescheduleAfter(SHORTEST_WAIT);
    }
    // What is said to be taken back must be: it may have been let go since it was looked at.
    if (!decision.removableRuns().stream().allMatch(run -> runs.withdraw(namespace, run))) {
      return UpdateControl.<R>noUpdate().rescheduleAfter(SHORTEST_WAIT);
    }
    var written = statuses.write(kind, live, decision.status());
    if (written == StatusWriter.Written.OUTDATED) {
      return UpdateControl.<R>noUpdate().rescheduleAfter(SHORTEST_WAIT);
    }
    if (written == StatusWriter.Written.CHANGED) {
      tell(kind.news().between(live.getStatus(), decision.status()), live);
      if (live instanceof BackupPolicy policy
          && decision.status() instanceof BackupPolicyStatus after) {
        metrics.recorded(policy, policy.getStatus(), after);
      }
      doorbells.statusChanged(live);
    }
    // Last: where it is refused, the next attempt finds the status as it is and tells nobody.
    decision.removableRuns().forEach(run -> runs.remove(namespace, run));
    return UpdateControl.<R>noUpdate().rescheduleAfter(wait(decision.lookAgain()));
  }

  /** A failure is no word about the resource: it is logged, and the SDK tries again. */
  <R extends HasMetadata> ErrorStatusUpdateControl<R> triedAgain(R resource, Exception failure) {
    var entry =
        LOG.atWarn()
            .addKeyValue("kind", resource.getKind())
            .addKeyValue("namespace", resource.getMetadata().getNamespace())
            .addKeyValue("name", resource.getMetadata().getName());
    if (failure instanceof KubernetesClientException refused) {
      entry.log(
          "the API server refused or did not answer, it is tried again: {}", failure.getMessage());
      if (Refusal.is(refused)) {
        announcer.announce(resource, ClusterNews.refused(refused));
      }
    } else {
      entry.setCause(failure).log("this is a defect of Salvor; it is tried again");
    }
    return ErrorStatusUpdateControl.noStatusUpdate();
  }

  private void tell(List<Announcement> news, HasMetadata about) {
    news.forEach(announcement -> announcer.announce(about, announcement));
  }

  private ClusterRuns.Creation create(Launch launch, HasMetadata live, Workplace workplace) {
    var namespace = workplace.owner().getMetadata().getNamespace();
    if (launch.labels().purpose() == Purpose.VERIFY) {
      sealing.ensurePolicy(namespace);
    }
    var claim = launch.footing().make();
    if (claim != null) {
      claims.make(namespace, claim, live.getMetadata().getName());
    }
    return runs.create(
        new JobOrder(
            launch,
            namespace,
            reference(workplace.owner()),
            workplace.template(),
            claim(workplace.store()),
            launch.memory() == Retries.Memory.DOUBLED ? 2 : 1));
  }

  private Duration wait(Instant lookAgain) {
    var wait = Duration.between(clock.instant(), lookAgain);
    return wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
  }

  private static OwnerReference reference(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .withBlockOwnerDeletion(false)
        .build();
  }

  private static @Nullable String claim(@Nullable BackupStore store) {
    return store != null
            && store.getSpec().place() instanceof BackupStoreSpec.PersistentVolumeClaim claim
        ? claim.claimName()
        : null;
  }
}
