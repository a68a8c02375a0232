package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.HostedSupabaseTarget;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreRequestStatus.Resolved;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.Task;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The runs that a RestoreRequest asks for. */
final class RestoreLaunches {
  /** Marks a resolution to a kept database instead of a recovery point. */
  static final String KEPT = "kept:";

  private final RestoreRequestObserved observed;
  private final RestoreRequestSpec spec;
  private final BackupStore store;
  private final String storeName;
  private final TaskBuilder tasks;

  RestoreLaunches(RestoreRequestObserved observed, String storeName) {
    this.observed = observed;
    this.spec = observed.request().getSpec();
    this.store =
        Objects.requireNonNull(observed.store(), "a restore without a store is refused before");
    this.storeName = storeName;
    this.tasks = new TaskBuilder(observed.host(), observed.cluster());
  }

  Launch inspect(@Nullable String after, int page) {
    var labels = labels(Purpose.INSPECT, null, page);
    return new Launch(labels, List.of(tasks.inspect(labels, repository(), store, after, null)));
  }

  Launch carryOut(Resolved resolved, int attempt, Footing footing) {
    return switch (spec.target().kind()) {
      case RestoreRequestSpec.Sandbox sandbox -> verify(resolved, attempt);
      case RestoreRequestSpec.PostgresTarget target ->
          restore(
              resolved,
              attempt,
              labels ->
                  RestoreTasks.restore(
                      labels, uid(), spec, target, repository(), store, from(resolved)));
      case SupabaseTarget target ->
          restore(resolved, attempt, labels -> project(labels, target.kind(), resolved, footing))
              .on(footing);
      case RestoreRequestSpec.FilesTarget target ->
          restore(
                  resolved,
                  attempt,
                  labels ->
                      RestoreTasks.restore(
                          labels,
                          uid(),
                          spec,
                          target,
                          repository(),
                          store,
                          point(resolved),
                          footing))
              .on(footing);
    };
  }

  private Task project(
      RunLabels labels, SupabaseTarget.Kind target, Resolved resolved, Footing footing) {
    return switch (target) {
      case SupabaseTarget.SelfHosted own ->
          RestoreTasks.restore(
              labels, uid(), spec, own, repository(), store, point(resolved), footing);
      case HostedSupabaseTarget hosted ->
          RestoreTasks.restore(labels, uid(), spec, hosted, repository(), store, point(resolved));
    };
  }

  private Launch verify(Resolved resolved, int attempt) {
    var labels = labels(Purpose.VERIFY, resolved.recoveryPoint(), attempt);
    var point = point(resolved);
    var policy = observed.policy();
    return new Launch(
            labels,
            DueWork.proving(
                tasks.fetch(labels, repository(), store, spec.deadline(), point),
                tasks.proof(labels, policy, store, point)))
        .on(policy == null ? Footing.PLAIN : DueWork.prover(policy))
        .in(ProofServer.of(policy));
  }

  private Launch restore(Resolved resolved, int attempt, Function<RunLabels, Task> task) {
    var labels = labels(Purpose.RESTORE, resolved.recoveryPoint(), attempt);
    return new Launch(labels, List.of(task.apply(labels)));
  }

  private String uid() {
    return observed.request().getMetadata().getUid();
  }

  private static PointReference point(Resolved resolved) {
    return new PointReference(resolved.recoveryPoint(), resolved.manifest());
  }

  private Task.From from(Resolved resolved) {
    return resolved.recoveryPoint().startsWith(KEPT)
        ? new Task.FromKept(resolved.recoveryPoint().substring(KEPT.length()))
        : new Task.FromPoint(point(resolved), resolved.database());
  }

  private RepositoryTarget repository() {
    var policy = observed.policy();
    if (policy != null) {
      return tasks.repository(policy, store);
    }
    return tasks.repository(
        observed.request().getMetadata().getNamespace(),
        Objects.requireNonNull(spec.source().repository()),
        store);
  }

  private RunLabels labels(Purpose purpose, @Nullable String point, int attempt) {
    var metadata = observed.request().getMetadata();
    BackupPolicy policy = observed.policy();
    return new RunLabels(
        RunNames.of(
            metadata.getName(),
            metadata.getUid(),
            purpose,
            new RunNames.Cause.Requested(metadata.getUid()),
            attempt),
        purpose,
        StorePlanner.storeKey(store),
        RepositoryPath.key(metadata.getNamespace(), storeName, repository().path()),
        policy == null ? null : policy.getMetadata().getUid(),
        metadata.getUid(),
        point,
        BackupRequestPlanner.requested(metadata.getCreationTimestamp(), observed.now()),
        attempt);
  }
}
