package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.ClaimSelection;
import dev.salvor.api.Condition;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VolumeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers all that the decision about a resource may look at, the same way on both hosts. */
public final class Observation {
  private Observation() {}

  public static StoreObserved store(BackupStore store, Surroundings around) {
    return new StoreObserved(
        store,
        around.runs(new RunsOf.Store(StorePlanner.storeKey(store))),
        around.host(),
        around.cluster(),
        around.now());
  }

  public static PolicyObserved policy(BackupPolicy policy, Surroundings around) {
    var metadata = policy.getMetadata();
    var runs = around.runs(new RunsOf.Policy(metadata.getUid()));
    var docker = dockerOf(policy, around);
    var pods = podsOf(policy, around);
    return new PolicyObserved(
        policy,
        storeOf(policy, around),
        runs,
        around.openRequests(metadata.getNamespace(), runs),
        claimsOf(policy, docker, pods, around),
        docker,
        pods,
        around.host(),
        around.cluster(),
        around.now());
  }

  public static BackupRequestObserved backupRequest(BackupRequest request, Surroundings around) {
    var metadata = request.getMetadata();
    var policy = around.policy(metadata.getNamespace(), request.getSpec().policyRef().name());
    var status = request.getStatus();
    var open = status == null || !Conditions.isSettled(status.conditions());
    var docker = open ? dockerOf(policy, around) : DockerView.UNASKED;
    var pods = open ? podsOf(policy, around) : PodsView.UNASKED;
    return new BackupRequestObserved(
        request,
        policy,
        storeOf(policy, around),
        around.runs(
            new RunsOf.Request(
                metadata.getNamespace(),
                metadata.getUid(),
                status == null ? null : named(status.conditions(), status.run()))),
        open ? claimsOf(policy, docker, pods, around) : List.of(),
        docker,
        pods,
        around.host(),
        around.cluster(),
        around.now());
  }

  public static RestoreRequestObserved restoreRequest(RestoreRequest request, Surroundings around) {
    var metadata = request.getMetadata();
    var namespace = metadata.getNamespace();
    var source = request.getSpec().source();
    var policy =
        source.policyRef() == null ? null : around.policy(namespace, source.policyRef().name());
    var store =
        source.repository() == null
            ? storeOf(policy, around)
            : around.store(namespace, source.repository().storeRef().name());
    var undone =
        source.undo() == null
            ? null
            : around.restoreRequest(namespace, source.undo().restoreRef().name());
    var status = request.getStatus();
    // Before the runs: whoever is seen there was there before a run that is seen to wait, and who
    // was
    // scaled to zero for one is back as soon as it has ended.
    var claims =
        RestoreClaim.toLookAt(request, policy)
            .map(selection -> around.claims(namespace, selection, null))
            .orElse(List.of());
    return new RestoreRequestObserved(
        request,
        policy,
        store,
        undone,
        KeptDrop.isDue(request, around.now())
            ? KeptDrop.undoing(around.restoreRequests(namespace), metadata.getName(), around.now())
            : List.of(),
        around.runs(
            new RunsOf.Request(
                namespace,
                metadata.getUid(),
                status == null ? null : named(status.conditions(), status.run()))),
        claims,
        RestoreClaim.isOfDocker(request) ? around.docker() : DockerView.UNASKED,
        around.host(),
        around.cluster(),
        around.now());
  }

  private static List<ClaimView> claimsOf(
      @Nullable BackupPolicy named, DockerView docker, PodsView pods, Surroundings around) {
    if (named == null) {
      return List.of();
    }
    // Which claims a project has may have to be found first.
    var policy = SupabaseDiscovery.spelledOut(named, docker, pods);
    var namespace = policy.getMetadata().getNamespace();
    return switch (policy.getSpec().source().kind()) {
      case VolumeSource volume ->
          volume.claims() == null
              ? List.of()
              : around.claims(namespace, volume.claims(), Surroundings.CopyWish.of(volume));
      case SupabaseSource supabase -> {
        var names = supabase.kind().claims();
        yield names.isEmpty()
            ? List.of()
            : around.claims(namespace, new ClaimSelection(names, null), null);
      }
      case PostgresSource _, DockerVolumeSource _ -> List.of();
    };
  }

  private static DockerView dockerOf(@Nullable BackupPolicy policy, Surroundings around) {
    return policy != null && policy.getSpec().source().kind().usesDocker()
        ? around.docker()
        : DockerView.UNASKED;
  }

  private static PodsView podsOf(@Nullable BackupPolicy policy, Surroundings around) {
    var supabase = policy == null ? null : policy.getSpec().source().supabase();
    var pointer = supabase == null ? null : supabase.selfHosted();
    return policy != null && pointer != null && pointer.isOfPods()
        ? around.pods(policy.getMetadata().getNamespace(), pointer)
        : PodsView.UNASKED;
  }

  /** What is settled is not looked for again. */
  private static @Nullable String named(
      @Nullable List<Condition> conditions, @Nullable String run) {
    return Conditions.isSettled(conditions) ? null : run;
  }

  private static @Nullable BackupStore storeOf(@Nullable BackupPolicy policy, Surroundings around) {
    return policy == null
        ? null
        : around.store(policy.getMetadata().getNamespace(), policy.getSpec().storeRef().name());
  }
}
