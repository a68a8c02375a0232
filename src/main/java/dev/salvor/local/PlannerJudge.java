package dev.salvor.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
        OtherVersion.keep(
            (ObjectNode) resource.status(),
            known(resource),
            Json.mapper().valueToTree(decision.status())),
        decision.launches(),
        decision.removableRuns(),
        decision.lookAgain());
  }

  private static ObjectNode known(StoredResource resource) {
    return Json.mapper()
        .valueToTree(
            switch (resource.key().kind()) {
              case "BackupStore" -> resource.as(BackupStore.class).getStatus();
              case "BackupPolicy" -> resource.as(BackupPolicy.class).getStatus();
              case "BackupRequest" -> resource.as(BackupRequest.class).getStatus();
              case "RestoreRequest" -> resource.as(RestoreRequest.class).getStatus();
              default -> throw new IllegalStateException("no status of " + resource.key());
            });
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
