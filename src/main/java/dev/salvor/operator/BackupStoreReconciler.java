package dev.salvor.operator;

import dev.salvor.api.BackupStore;
import dev.salvor.operator.DecisionCarrier.Workplace;
import dev.salvor.plan.Observation;
import dev.salvor.plan.StorePlanner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.List;

/** Probes a store and says how it is. */
final class BackupStoreReconciler implements Reconciler<BackupStore> {
  private final ClusterSurroundings around;
  private final DecisionCarrier carrier;
  private final Doorbells doorbells;

  BackupStoreReconciler(ClusterSurroundings around, DecisionCarrier carrier, Doorbells doorbells) {
    this.around = around;
    this.carrier = carrier;
    this.doorbells = doorbells;
  }

  @Override
  public List<EventSource<?, BackupStore>> prepareEventSources(
      EventSourceContext<BackupStore> context) {
    return List.of(doorbells.ofStores(context));
  }

  @Override
  public ErrorStatusUpdateControl<BackupStore> updateErrorStatus(
      BackupStore resource, Context<BackupStore> context, Exception failure) {
    return carrier.triedAgain(resource, failure);
  }

  @Override
  public UpdateControl<BackupStore> reconcile(BackupStore seen, Context<BackupStore> context) {
    var metadata = seen.getMetadata();
    var live = around.store(metadata.getNamespace(), metadata.getName());
    if (live == null || live.isMarkedForDeletion()) {
      return UpdateControl.noUpdate();
    }
    var observed = Observation.store(live, around);
    var decision = StorePlanner.decide(observed);
    return carrier.carryOut(Kind.STORE, live, decision, new Workplace(live, null, live));
  }
}
