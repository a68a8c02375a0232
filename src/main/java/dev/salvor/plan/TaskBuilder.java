package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.DurationText;
import dev.salvor.api.FactsMode;
import dev.salvor.api.FilePlace;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.HostedSupabaseTarget;
import dev.salvor.api.Initialize;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.RolesMode;
import dev.salvor.api.SecretKeyReference;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.StorageBucket;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.api.Verification;
import dev.salvor.api.VolumeSource;
import dev.salvor.task.BackupSource;
import dev.salvor.task.Baseline;
import dev.salvor.task.ClaimFolder;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import dev.salvor.task.Extent;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Header;
import dev.salvor.task.HostedProject;
import dev.salvor.task.HostedTarget;
import dev.salvor.task.Manifest;
import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.NetworkAddress;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.ProjectTarget;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StorageTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes Tasks out of specs. Every value that a manifest may leave out is filled in here with the
 * schema's own default, so that a host that does not default (or an older CRD) asks for the same.
 */
final class TaskBuilder {
  /** Parts of a hosted project that the Management API does not restore. */
  private static final List<String> NOT_BY_API =
      List.of(SupabaseTarget.DATABASE, SupabaseSource.STORAGE);

  /** As Storage's file backend lays objects, where nothing else is known of one. */
  private static final StorageLayout HOSTED_LAYOUT =
      new StorageLayout("stub", "stub", StorageVersions.FOLDER);

  private static final Duration PROBE_DEADLINE = Duration.ofMinutes(5);

  /** Asks whether one address can be reached. */
  private static final Duration CONCLUDE_DEADLINE = Duration.ofMinutes(5);

  private static final Duration INSPECT_DEADLINE = Duration.ofMinutes(30);

  /** A drop waits for a checkpoint. */
  private static final Duration DROP_DEADLINE = Duration.ofHours(1);

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

  Task.Backup backup(RunLabels labels, BackupPolicy policy, BackupStore store, Footing footing) {
    var spec = policy.getSpec();
    var credentials = storeCredentials(store.getSpec());
    credentials.addAll(sourceCredentials(spec.source().kind()));
    return new Task.Backup(
        header(labels, duration(spec.deadline(), "12h"), credentials),
        repository(policy, store),
        source(policy, footing),
        baseline(policy),
        labels.requestUid() == null ? Manifest.Origin.SCHEDULE : Manifest.Origin.REQUEST);
  }

  private static BackupSource source(BackupPolicy policy, Footing footing) {
    var spec = policy.getSpec();
    return switch (spec.source().kind()) {
      case PostgresSource source ->
          new PostgresDump(
              server(source.connection(), Credential.SOURCE),
              source.databases(),
              orElse(source.globals(), GlobalsMode.INCLUDE),
              orElse(source.dump(), DumpFormat.STREAM),
              source.include(),
              source.exclude(),
              facts(spec.verification()),
              Boolean.TRUE.equals(source.allowEmpty()));
      case VolumeSource source ->
          new FileTrees(
              source.path() == null ? trees(footing) : List.of(tree(source.path())),
              devices(footing),
              orElse(source.exclude(), List.of()),
              source.excludeIfPresent(),
              Boolean.TRUE.equals(source.allowEmpty()));
      case DockerVolumeSource source ->
          new FileTrees(
              trees(footing),
              List.of(),
              orElse(source.exclude(), List.of()),
              source.excludeIfPresent(),
              Boolean.TRUE.equals(source.allowEmpty()));
      case SupabaseSource source ->
          switch (source.kind()) {
            case SupabaseSource.SelfHosted own ->
                project(own, images(policy), spec.verification(), footing);
            case HostedSupabase hosted -> project(hosted, spec.verification());
          };
    };
  }

  /** Its files are what the Management API gives, and the worker lays them out itself. */
  private static SupabaseProject project(
      HostedSupabase source, @Nullable Verification verification) {
    var allowEmpty = Boolean.TRUE.equals(source.allowEmpty());
    var management = source.management();
    var storage = source.storage();
    return new SupabaseProject(
        new PostgresDump(
            server(source.connection(), Credential.SOURCE),
            new PostgresSource.Databases(List.of(SupabaseSource.DATABASE), null),
            // No role of the project may read them.
            GlobalsMode.WITHOUT_PASSWORDS,
            orElse(source.database().dump(), DumpFormat.STREAM),
            null,
            null,
            facts(verification),
            allowEmpty,
            new PostgresDump.Managed(
                "supabase:" + source.project(), HostedSupabase.MANAGED_SCHEMAS)),
        new FileTrees(List.of(), List.of(), List.of(), null, allowEmpty),
        null,
        List.of(),
        storage == null ? null : HOSTED_LAYOUT,
        storage == null ? 0 : orElse(storage.tolerateMissing(), 0),
        null,
        List.of(),
        new HostedProject(
            source.project(),
            management == null
                ? null
                : orElse(management.endpoint(), HostedSupabase.Management.ENDPOINT),
            storage == null
                ? null
                : new StorageEndpoint(
                    orElse(storage.endpoint(), HostedSupabase.Storage.endpoint(source.project())),
                    storage.region())));
  }

  /** The database that all services use is dumped last: what follows is as near to it as can be. */
  private static SupabaseProject project(
      SupabaseSource.SelfHosted source,
      List<ServiceImage> images,
      @Nullable Verification verification,
      Footing footing) {
    var names =
        source.databases().stream()
            .sorted(Comparator.comparing(SupabaseSource.DATABASE::equals))
            .toList();
    var allowEmpty = Boolean.TRUE.equals(source.allowEmpty());
    return new SupabaseProject(
        new PostgresDump(
            server(source.connection(), Credential.SOURCE, SupabaseSource.SUPERUSER),
            new PostgresSource.Databases(names, null),
            GlobalsMode.INCLUDE,
            source.dump(),
            null,
            null,
            facts(verification),
            allowEmpty),
        new FileTrees(
            source.places().stream().map(place -> tree(place, footing)).toList(),
            List.of(),
            List.of(),
            null,
            allowEmpty),
        source.configuration() == null ? null : source.configuration().folder(),
        mounted(source.configuration()),
        layout(source.storage()),
        source.storage() == null ? 0 : orElse(source.storage().tolerateMissing(), 0),
        bucket(source.storage()),
        images,
        null);
  }

  /** As they were found with the project; none where nobody looked. */
  private static List<ServiceImage> images(BackupPolicy policy) {
    var found = policy.getStatus() == null ? null : policy.getStatus().source();
    return found == null ? List.of() : orElse(found.images(), List.of());
  }

  private static StoreTarget.@Nullable Bucket bucket(SupabaseSource.@Nullable Storage storage) {
    var layout = layout(storage);
    return layout == null || storage == null || storage.s3() == null
        ? null
        : bucket(layout.bucket(), storage.s3());
  }

  private static StoreTarget.Bucket bucket(String name, StorageBucket where) {
    return new StoreTarget.Bucket(
        name,
        null,
        where.endpoint(),
        orElse(where.region(), "us-east-1"),
        where.forcePathStyle(),
        null);
  }

  private static @Nullable StorageLayout layout(SupabaseSource.@Nullable Storage storage) {
    return storage == null
        ? null
        : new StorageLayout(
            orElse(storage.bucket(), "stub"),
            orElse(storage.tenant(), "stub"),
            orElse(storage.versions(), StorageVersions.FOLDER));
  }

  /** Each object once: it is mounted under its name. */
  private static List<MountedConfiguration> mounted(
      SupabaseSource.@Nullable Configuration configuration) {
    return configuration == null
        ? List.of()
        : Stream.concat(
                mounted(MountedConfiguration.Kind.SECRET, configuration.secrets()),
                mounted(MountedConfiguration.Kind.CONFIG_MAP, configuration.configMaps()))
            .distinct()
            .toList();
  }

  private static Stream<MountedConfiguration> mounted(
      MountedConfiguration.Kind kind, @Nullable List<String> names) {
    return orElse(names, List.<String>of()).stream()
        .map(name -> MountedConfiguration.of(kind, name));
  }

  /** Uploads that Storage has not finished are no objects yet. */
  private static FileTrees.Tree tree(SupabaseSource.Files place, Footing footing) {
    var exclude =
        place.name().equals(SupabaseSource.STORAGE) ? List.of("multiparts/**") : List.<String>of();
    var claim = place.place().claim();
    if (claim == null) {
      return new FileTrees.Tree(place.name(), folder(place.place(), footing), exclude);
    }
    var mount = mounted(claim.name(), footing);
    return new FileTrees.Tree(
        place.name(),
        claim.subPath() == null ? mount : mount + "/" + claim.subPath(),
        exclude,
        mount);
  }

  private static String folder(FilePlace place, Footing footing) {
    return place.path() != null
        ? place.path()
        : mounted(Objects.requireNonNull(place.dockerVolume()), footing);
  }

  /** Where a claim or a volume is. */
  private static String mounted(String name, Footing footing) {
    return footing.mounts().stream()
        .filter(mount -> mount.claim().equals(name))
        .map(Footing.Mount::path)
        .findFirst()
        .orElseThrow();
  }

  /** Named by their claims or volumes. */
  private static List<FileTrees.Tree> trees(Footing footing) {
    return footing.mounts().stream()
        .filter(mount -> !mount.isDevice())
        .map(mount -> new FileTrees.Tree(mount.claim(), mount.path()))
        .toList();
  }

  private static List<FileTrees.Device> devices(Footing footing) {
    return footing.mounts().stream()
        .filter(Footing.Mount::isDevice)
        .map(mount -> new FileTrees.Device(mount.claim(), mount.path()))
        .toList();
  }

  /** Named by its folder. */
  private static FileTrees.Tree tree(String path) {
    return new FileTrees.Tree(path.substring(path.lastIndexOf('/') + 1), path);
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
            duration(verification == null ? null : verification.deadline(), "6h"),
            List.of()),
        point,
        server(policy, store),
        checks(verification),
        ChecksHash.of(checks(verification)),
        verification == null
            ? IsolationMode.AUTO
            : orElse(verification.isolation(), IsolationMode.AUTO));
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
        header(labels, MAINTAIN_DEADLINE, storeCredentials(store.getSpec())),
        repository(policy, store),
        policy.getSpec().retention(),
        verdicts,
        duration(maintenance == null ? null : maintenance.orphanAge(), "1d").toSeconds(),
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
    credentials.addAll(targetCredentials(target.connection(), Login.OF_CONTAINER));
    return new Task.Restore(
        header(labels, duration(spec.deadline(), "12h"), credentials),
        repository,
        from,
        server(target.connection(), Credential.TARGET),
        target.database(),
        orElse(spec.roles(), RolesMode.MISSING),
        orElse(spec.strategy(), RestoreStrategy.RENAME),
        existing(spec),
        effect(spec),
        spec.select() == null
            ? null
            : new PostgresSource.Selection(spec.select().schemas(), spec.select().tables()),
        spec.notAfter(),
        keepReplaced(spec).toSeconds(),
        requestUid,
        orElse(spec.acknowledge(), List.of()));
  }

  Task.DropKept dropKept(
      RunLabels labels, String requestUid, RestoreRequestSpec.PostgresTarget target, String kept) {
    return new Task.DropKept(
        header(labels, DROP_DEADLINE, targetCredentials(target.connection(), Login.OF_CONTAINER)),
        server(target.connection(), Credential.TARGET),
        target.database(),
        kept,
        requestUid);
  }

  /** To a folder of this machine, or to what is mounted of a claim. */
  Task restore(
      RunLabels labels,
      String requestUid,
      RestoreRequestSpec spec,
      RestoreRequestSpec.FilesTarget target,
      RepositoryTarget repository,
      BackupStore store,
      PointReference point,
      Footing footing) {
    var header =
        header(labels, duration(spec.deadline(), "12h"), storeCredentials(store.getSpec()));
    var mount = footing.mounts().isEmpty() ? null : footing.mounts().getFirst();
    var effect = footing.hasStandIn() ? Task.Effect.PLAN_WITHOUT_TARGET : effect(spec);
    if (mount != null && mount.isDevice()) {
      return new Task.RestoreDevice(
          header,
          repository,
          point,
          spec.source().claim(),
          mount.path(),
          existing(spec),
          effect,
          spec.notAfter(),
          requestUid,
          orElse(spec.acknowledge(), List.of()));
    }
    return new Task.RestoreFiles(
        header,
        repository,
        point,
        spec.source().tree(),
        folder(target, mount),
        spec.select() == null ? List.of() : orElse(spec.select().paths(), List.of()),
        existing(spec),
        // What the undone restore added goes too.
        spec.source().undo() != null
            ? RestoreMode.MIRROR
            : orElse(target.mode(), RestoreMode.MERGE),
        effect,
        spec.notAfter(),
        requestUid,
        orElse(spec.acknowledge(), List.of()));
  }

  /** What of it is asked for, at its places. */
  Task.RestoreSupabase restore(
      RunLabels labels,
      String requestUid,
      RestoreRequestSpec spec,
      SupabaseTarget.SelfHosted target,
      RepositoryTarget repository,
      BackupStore store,
      PointReference point,
      Footing footing) {
    var credentials = storeCredentials(store.getSpec());
    var database = spec.asksFor(SupabaseTarget.DATABASE) ? target.database() : null;
    var configuration = spec.asksFor(SupabaseTarget.CONFIGURATION) ? target.configuration() : null;
    if (database != null) {
      credentials.addAll(targetCredentials(database.connection(), Login.PASSWORD_OF_CONTAINER));
    }
    var objects = spec.asksFor(SupabaseSource.STORAGE) ? objects(target.storage()) : null;
    if (objects != null && target.storage() != null) {
      credentials.addAll(storageCredentials(target.storage().s3()));
    }
    return new Task.RestoreSupabase(
        header(labels, duration(spec.deadline(), "12h"), credentials),
        repository,
        point,
        new ProjectTarget(
            database == null
                ? null
                : server(database.connection(), Credential.TARGET, SupabaseSource.SUPERUSER),
            target.places().stream()
                .filter(place -> spec.asksFor(place.name()))
                .map(place -> new FileTrees.Tree(place.name(), folder(place.place(), footing)))
                .toList(),
            target.key() == null ? null : folder(target.key().place(), footing),
            configuration == null ? null : configuration.folder(),
            objects),
        orElse(spec.roles(), RolesMode.MISSING),
        existing(spec),
        effect(spec),
        spec.notAfter(),
        requestUid,
        orElse(spec.acknowledge(), List.of()));
  }

  /** Where Storage's objects go to a bucket. */
  private static @Nullable StorageTarget objects(SupabaseTarget.@Nullable Storage storage) {
    return storage == null || storage.s3() == null
        ? null
        : new StorageTarget(
            bucket(Objects.requireNonNull(storage.bucket()), storage.s3()),
            new StorageLayout(
                storage.bucket(),
                orElse(storage.tenant(), "stub"),
                orElse(storage.versions(), StorageVersions.FOLDER)));
  }

  /** What of it is asked for, to a project that Supabase hosts. */
  Task.RestoreHosted restore(
      RunLabels labels,
      String requestUid,
      RestoreRequestSpec spec,
      HostedSupabaseTarget target,
      RepositoryTarget repository,
      BackupStore store,
      PointReference point) {
    var credentials = storeCredentials(store.getSpec());
    var database = spec.asksFor(SupabaseTarget.DATABASE) ? target.database() : null;
    if (database != null) {
      credentials.addAll(targetCredentials(database.connection(), Login.GIVEN));
    }
    var byApi =
        target.parts().stream()
            .filter(part -> !NOT_BY_API.contains(part) && spec.asksFor(part))
            .toList();
    var management = byApi.isEmpty() ? null : target.management();
    if (management != null) {
      add(credentials, Credential.TARGET_TOKEN, management.tokenSecretRef());
    }
    var storage = spec.asksFor(SupabaseSource.STORAGE) ? target.storage() : null;
    if (storage != null) {
      credentials.add(
          new CredentialSource.Secret(
              Credential.STORAGE_S3, storage.credentials().secretRef().name(), null));
    }
    return new Task.RestoreHosted(
        header(labels, duration(spec.deadline(), "12h"), credentials),
        repository,
        point,
        new HostedTarget(
            target.project(),
            database == null ? null : server(database.connection(), Credential.TARGET),
            management == null
                ? null
                : orElse(management.endpoint(), HostedSupabase.Management.ENDPOINT),
            byApi,
            storage == null
                ? null
                : new StorageEndpoint(
                    orElse(storage.endpoint(), HostedSupabase.Storage.endpoint(target.project())),
                    storage.region())),
        orElse(spec.roles(), RolesMode.MISSING),
        effect(spec),
        spec.notAfter(),
        requestUid,
        orElse(spec.acknowledge(), List.of()));
  }

  private static String folder(
      RestoreRequestSpec.FilesTarget target, Footing.@Nullable Mount mount) {
    return mount == null && target instanceof RestoreRequestSpec.VolumeTarget volume
        ? Objects.requireNonNull(volume.path())
        : Objects.requireNonNull(mount).path();
  }

  private static Task.Existing existing(RestoreRequestSpec spec) {
    return Boolean.TRUE.equals(spec.replace()) ? Task.Existing.REPLACE : Task.Existing.REFUSE;
  }

  private static Task.Effect effect(RestoreRequestSpec spec) {
    return Boolean.TRUE.equals(spec.dryRun()) ? Task.Effect.PLAN_ONLY : Task.Effect.CARRY_OUT;
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

  static StoreTarget.Place place(BackupStoreSpec spec) {
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
      case BackupStoreSpec.Folder folder ->
          new StoreTarget.Directory(folder.path(), folder.mountPoint());
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
    var bytes = orElse(last.fileBytes(), orElse(last.sizeBytes(), 0L));
    var files = new Extent.Files(last.files(), bytes);
    return tables == null ? files : new Extent.Both(tables, files);
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
    return server(connection, role, null);
  }

  /** Of a container as this user, where it names none. */
  private static ServerReference server(
      PostgresConnection connection, Credential role, @Nullable String user) {
    var source = role == Credential.SOURCE;
    return new ServerReference(
        role,
        source ? Credential.SOURCE_PASSWORD : Credential.TARGET_PASSWORD,
        source ? Credential.SOURCE_CA : Credential.TARGET_CA,
        connection.host(),
        connection.port(),
        connection.isInContainer() && connection.user() == null ? user : connection.user(),
        connection.database(),
        connection.sslMode());
  }

  private static List<CredentialSource> storeCredentials(BackupStoreSpec spec) {
    var credentials = new ArrayList<CredentialSource>();
    add(credentials, Credential.STORE_PASSWORD, spec.encryption().passwordSecretRef());
    if (spec.place() instanceof BackupStoreSpec.S3 s3) {
      credentials.add(
          new CredentialSource.Secret(
              Credential.STORE_S3, s3.credentials().secretRef().name(), null));
      add(credentials, Credential.STORE_CA, s3.caSecretRef());
    }
    return credentials;
  }

  private static List<CredentialSource> sourceCredentials(BackupPolicySpec.SourceKind kind) {
    return switch (kind) {
      case PostgresSource source -> sourceCredentials(source.connection(), Login.OF_CONTAINER);
      case SupabaseSource source -> {
        var credentials =
            sourceCredentials(source.kind().connection(), Login.PASSWORD_OF_CONTAINER);
        switch (source.kind()) {
          case SupabaseSource.SelfHosted own ->
              credentials.addAll(
                  storageCredentials(own.storage() == null ? null : own.storage().s3()));
          case HostedSupabase hosted -> {
            if (hosted.management() != null) {
              add(credentials, Credential.SOURCE_TOKEN, hosted.management().tokenSecretRef());
            }
            if (hosted.storage() != null) {
              credentials.add(
                  new CredentialSource.Secret(
                      Credential.STORAGE_S3,
                      hosted.storage().credentials().secretRef().name(),
                      null));
            }
          }
        }
        yield credentials;
      }
      case VolumeSource _, DockerVolumeSource _ -> List.of();
    };
  }

  private static List<CredentialSource> storageCredentials(@Nullable StorageBucket bucket) {
    var credentials = new ArrayList<CredentialSource>();
    if (bucket != null) {
      credentials.add(
          new CredentialSource.Secret(
              Credential.STORAGE_S3, bucket.credentials().secretRef().name(), null));
      add(credentials, Credential.STORAGE_CA, bucket.caSecretRef());
    }
    return credentials;
  }

  private static List<CredentialSource> sourceCredentials(
      PostgresConnection connection, Login login) {
    return serverCredentials(
        connection, login, Credential.SOURCE, Credential.SOURCE_PASSWORD, Credential.SOURCE_CA);
  }

  private static List<CredentialSource> targetCredentials(
      PostgresConnection connection, Login login) {
    return serverCredentials(
        connection, login, Credential.TARGET, Credential.TARGET_PASSWORD, Credential.TARGET_CA);
  }

  /**
   * Of a server.
   *
   * @param login of a container where the connection spells out none
   */
  private static List<CredentialSource> serverCredentials(
      PostgresConnection connection,
      Login login,
      Credential whole,
      Credential password,
      Credential ca) {
    var credentials = new ArrayList<CredentialSource>();
    if (connection.secretRef() != null) {
      credentials.add(new CredentialSource.Secret(whole, connection.secretRef().name(), null));
    }
    if (connection.isInContainer()) {
      credentials.add(
          new CredentialSource.Container(
              whole,
              connection.container(),
              connection.composeService(),
              connection.user() == null ? login : Login.GIVEN));
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
      credentials.add(new CredentialSource.Secret(credential, reference.name(), reference.key()));
    }
  }

  /** How long a restore keeps the database that it replaces. */
  static Duration keepReplaced(RestoreRequestSpec spec) {
    return duration(spec.keepReplaced(), "72h");
  }

  static Duration duration(@Nullable String text, String otherwise) {
    return DurationText.parse(text == null ? otherwise : text);
  }

  static <T> T orElse(@Nullable T value, T otherwise) {
    return Objects.requireNonNullElse(value, otherwise);
  }
}
