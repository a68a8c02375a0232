package dev.salvor.local;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.ClaimSelection;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.SupabaseSource;
import dev.salvor.local.Judge.World;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.plan.ClaimView;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.HostKind;
import dev.salvor.plan.PodsView;
import dev.salvor.plan.RunView;
import dev.salvor.plan.RunsOf;
import dev.salvor.plan.Surroundings;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the one-machine host finds: everything was read once, before anything is decided. */
record WorldSurroundings(World world) implements Surroundings {
  @Override
  public @Nullable BackupStore store(String namespace, String name) {
    return find(BackupStore.class, namespace, name);
  }

  @Override
  public @Nullable BackupPolicy policy(String namespace, String name) {
    return find(BackupPolicy.class, namespace, name);
  }

  @Override
  public @Nullable RestoreRequest restoreRequest(String namespace, String name) {
    return find(RestoreRequest.class, namespace, name);
  }

  @Override
  public List<RestoreRequest> restoreRequests(String namespace) {
    return world.resources().stream()
        .filter(resource -> resource.accepted())
        .filter(resource -> resource.key().kind().equals("RestoreRequest"))
        .filter(resource -> resource.key().namespace().equals(namespace))
        .map(resource -> resource.as(RestoreRequest.class))
        .toList();
  }

  @Override
  public List<RunView> runs(RunsOf whose) {
    return world.runs().stream().filter(run -> whose.covers(run.labels())).toList();
  }

  @Override
  public Set<String> openRequests(String namespace, List<RunView> runs) {
    return Reconciliation.openRequests(world);
  }

  @Override
  public List<ClaimView> claims(
      String namespace, ClaimSelection selection, @Nullable CopyWish wish) {
    return List.of();
  }

  @Override
  public DockerView docker() {
    return world.docker().get();
  }

  @Override
  public PodsView pods(String namespace, SupabaseSource.SelfHosted pointer) {
    return PodsView.UNASKED;
  }

  @Override
  public HostKind host() {
    return HostKind.ONE_MACHINE;
  }

  @Override
  public String cluster() {
    return world.cluster();
  }

  @Override
  public Instant now() {
    return world.now();
  }

  private <R> @Nullable R find(Class<R> type, String namespace, String name) {
    var key = new ResourceKey(type.getSimpleName(), namespace, name);
    return world.resources().stream()
        .filter(resource -> resource.accepted() && resource.key().equals(key))
        .findFirst()
        .map(resource -> resource.as(type))
        .orElse(null);
  }
}
