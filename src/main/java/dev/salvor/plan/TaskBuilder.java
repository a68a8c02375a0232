package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.Initialize;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.Verification;
import dev.salvor.task.Baseline;
import dev.salvor.task.ClaimFolder;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.Extent;
import dev.salvor.task.Header;
import dev.salvor.task.Manifest;
import dev.salvor.task.NetworkAddress;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes Tasks out of specs. Every value that a manifest may leave out is filled in here with the
 * schema's own default, so that a host that does not default (or an older CRD) asks for the same.
 */
final class TaskBuilder {
  private static final Duration PROBE_DEADLINE = Duration.ofMinutes(5);

  /** Asks whether one address can be reached. */
  private static final Duration CONCLUDE_DEADLINE = Duration.ofMinutes(5);

  private static final Duration INSPECT_DEADLINE = Duration.ofMinutes(30);

  /** prune and check read much of a repository; a day ends what would never end. */
  private static final Duration MAINTAIN_DEADLINE = Duration.ofHours(24);

  private final HostKind host;
  private final String cluster;

  TaskBuilder(HostKind host, String cluster) {
    this.host = host;
    this.cluster = cluster;
  }

  Task.ProbeStore probe(RunLabels labels, BackupStore store) {
    var target = storeTarget(store);
    return new Task.ProbeStore(
        header(labels, PROBE_DEADLINE, TaskCredentials.ofStore(store.getSpec())), target);
  }

  Task.Backup backup(RunLabels labels, BackupPolicy policy, BackupStore store, Footing footing) {
    var spec = policy.getSpec();
    var credentials = TaskCredentials.ofStore(store.getSpec());
    credentials.addAll(TaskCredentials.ofSource(spec.source().kind()));
    return new Task.Backup(
        header(labels, Defaults.duration(spec.deadline(), "12h"), credentials),
        repository(policy, store),
        TaskSources.of(policy, footing),
        baseline(policy),
        labels.requestUid() == null ? Manifest.Origin.SCHEDULE : Manifest.Origin.REQUEST);
  }

  Task.Fetch fetch(
      RunLabels labels,
      RepositoryTarget repository,
      BackupStore store,
      @Nullable String deadline,
      PointReference point) {
    return new Task.Fetch(
        header(labels, Defaults.duration(deadline, "6h"), TaskCredentials.ofStore(store.getSpec())),
        repository,
        point);
  }

  /** What follows Fetch: where the host runs checks, the verdict is given after them. */
  List<Task> proof(
      RunLabels labels, @Nullable BackupPolicy policy, BackupStore store, PointReference point) {
    var compare = compare(labels, policy, store, point);
    return compare.commands().isEmpty()
        ? List.of(compare)
        : List.of(compare, new Task.Conclude(header(labels, CONCLUDE_DEADLINE, List.of()), point));
  }

  Task.Compare compare(
      RunLabels labels, @Nullable BackupPolicy policy, BackupStore store, PointReference point) {
    var verification = policy == null ? null : policy.getSpec().verification();
    return new Task.Compare(
        header(
            labels,
            Defaults.duration(verification == null ? null : verification.deadline(), "6h"),
            List.of()),
        point,
        server(policy, store),
        checks(verification),
        ChecksHash.of(checks(verification)),
        verification == null
            ? IsolationMode.AUTO
            : Defaults.orElse(verification.isolation(), IsolationMode.AUTO));
  }

  /**
   * A pod has a server beside the worker; one machine lets the worker make one. What a repository
   * without a policy holds is not known.
   */
  private Task.Server server(@Nullable BackupPolicy policy, BackupStore store) {
    if (policy != null && !policy.getSpec().source().kind().hasDatabases()) {
      return new Task.NoServer();
    }
    return switch (host) {
      case KUBERNETES ->
          new Task.Given(
              SandboxFolder.MOUNT + "/" + SandboxFolder.SOCKET, address(store).orElse(null));
      case ONE_MACHINE -> new Task.Initdb();
    };
  }

  private static Optional<NetworkAddress> address(BackupStore store) {
    return switch (place(store.getSpec())) {
      case StoreTarget.Bucket bucket -> bucket.address();
      case StoreTarget.Directory directory -> Optional.empty();
    };
  }

  Task.Maintain maintain(
      RunLabels labels,
      BackupPolicy policy,
      BackupStore store,
      Task.Forgetting forgetting,
      Task.CheckTurn turn,
      List<Task.KnownVerdict> verdicts) {
    var maintenance = policy.getSpec().maintenance();
    return new Task.Maintain(
        header(labels, MAINTAIN_DEADLINE, TaskCredentials.ofStore(store.getSpec())),
        repository(policy, store),
        policy.getSpec().retention(),
        verdicts,
        Defaults.duration(maintenance == null ? null : maintenance.orphanAge(), "1d").toSeconds(),
        forgetting,
        turn);
  }

  Task.Inspect inspect(
      RunLabels labels,
      RepositoryTarget repository,
      BackupStore store,
      @Nullable String after,
      @Nullable String run) {
    return new Task.Inspect(
        header(labels, INSPECT_DEADLINE, TaskCredentials.ofStore(store.getSpec())),
        repository,
        after,
        run,
        RecoveryPoints.INSPECT_PAGE);
  }

  RepositoryTarget repository(BackupPolicy policy, BackupStore store) {
    var metadata = policy.getMetadata();
    var status = policy.getStatus() == null ? null : policy.getStatus().repository();
    return new RepositoryTarget(
        storeTarget(store),
        RepositoryPath.of(policy),
        new Owner(cluster, metadata.getNamespace(), metadata.getName()),
        status == null ? null : status.id(),
        Defaults.orElse(policy.getSpec().acknowledge(), List.of()));
  }

  /** A repository that is named by its path, whosever it is; it is read only. */
  RepositoryTarget repository(
      String namespace, RestoreRequestSpec.RepositoryReference reference, BackupStore store) {
    return new RepositoryTarget(
        storeTarget(store), reference.path(), new Owner(cluster, namespace, "-"), null, List.of());
  }

  private static StoreTarget storeTarget(BackupStore store) {
    var spec = store.getSpec();
    var seen = store.getStatus() == null ? null : store.getStatus().storeId();
    return new StoreTarget(
        store.getMetadata().getName(),
        place(spec),
        Defaults.orElse(spec.initialize(), Initialize.NEVER),
        spec.storeId() == null ? seen : spec.storeId(),
        spec.limits());
  }

  static StoreTarget.Place place(BackupStoreSpec spec) {
    return switch (spec.place()) {
      case BackupStoreSpec.S3 s3 ->
          new StoreTarget.Bucket(
              s3.bucket(),
              s3.prefix(),
              s3.endpoint(),
              Defaults.orElse(s3.region(), "us-east-1"),
              s3.forcePathStyle(),
              s3.checksums());
      case BackupStoreSpec.PersistentVolumeClaim claim ->
          new StoreTarget.Directory(
              claim.subPath() == null
                  ? ClaimFolder.MOUNT
                  : ClaimFolder.MOUNT + "/" + claim.subPath());
      case BackupStoreSpec.Folder folder ->
          new StoreTarget.Directory(folder.path(), folder.mountPoint());
    };
  }

  static List<Verification.Check> checks(@Nullable Verification verification) {
    return verification == null ? List.of() : Defaults.orElse(verification.checks(), List.of());
  }

  private static @Nullable Baseline baseline(BackupPolicy policy) {
    var status = policy.getStatus();
    var last = status == null ? null : status.lastSuccess();
    var lineage =
        status == null || status.repository() == null ? null : status.repository().lineage();
    if (last == null || lineage == null) {
      return null;
    }
    var extent = extent(last);
    return extent == null ? null : new Baseline(last.recoveryPoint(), extent, lineage);
  }

  private static @Nullable Extent extent(BackupPolicyStatus.LastSuccess last) {
    var tables = last.tables() == null ? null : new Extent.Tables(last.tables(), last.rows());
    if (last.files() == null) {
      return tables;
    }
    // Before there was a field for it they were all that a point with files held.
    var bytes = Defaults.orElse(last.fileBytes(), Defaults.orElse(last.sizeBytes(), 0L));
    var files = new Extent.Files(last.files(), bytes);
    return tables == null ? files : new Extent.Both(tables, files);
  }

  static Header header(RunLabels labels, Duration deadline, List<CredentialSource> credentials) {
    return new Header(
        labels.name(),
        labels.attempt(),
        labels.tick(),
        deadline.toSeconds(),
        List.copyOf(credentials));
  }

  /** How long a restore keeps the database that it replaces. */
  static Duration keepReplaced(RestoreRequestSpec spec) {
    return Defaults.duration(spec.keepReplaced(), "72h");
  }
}
