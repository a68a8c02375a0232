package dev.salvor.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
import org.jspecify.annotations.Nullable;

/** Asks the planners. */
final class PlannerJudge implements Judge {
  @Override
  public Judgement judge(StoredResource resource, World world) {
    var around = new WorldSurroundings(world);
    return switch (resource.key().kind()) {
      case "BackupStore" -> {
        var store = resource.as(BackupStore.class);
        var decision = StorePlanner.decide(Observation.store(store, around));
        var before = store.getStatus();
        yield judgement(
            resource, before, decision, Announcement.ofStore(before, decision.status()));
      }
      case "BackupPolicy" -> {
        var policy = resource.as(BackupPolicy.class);
        var decision = PolicyPlanner.decide(Observation.policy(policy, around));
        var before = policy.getStatus();
        yield judgement(
            resource, before, decision, Announcement.ofPolicy(before, decision.status()));
      }
      case "BackupRequest" -> {
        var request = resource.as(BackupRequest.class);
        var decision = BackupRequestPlanner.decide(Observation.backupRequest(request, around));
        var before = request.getStatus();
        yield judgement(
            resource, before, decision, Announcement.ofBackup(before, decision.status()));
      }
      case "RestoreRequest" -> {
        var request = resource.as(RestoreRequest.class);
        var decision = RestoreRequestPlanner.decide(Observation.restoreRequest(request, around));
        var before = request.getStatus();
        yield judgement(
            resource, before, decision, Announcement.ofRestore(before, decision.status()));
      }
      default -> throw new IllegalStateException("no planner for " + resource.key());
    };
  }

  /**
   * @param before as this version reads it; null: there is none
   */
  private static Judgement judgement(
      StoredResource resource,
      @Nullable Object before,
      Decision<?> decision,
      List<Announcement> news) {
    return new Judgement(
        OtherVersion.keep(
            (ObjectNode) resource.status(),
            Json.mapper().valueToTree(before),
            Json.mapper().valueToTree(decision.status())),
        decision.launches(),
        decision.removableRuns(),
        decision.lookAgain(),
        news);
  }
}
