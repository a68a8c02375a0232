package dev.salvor.operator;

import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.operator.DecisionCarrier.Workplace;
import dev.salvor.plan.Conditions;
import dev.salvor.plan.Decision;
import dev.salvor.plan.Observation;
import dev.salvor.plan.RestoreRequestObserved;
import dev.salvor.plan.RestoreRequestPlanner;
import dev.salvor.plan.UnwantedRuns;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Carries out one restore. Its Jobs go with the request: deleting it ends them. */
final class RestoreRequestReconciler implements Reconciler<RestoreRequest> {
  private final ClusterSurroundings around;
  private final DecisionCarrier carrier;
  private final Doorbells doorbells;

  RestoreRequestReconciler(
      ClusterSurroundings around, DecisionCarrier carrier, Doorbells doorbells) {
    this.around = around;
    this.carrier = carrier;
    this.doorbells = doorbells;
  }

  @Override
  public List<EventSource<?, RestoreRequest>> prepareEventSources(
      EventSourceContext<RestoreRequest> context) {
    return List.of(doorbells.ofRestoreRequests(context));
  }

  @Override
  public ErrorStatusUpdateControl<RestoreRequest> updateErrorStatus(
      RestoreRequest resource, Context<RestoreRequest> context, Exception failure) {
    return carrier.triedAgain(resource, failure);
  }

  @Override
  public UpdateControl<RestoreRequest> reconcile(
      RestoreRequest seen, Context<RestoreRequest> context) {
    var metadata = seen.getMetadata();
    var live = around.restoreRequest(metadata.getNamespace(), metadata.getName());
    if (live == null || live.isMarkedForDeletion()) {
      return UpdateControl.noUpdate();
    }
    var observed = Observation.restoreRequest(live, around);
    var decision = RestoreRequestPlanner.decide(observed);
    var policy = observed.policy();
    return carrier.carryOut(
        Kind.RESTORE_REQUEST,
        live,
        withUnwanted(decision, observed),
        new Workplace(
            live, policy == null ? null : policy.getSpec().jobTemplate(), observed.store()));
  }

  /** Once it is done, the runs that no policy will record are nobody's. */
  private static Decision<RestoreRequestStatus> withUnwanted(
      Decision<RestoreRequestStatus> decision, RestoreRequestObserved observed) {
    if (!Conditions.isSettled(decision.status().conditions())) {
      return decision;
    }
    var policies =
        observed.policy() == null
            ? Set.<String>of()
            : Set.of(observed.policy().getMetadata().getUid());
    var unwanted =
        UnwantedRuns.of(
            observed.runs(),
            new UnwantedRuns.Living(
                policies, Set.of(observed.request().getMetadata().getUid()), Set.of(), Set.of()));
    return new Decision<>(
        decision.status(),
        decision.launches(),
        Stream.concat(decision.removableRuns().stream(), unwanted.stream()).distinct().toList(),
        decision.lookAgain());
  }
}
