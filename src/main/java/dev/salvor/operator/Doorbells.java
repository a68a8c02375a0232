package dev.salvor.operator;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.RestoreRequest;
import dev.salvor.plan.Conditions;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RunLabels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who is to look again when something changed. */
final class Doorbells {
  private @Nullable Doorbell<BackupStore> stores;
  private @Nullable Doorbell<BackupPolicy> policies;
  private @Nullable Doorbell<BackupRequest> backupRequests;
  private @Nullable Doorbell<RestoreRequest> restoreRequests;
  private volatile boolean open;

  Doorbell<BackupStore> ofStores(EventSourceContext<BackupStore> context) {
    var bell = new Doorbell<>(context);
    stores = bell;
    return bell;
  }

  Doorbell<BackupPolicy> ofPolicies(EventSourceContext<BackupPolicy> context) {
    var bell = new Doorbell<>(context);
    policies = bell;
    return bell;
  }

  Doorbell<BackupRequest> ofBackupRequests(EventSourceContext<BackupRequest> context) {
    var bell = new Doorbell<>(context);
    backupRequests = bell;
    return bell;
  }

  Doorbell<RestoreRequest> ofRestoreRequests(EventSourceContext<RestoreRequest> context) {
    var bell = new Doorbell<>(context);
    restoreRequests = bell;
    return bell;
  }

  /** The caches are there; what rang before is to be rung again. */
  void open() {
    open = true;
  }

  /** All stores that are followed. */
  Stream<BackupStore> stores() {
    return bell(stores).stream().flatMap(Doorbell::resources);
  }

  /** All policies that are followed. */
  Stream<BackupPolicy> policies() {
    return bell(policies).stream().flatMap(Doorbell::resources);
  }

  /** A run changed: whoever records it looks again. */
  void runChanged(String namespace, RunLabels run) {
    if (run.purpose() == Purpose.PROBE) {
      var name = run.storeKey().substring(run.storeKey().indexOf('/') + 1);
      bell(stores).ifPresent(bell -> bell.ring(new ResourceID(name, namespace)));
      return;
    }
    var policy = run.policyUid();
    if (policy != null) {
      bell(policies).ifPresent(bell -> bell.ringUid(policy));
    }
    var request = run.requestUid();
    if (request != null) {
      bell(backupRequests).ifPresent(bell -> bell.ringUid(request));
      bell(restoreRequests).ifPresent(bell -> bell.ringUid(request));
    }
  }

  /** A status was written: whoever waits for what it says looks again. */
  void statusChanged(HasMetadata resource) {
    var namespace = resource.getMetadata().getNamespace();
    var name = resource.getMetadata().getName();
    switch (resource) {
      case BackupStore store -> {
        bell(policies)
            .ifPresent(
                bell ->
                    bell.ringIn(
                        namespace, policy -> policy.getSpec().storeRef().name().equals(name)));
        ringOpenRequests(namespace);
      }
      case BackupPolicy policy -> ringOpenRequests(namespace);
      case BackupRequest request -> ringPolicy(namespace, request.getSpec().policyRef().name());
      case RestoreRequest request -> {
        if (request.getSpec().source().policyRef() != null) {
          ringPolicy(namespace, request.getSpec().source().policyRef().name());
        }
      }
      default -> throw new IllegalArgumentException("nobody waits for " + resource.getKind());
    }
  }

  private void ringPolicy(String namespace, String name) {
    bell(policies).ifPresent(bell -> bell.ring(new ResourceID(name, namespace)));
  }

  private void ringOpenRequests(String namespace) {
    bell(backupRequests)
        .ifPresent(
            bell ->
                bell.ringIn(
                    namespace,
                    request ->
                        request.getStatus() == null
                            || !Conditions.isSettled(request.getStatus().conditions())));
    bell(restoreRequests)
        .ifPresent(
            bell ->
                bell.ringIn(
                    namespace,
                    request ->
                        request.getStatus() == null
                            || !Conditions.isSettled(request.getStatus().conditions())));
  }

  private <R extends HasMetadata> Optional<Doorbell<R>> bell(@Nullable Doorbell<R> bell) {
    return open ? Optional.ofNullable(bell) : Optional.empty();
  }
}
