package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.DurationText;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Initialize;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.RolesMode;
import dev.salvor.api.SecretKeyReference;
import dev.salvor.api.Verification;
import dev.salvor.task.Baseline;
import dev.salvor.task.ClaimFolder;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.Header;
import dev.salvor.task.Manifest;
import dev.salvor.task.NetworkAddress;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes Tasks out of specs. Every value that a manifest may leave out is filled in here with the
 * schema's own default, so that a host that does not default (or an older CRD) asks for the same.
 */
final class TaskBuilder {
  private static final Duration PROBE_DEADLINE = Duration.ofMinutes(5);
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
        header(labels, PROBE_DEADLINE, storeCredentials(store.getSpec())), target);
  }

  Task.Backup backup(RunLabels labels, BackupPolicy policy, BackupStore store) {
    var spec = policy.getSpec();
    var source = postgres(spec);
    var credentials = storeCredentials(store.getSpec());
    credentials.addAll(sourceCredentials(source.connection()));
    return new Task.Backup(
        header(labels, duration(spec.deadline(), "12h"), credentials),
        repository(policy, store),
        new PostgresDump(
            server(source.connection(), Credential.SOURCE),
            source.databases(),
            orElse(source.globals(), GlobalsMode.INCLUDE),
            orElse(source.dump(), DumpFormat.STREAM),
            source.include(),
            source.exclude(),
            Boolean.TRUE.equals(source.allowEmpty())),
        facts(spec.verification()),
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
        header(labels, duration(deadline, "6h"), storeCredentials(store.getSpec())),
        repository,
        point);
  }

  Task.Compare compare(
      RunLabels labels,
      BackupStore store,
      @Nullable Verification verification,
      PointReference point) {
    return new Task.Compare(
        header(
            labels,
            duration(verification == null ? null : verification.deadline(), "6h"),
            List.of()),
        point,
        server(store),
        checks(verification),
        ChecksHash.of(checks(verification)),
        verification == null
            ? IsolationMode.AUTO
            : orElse(verification.isolation(), IsolationMode.AUTO));
  }

  /** A pod has a server beside the worker; one machine lets the worker make one. */
  private Task.Server server(BackupStore store) {
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
        header(labels, MAINTAIN_DEADLINE, storeCredentials(store.getSpec())),
        repository(policy, store),
        policy.getSpec().retention(),
        verdicts,
        duration(maintenance == null ? null : maintenance.orphanAge(), "1d").toSeconds(),
        forgetting,
        turn,
        null);
  }

  Task.Inspect inspect(
      RunLabels labels,
      RepositoryTarget repository,
      BackupStore store,
      @Nullable String after,
      @Nullable String run) {
    return new Task.Inspect(
        header(labels, INSPECT_DEADLINE, storeCredentials(store.getSpec())),
        repository,
        after,
        run,
        RecoveryPoints.INSPECT_PAGE);
  }

  Task.Restore restore(
      RunLabels labels,
      String requestUid,
      RestoreRequestSpec spec,
      RestoreRequestSpec.PostgresTarget target,
      RepositoryTarget repository,
      BackupStore store,
      Task.From from) {
    var credentials = storeCredentials(store.getSpec());
    credentials.addAll(targetCredentials(target.connection()));
    return new Task.Restore(
        header(labels, duration(spec.deadline(), "12h"), credentials),
        repository,
        from,
        server(target.connection(), Credential.TARGET),
        target.database(),
        orElse(spec.roles(), RolesMode.MISSING),
        orElse(spec.strategy(), RestoreStrategy.RENAME),
        Boolean.TRUE.equals(spec.replace()) ? Task.Existing.REPLACE : Task.Existing.REFUSE,
        Boolean.TRUE.equals(spec.dryRun()) ? Task.Effect.PLAN_ONLY : Task.Effect.CARRY_OUT,
        spec.select(),
        spec.notAfter(),
        duration(spec.keepReplaced(), "72h").toSeconds(),
        requestUid,
        orElse(spec.acknowledge(), List.of()));
  }

  RepositoryTarget repository(BackupPolicy policy, BackupStore store) {
    var metadata = policy.getMetadata();
    var status = policy.getStatus() == null ? null : policy.getStatus().repository();
    return new RepositoryTarget(
        storeTarget(store),
        RepositoryPath.of(policy),
        new Owner(cluster, metadata.getNamespace(), metadata.getName()),
        status == null ? null : status.id(),
        orElse(policy.getSpec().acknowledge(), List.of()));
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
        orElse(spec.initialize(), Initialize.NEVER),
        spec.storeId() == null ? seen : spec.storeId(),
        spec.limits());
  }

  private static StoreTarget.Place place(BackupStoreSpec spec) {
    return switch (spec.place()) {
      case BackupStoreSpec.S3 s3 ->
          new StoreTarget.Bucket(
              s3.bucket(),
              s3.prefix(),
              s3.endpoint(),
              orElse(s3.region(), "us-east-1"),
              s3.forcePathStyle(),
              s3.checksums());
      case BackupStoreSpec.PersistentVolumeClaim claim ->
          new StoreTarget.Directory(
              claim.subPath() == null
                  ? ClaimFolder.MOUNT
                  : ClaimFolder.MOUNT + "/" + claim.subPath());
      case BackupStoreSpec.Folder folder -> new StoreTarget.Directory(folder.path());
    };
  }

  static List<Verification.Check> checks(@Nullable Verification verification) {
    return verification == null ? List.of() : orElse(verification.checks(), List.of());
  }

  private static FactsRequest facts(@Nullable Verification verification) {
    if (verification == null) {
      return new FactsRequest(FactsMode.COUNTS, null, null);
    }
    var limit = verification.factsLimit();
    return new FactsRequest(
        orElse(verification.facts(), FactsMode.COUNTS),
        limit == null ? null : limit.bytes(),
        limit == null || limit.time() == null
            ? null
            : DurationText.parse(limit.time()).toSeconds());
  }

  private static @Nullable Baseline baseline(BackupPolicy policy) {
    var status = policy.getStatus();
    var last = status == null ? null : status.lastSuccess();
    var lineage =
        status == null || status.repository() == null ? null : status.repository().lineage();
    return last == null || last.tables() == null || lineage == null
        ? null
        : new Baseline(last.recoveryPoint(), last.tables(), last.rows(), lineage);
  }

  private static PostgresSource postgres(BackupPolicySpec spec) {
    return switch (spec.source().kind()) {
      case PostgresSource postgres -> postgres;
    };
  }

  private static Header header(
      RunLabels labels, Duration deadline, List<CredentialSource> credentials) {
    return new Header(
        labels.name(),
        labels.attempt(),
        labels.tick(),
        deadline.toSeconds(),
        List.copyOf(credentials));
  }

  private static ServerReference server(PostgresConnection connection, Credential role) {
    var source = role == Credential.SOURCE;
    return new ServerReference(
        role,
        source ? Credential.SOURCE_PASSWORD : Credential.TARGET_PASSWORD,
        source ? Credential.SOURCE_CA : Credential.TARGET_CA,
        connection.host(),
        connection.port(),
        connection.user(),
        connection.database(),
        connection.sslMode());
  }

  private static List<CredentialSource> storeCredentials(BackupStoreSpec spec) {
    var credentials = new ArrayList<CredentialSource>();
    add(credentials, Credential.STORE_PASSWORD, spec.encryption().passwordSecretRef());
    if (spec.place() instanceof BackupStoreSpec.S3 s3) {
      credentials.add(
          new CredentialSource(Credential.STORE_S3, s3.credentials().secretRef().name(), null));
      add(credentials, Credential.STORE_CA, s3.caSecretRef());
    }
    return credentials;
  }

  private static List<CredentialSource> sourceCredentials(PostgresConnection connection) {
    return serverCredentials(
        connection, Credential.SOURCE, Credential.SOURCE_PASSWORD, Credential.SOURCE_CA);
  }

  private static List<CredentialSource> targetCredentials(PostgresConnection connection) {
    return serverCredentials(
        connection, Credential.TARGET, Credential.TARGET_PASSWORD, Credential.TARGET_CA);
  }

  private static List<CredentialSource> serverCredentials(
      PostgresConnection connection, Credential whole, Credential password, Credential ca) {
    var credentials = new ArrayList<CredentialSource>();
    if (connection.secretRef() != null) {
      credentials.add(new CredentialSource(whole, connection.secretRef().name(), null));
    }
    add(credentials, password, connection.passwordSecretRef());
    add(credentials, ca, connection.caSecretRef());
    return credentials;
  }

  private static void add(
      List<CredentialSource> credentials,
      Credential credential,
      @Nullable SecretKeyReference reference) {
    if (reference != null) {
      credentials.add(new CredentialSource(credential, reference.name(), reference.key()));
    }
  }

  static Duration duration(@Nullable String text, String otherwise) {
    return DurationText.parse(text == null ? otherwise : text);
  }

  static <T> T orElse(@Nullable T value, T otherwise) {
    return Objects.requireNonNullElse(value, otherwise);
  }
}
