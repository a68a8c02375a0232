package dev.salvor.operator;

import dev.salvor.api.BackupRequest;
import dev.salvor.operator.DecisionCarrier.Workplace;
import dev.salvor.plan.BackupRequestPlanner;
import dev.salvor.plan.Observation;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.List;

/**
 * Takes one backup. Its Jobs belong to the policy, whose history they are: the request may be
 * deleted.
 */
final class BackupRequestReconciler implements Reconciler<BackupRequest> {
  private final ClusterSurroundings around;
  private final DecisionCarrier carrier;
  private final Doorbells doorbells;

  BackupRequestReconciler(
      ClusterSurroundings around, DecisionCarrier carrier, Doorbells doorbells) {
    this.around = around;
    this.carrier = carrier;
    this.doorbells = doorbells;
  }

  @Override
  public List<EventSource<?, BackupRequest>> prepareEventSources(
      EventSourceContext<BackupRequest> context) {
    return List.of(doorbells.ofBackupRequests(context));
  }

  @Override
  public ErrorStatusUpdateControl<BackupRequest> updateErrorStatus(
      BackupRequest resource, Context<BackupRequest> context, Exception failure) {
    return carrier.triedAgain(resource, failure);
  }

  @Override
  public UpdateControl<BackupRequest> reconcile(
      BackupRequest seen, Context<BackupRequest> context) {
    var metadata = seen.getMetadata();
    var live = around.backupRequest(metadata.getNamespace(), metadata.getName());
    if (live == null || live.isMarkedForDeletion()) {
      return UpdateControl.noUpdate();
    }
    var observed = Observation.backupRequest(live, around);
    var decision = BackupRequestPlanner.decide(observed);
    return carrier.carryOut(
        Kind.BACKUP_REQUEST,
        live,
        decision,
        Workplace.of(live, observed.policy(), observed.store()));
  }
}
