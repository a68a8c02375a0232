package dev.salvor.operator;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.ClaimSelection;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.SupabaseSource;
import dev.salvor.plan.ClaimView;
import dev.salvor.plan.Conditions;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.HostKind;
import dev.salvor.plan.PodsView;
import dev.salvor.plan.RunView;
import dev.salvor.plan.RunsOf;
import dev.salvor.plan.Surroundings;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the Kubernetes host finds. Resources are read from the API server itself and not from a
 * cache, so that a decision never starts from a status older than the one that was written last.
 */
final class ClusterSurroundings implements Surroundings {
  private final KubernetesClient client;
  private final ClusterRuns runs;
  private final ClusterClaims claims;
  private final SupabasePods pods;
  private final String cluster;
  private final Clock clock;

  ClusterSurroundings(
      KubernetesClient client,
      ClusterRuns runs,
      ClusterClaims claims,
      String cluster,
      Clock clock) {
    this.client = client;
    this.runs = runs;
    this.claims = claims;
    this.pods = new SupabasePods(client);
    this.cluster = cluster;
    this.clock = clock;
  }

  @Override
  public @Nullable BackupStore store(String namespace, String name) {
    return client.resources(BackupStore.class).inNamespace(namespace).withName(name).get();
  }

  @Override
  public @Nullable BackupPolicy policy(String namespace, String name) {
    return client.resources(BackupPolicy.class).inNamespace(namespace).withName(name).get();
  }

  @Override
  public @Nullable RestoreRequest restoreRequest(String namespace, String name) {
    return client.resources(RestoreRequest.class).inNamespace(namespace).withName(name).get();
  }

  @Override
  public List<RestoreRequest> restoreRequests(String namespace) {
    return client.resources(RestoreRequest.class).inNamespace(namespace).list().getItems();
  }

  @Nullable BackupRequest backupRequest(String namespace, String name) {
    return client.resources(BackupRequest.class).inNamespace(namespace).withName(name).get();
  }

  @Override
  public List<RunView> runs(RunsOf whose) {
    return runs.views(whose);
  }

  /** Requests are few and their runs fewer: they are listed only where a run was asked for. */
  @Override
  public Set<String> openRequests(String namespace, List<RunView> held) {
    var open = new HashSet<String>();
    if (held.stream().allMatch(run -> run.labels().requestUid() == null)) {
      return open;
    }
    for (var request :
        client.resources(BackupRequest.class).inNamespace(namespace).list().getItems()) {
      var status = request.getStatus();
      if (status == null || !Conditions.isSettled(status.conditions())) {
        open.add(request.getMetadata().getUid());
      }
    }
    for (var request : restoreRequests(namespace)) {
      var status = request.getStatus();
      if (status == null || !Conditions.isSettled(status.conditions())) {
        open.add(request.getMetadata().getUid());
      }
    }
    return open;
  }

  @Override
  public List<ClaimView> claims(
      String namespace, ClaimSelection selection, @Nullable CopyWish wish) {
    return claims.find(namespace, selection, wish);
  }

  @Override
  public DockerView docker() {
    return DockerView.UNASKED;
  }

  @Override
  public PodsView pods(String namespace, SupabaseSource.SelfHosted pointer) {
    return pods.find(namespace, pointer);
  }

  @Override
  public HostKind host() {
    return HostKind.KUBERNETES;
  }

  @Override
  public String cluster() {
    return cluster;
  }

  @Override
  public Instant now() {
    return clock.instant();
  }
}
