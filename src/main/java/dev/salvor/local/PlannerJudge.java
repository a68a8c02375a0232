package dev.salvor.local;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Json;
import dev.salvor.api.RestoreRequest;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.StoredResource;
import dev.salvor.plan.BackupRequestObserved;
import dev.salvor.plan.BackupRequestPlanner;
import dev.salvor.plan.Decision;
import dev.salvor.plan.HostKind;
import dev.salvor.plan.PolicyObserved;
import dev.salvor.plan.PolicyPlanner;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RestoreRequestObserved;
import dev.salvor.plan.RestoreRequestPlanner;
import dev.salvor.plan.RunView;
import dev.salvor.plan.StoreObserved;
import dev.salvor.plan.StorePlanner;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Asks the planners: gathers what each of them looks at. */
final class PlannerJudge implements Judge {
  @Override
  public Judgement judge(StoredResource resource, World world) {
    return switch (resource.key().kind()) {
      case "BackupStore" -> store(resource, world);
      case "BackupPolicy" -> policy(resource, world);
      case "BackupRequest" -> backupRequest(resource, world);
      case "RestoreRequest" -> restoreRequest(resource, world);
      default -> throw new IllegalStateException("no planner for " + resource.key());
    };
  }

  private static Judgement store(StoredResource resource, World world) {
    var key = resource.key().namespace() + "/" + resource.key().name();
    var runs =
        runs(
            world,
            run -> run.labels().purpose() == Purpose.PROBE && run.labels().storeKey().equals(key));
    return judgement(
        StorePlanner.decide(
            new StoreObserved(
                resource.as(BackupStore.class),
                runs,
                HostKind.ONE_MACHINE,
                world.cluster(),
                world.now())));
  }

  private static Judgement policy(StoredResource resource, World world) {
    var policy = resource.as(BackupPolicy.class);
    return judgement(
        PolicyPlanner.decide(
            new PolicyObserved(
                policy,
                store(world, resource.key(), policy.getSpec().storeRef().name()),
                runs(world, run -> resource.uid().equals(run.labels().policyUid())),
                Reconciliation.openRequests(world),
                HostKind.ONE_MACHINE,
                world.cluster(),
                world.now())));
  }

  private static Judgement backupRequest(StoredResource resource, World world) {
    var request = resource.as(BackupRequest.class);
    var policy = policy(world, resource.key(), request.getSpec().policyRef().name());
    return judgement(
        BackupRequestPlanner.decide(
            new BackupRequestObserved(
                request,
                policy,
                storeOf(world, resource.key(), policy),
                runs(world, run -> resource.uid().equals(run.labels().requestUid())),
                HostKind.ONE_MACHINE,
                world.cluster(),
                world.now())));
  }

  private static Judgement restoreRequest(StoredResource resource, World world) {
    var request = resource.as(RestoreRequest.class);
    var source = request.getSpec().source();
    var policy =
        source.policyRef() == null
            ? null
            : policy(world, resource.key(), source.policyRef().name());
    var store =
        source.repository() == null
            ? storeOf(world, resource.key(), policy)
            : store(world, resource.key(), source.repository().storeRef().name());
    var undone =
        source.undo() == null
            ? null
            : find(world, resource.key(), RestoreRequest.class, source.undo().restoreRef().name());
    return judgement(
        RestoreRequestPlanner.decide(
            new RestoreRequestObserved(
                request,
                policy,
                store,
                undone,
                runs(world, run -> resource.uid().equals(run.labels().requestUid())),
                HostKind.ONE_MACHINE,
                world.cluster(),
                world.now())));
  }

  private static @Nullable BackupStore storeOf(
      World world, ResourceKey near, @Nullable BackupPolicy policy) {
    return policy == null ? null : store(world, near, policy.getSpec().storeRef().name());
  }

  private static @Nullable BackupStore store(World world, ResourceKey near, String name) {
    return find(world, near, BackupStore.class, name);
  }

  private static @Nullable BackupPolicy policy(World world, ResourceKey near, String name) {
    return find(world, near, BackupPolicy.class, name);
  }

  /** References never leave their namespace. */
  private static <R> @Nullable R find(World world, ResourceKey near, Class<R> type, String name) {
    var key = new ResourceKey(type.getSimpleName(), near.namespace(), name);
    return world.resources().stream()
        .filter(resource -> resource.accepted() && resource.key().equals(key))
        .findFirst()
        .map(resource -> resource.as(type))
        .orElse(null);
  }

  private static List<RunView> runs(World world, Predicate<RunView> which) {
    return world.runs().stream().filter(which).toList();
  }

  private static Judgement judgement(Decision<?> decision) {
    return new Judgement(
        Json.mapper().valueToTree(decision.status()),
        decision.launches(),
        decision.removableRuns(),
        decision.lookAgain());
  }
}
