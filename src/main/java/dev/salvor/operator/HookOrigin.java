package dev.salvor.operator;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.VolumeSource.Hook;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whose the hooks on a Job are. Others may create Jobs too, and name any owner: what is run in pods
 * is what a policy of the namespace says itself.
 */
final class HookOrigin {
  private final KubernetesClient client;

  HookOrigin(KubernetesClient client) {
    this.client = client;
  }

  /** Why they are not to be run; empty: a policy says so now. */
  Optional<String> objection(Job job, List<Hook> hooks) {
    var policy = policy(job).orElse(null);
    if (policy == null) {
      return Optional.of("There is no BackupPolicy that this Job is for.");
    }
    var volume = policy.getSpec().source().volume();
    var theirs = volume == null || volume.hooks() == null ? List.of() : volume.hooks();
    return theirs.equals(hooks)
        ? Optional.empty()
        : Optional.of(
            "spec.source.volume.hooks of policy "
                + policy.getMetadata().getName()
                + " is not what this run was made with any more: the next is made with what it says"
                + " now.");
  }

  private Optional<BackupPolicy> policy(Job job) {
    var namespace = job.getMetadata().getNamespace();
    return job.getMetadata().getOwnerReferences().stream()
        .flatMap(
            owner ->
                Stream.concat(
                    find(BackupPolicy.class, namespace, owner).stream(),
                    find(BackupRequest.class, namespace, owner)
                        .map(request -> request.getSpec().policyRef().name())
                        .map(name -> get(BackupPolicy.class, namespace, name))
                        .stream()))
        .findFirst();
  }

  private <T extends HasMetadata> Optional<T> find(
      Class<T> kind, String namespace, OwnerReference owner) {
    return HasMetadata.getKind(kind).equals(owner.getKind())
            && HasMetadata.getApiVersion(kind).equals(owner.getApiVersion())
        ? Optional.ofNullable(get(kind, namespace, owner.getName()))
            .filter(found -> Objects.equals(found.getMetadata().getUid(), owner.getUid()))
        : Optional.empty();
  }

  private <T extends HasMetadata> @Nullable T get(Class<T> kind, String namespace, String name) {
    return client.resources(kind).inNamespace(namespace).withName(name).get();
  }
}
