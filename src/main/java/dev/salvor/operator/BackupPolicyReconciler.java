package dev.salvor.operator;

import dev.salvor.api.BackupPolicy;
import dev.salvor.operator.DecisionCarrier.Workplace;
import dev.salvor.plan.Observation;
import dev.salvor.plan.PolicyPlanner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.List;

/** Runs what is due for a policy, and records what ran. The only writer of its status. */
final class BackupPolicyReconciler implements Reconciler<BackupPolicy> {
  private final ClusterSurroundings around;
  private final DecisionCarrier carrier;
  private final Doorbells doorbells;

  BackupPolicyReconciler(ClusterSurroundings around, DecisionCarrier carrier, Doorbells doorbells) {
    this.around = around;
    this.carrier = carrier;
    this.doorbells = doorbells;
  }

  @Override
  public List<EventSource<?, BackupPolicy>> prepareEventSources(
      EventSourceContext<BackupPolicy> context) {
    return List.of(doorbells.ofPolicies(context));
  }

  @Override
  public ErrorStatusUpdateControl<BackupPolicy> updateErrorStatus(
      BackupPolicy resource, Context<BackupPolicy> context, Exception failure) {
    return carrier.triedAgain(resource, failure);
  }

  @Override
  public UpdateControl<BackupPolicy> reconcile(BackupPolicy seen, Context<BackupPolicy> context) {
    var metadata = seen.getMetadata();
    var live = around.policy(metadata.getNamespace(), metadata.getName());
    if (live == null || live.isMarkedForDeletion()) {
      return UpdateControl.noUpdate();
    }
    var observed = Observation.policy(live, around);
    var decision = PolicyPlanner.decide(observed);
    return carrier.carryOut(
        Kind.POLICY,
        live,
        decision,
        new Workplace(live, live.getSpec().jobTemplate(), observed.store()));
  }
}
