package dev.salvor.local;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Json;
import dev.salvor.api.RestoreRequest;
import dev.salvor.local.state.StoredResource;
import dev.salvor.plan.Announcement;
import dev.salvor.plan.BackupRequestPlanner;
import dev.salvor.plan.Decision;
import dev.salvor.plan.Observation;
import dev.salvor.plan.PolicyPlanner;
import dev.salvor.plan.RestoreRequestPlanner;
import dev.salvor.plan.StorePlanner;
import java.util.List;

/** Asks the planners. */
final class PlannerJudge implements Judge {
  @Override
  public Judgement judge(StoredResource resource, World world) {
    var around = new WorldSurroundings(world);
    return switch (resource.key().kind()) {
      case "BackupStore" -> {
        var store = resource.as(BackupStore.class);
        var decision = StorePlanner.decide(Observation.store(store, around));
        yield judgement(decision, Announcement.ofStore(store.getStatus(), decision.status()));
      }
      case "BackupPolicy" -> {
        var policy = resource.as(BackupPolicy.class);
        var decision = PolicyPlanner.decide(Observation.policy(policy, around));
        yield judgement(decision, Announcement.ofPolicy(policy.getStatus(), decision.status()));
      }
      case "BackupRequest" -> {
        var request = resource.as(BackupRequest.class);
        var decision = BackupRequestPlanner.decide(Observation.backupRequest(request, around));
        yield judgement(decision, Announcement.ofBackup(request.getStatus(), decision.status()));
      }
      case "RestoreRequest" -> {
        var request = resource.as(RestoreRequest.class);
        var decision = RestoreRequestPlanner.decide(Observation.restoreRequest(request, around));
        yield judgement(decision, Announcement.ofRestore(request.getStatus(), decision.status()));
      }
      default -> throw new IllegalStateException("no planner for " + resource.key());
    };
  }

  private static Judgement judgement(Decision<?> decision, List<Announcement> news) {
    return new Judgement(
        Json.mapper().valueToTree(decision.status()),
        decision.launches(),
        decision.removableRuns(),
        decision.lookAgain(),
        news);
  }
}
