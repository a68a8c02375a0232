package dev.salvor.local;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Json;
import dev.salvor.api.RestoreRequest;
import dev.salvor.local.state.StoredResource;
import dev.salvor.plan.BackupRequestPlanner;
import dev.salvor.plan.Decision;
import dev.salvor.plan.Observation;
import dev.salvor.plan.PolicyPlanner;
import dev.salvor.plan.RestoreRequestPlanner;
import dev.salvor.plan.StorePlanner;

/** Asks the planners. */
final class PlannerJudge implements Judge {
  @Override
  public Judgement judge(StoredResource resource, World world) {
    var decision = decide(resource, new WorldSurroundings(world));
    return new Judgement(
        Json.mapper().valueToTree(decision.status()),
        decision.launches(),
        decision.removableRuns(),
        decision.lookAgain());
  }

  private static Decision<?> decide(StoredResource resource, WorldSurroundings around) {
    return switch (resource.key().kind()) {
      case "BackupStore" ->
          StorePlanner.decide(Observation.store(resource.as(BackupStore.class), around));
      case "BackupPolicy" ->
          PolicyPlanner.decide(Observation.policy(resource.as(BackupPolicy.class), around));
      case "BackupRequest" ->
          BackupRequestPlanner.decide(
              Observation.backupRequest(resource.as(BackupRequest.class), around));
      case "RestoreRequest" ->
          RestoreRequestPlanner.decide(
              Observation.restoreRequest(resource.as(RestoreRequest.class), around));
      default -> throw new IllegalStateException("no planner for " + resource.key());
    };
  }
}
