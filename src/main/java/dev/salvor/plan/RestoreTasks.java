package dev.salvor.plan;

import dev.salvor.api.BackupStore;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.HostedSupabaseTarget;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.RolesMode;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Header;
import dev.salvor.task.HostedTarget;
import dev.salvor.task.PointReference;
import dev.salvor.task.ProjectTarget;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StorageTarget;
import dev.salvor.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes Tasks of restores out of requests. */
final class RestoreTasks {
  /** Parts of a hosted project that the Management API does not restore. */
  private static final List<String> NOT_BY_API =
      List.of(SupabaseTarget.DATABASE, SupabaseSource.STORAGE);

  /** A drop waits for a checkpoint. */
  private static final Duration DROP_DEADLINE = Duration.ofHours(1);

  private RestoreTasks() {}

  static Task.Restore restore(
      RunLabels labels,
      String requestUid,
      RestoreRequestSpec spec,
      RestoreRequestSpec.PostgresTarget target,
      RepositoryTarget repository,
      BackupStore store,
      Task.From from) {
    var credentials = TaskCredentials.ofStore(store.getSpec());
    credentials.addAll(TaskCredentials.ofTarget(target.connection(), Login.OF_CONTAINER));
    return new Task.Restore(
        header(labels, spec, credentials),
        repository,
        from,
        TaskCredentials.server(target.connection(), Credential.TARGET),
        target.database(),
        Defaults.orElse(spec.roles(), RolesMode.MISSING),
        Defaults.orElse(spec.strategy(), RestoreStrategy.RENAME),
        existing(spec),
        effect(spec),
        spec.select() == null
            ? null
            : new PostgresSource.Selection(spec.select().schemas(), spec.select().tables()),
        spec.notAfter(),
        TaskBuilder.keepReplaced(spec).toSeconds(),
        requestUid,
        Defaults.orElse(spec.acknowledge(), List.of()));
  }

  static Task.DropKept dropKept(
      RunLabels labels, String requestUid, RestoreRequestSpec.PostgresTarget target, String kept) {
    return new Task.DropKept(
        TaskBuilder.header(
            labels,
            DROP_DEADLINE,
            TaskCredentials.ofTarget(target.connection(), Login.OF_CONTAINER)),
        TaskCredentials.server(target.connection(), Credential.TARGET),
        target.database(),
        kept,
        requestUid);
  }

  /** To a folder of this machine, or to what is mounted of a claim. */
  static Task restore(
      RunLabels labels,
      String requestUid,
      RestoreRequestSpec spec,
      RestoreRequestSpec.FilesTarget target,
      RepositoryTarget repository,
      BackupStore store,
      PointReference point,
      Footing footing) {
    var header = header(labels, spec, TaskCredentials.ofStore(store.getSpec()));
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
          Defaults.orElse(spec.acknowledge(), List.of()));
    }
    return new Task.RestoreFiles(
        header,
        repository,
        point,
        spec.source().tree(),
        folder(target, mount),
        paths(spec),
        existing(spec),
        // What the undone restore added goes too.
        spec.source().undo() != null
            ? RestoreMode.MIRROR
            : Defaults.orElse(target.mode(), RestoreMode.MERGE),
        effect,
        spec.notAfter(),
        requestUid,
        Defaults.orElse(spec.acknowledge(), List.of()));
  }

  /** What of it is asked for, at its places. */
  static Task.RestoreSupabase restore(
      RunLabels labels,
      String requestUid,
      RestoreRequestSpec spec,
      SupabaseTarget.SelfHosted target,
      RepositoryTarget repository,
      BackupStore store,
      PointReference point,
      Footing footing) {
    var database = asked(spec, SupabaseTarget.DATABASE, target.database());
    var configuration = asked(spec, SupabaseTarget.CONFIGURATION, target.configuration());
    var credentials = credentials(store, database, Login.PASSWORD_OF_CONTAINER);
    var objects = asked(spec, SupabaseSource.STORAGE, objects(target.storage(), paths(spec)));
    if (objects != null && target.storage() != null) {
      credentials.addAll(TaskCredentials.ofStorage(target.storage().s3()));
    }
    return new Task.RestoreSupabase(
        header(labels, spec, credentials),
        repository,
        point,
        new ProjectTarget(
            database == null
                ? null
                : TaskCredentials.server(
                    database.connection(), Credential.TARGET, SupabaseSource.SUPERUSER),
            target.places().stream()
                .filter(place -> spec.asksFor(place.name()))
                .map(
                    place ->
                        new FileTrees.Tree(
                            place.name(), TaskSources.folder(place.place(), footing)))
                .toList(),
            target.key() == null ? null : TaskSources.folder(target.key().place(), footing),
            configuration == null ? null : configuration.folder(),
            objects),
        Defaults.orElse(spec.roles(), RolesMode.MISSING),
        existing(spec),
        effect(spec),
        spec.notAfter(),
        requestUid,
        Defaults.orElse(spec.acknowledge(), List.of()),
        target.stopsServices());
  }

  /** Where Storage's objects go to a bucket. */
  private static @Nullable StorageTarget objects(
      SupabaseTarget.@Nullable Storage storage, List<String> only) {
    return storage == null || storage.s3() == null
        ? null
        : new StorageTarget(
            TaskSources.bucket(Objects.requireNonNull(storage.bucket()), storage.s3()),
            new StorageLayout(
                storage.bucket(),
                Defaults.orElse(storage.tenant(), "stub"),
                Defaults.orElse(storage.versions(), StorageVersions.FOLDER)),
            only);
  }

  /** What of it is asked for, to a project that Supabase hosts. */
  static Task.RestoreHosted restore(
      RunLabels labels,
      String requestUid,
      RestoreRequestSpec spec,
      HostedSupabaseTarget target,
      RepositoryTarget repository,
      BackupStore store,
      PointReference point) {
    var database = asked(spec, SupabaseTarget.DATABASE, target.database());
    var credentials = credentials(store, database, Login.GIVEN);
    var byApi =
        target.parts().stream()
            .filter(part -> !NOT_BY_API.contains(part) && spec.asksFor(part))
            .toList();
    var management = byApi.isEmpty() ? null : target.management();
    if (management != null) {
      TaskCredentials.add(credentials, Credential.TARGET_TOKEN, management.tokenSecretRef());
    }
    var storage = asked(spec, SupabaseSource.STORAGE, target.storage());
    if (storage != null) {
      credentials.add(TaskCredentials.keys(Credential.STORAGE_S3, storage.credentials()));
    }
    return new Task.RestoreHosted(
        header(labels, spec, credentials),
        repository,
        point,
        new HostedTarget(
            target.project(),
            database == null
                ? null
                : TaskCredentials.server(database.connection(), Credential.TARGET),
            management == null
                ? null
                : Defaults.orElse(management.endpoint(), HostedSupabase.Management.ENDPOINT),
            byApi,
            storage == null
                ? null
                : new StorageEndpoint(
                    Defaults.orElse(
                        storage.endpoint(), HostedSupabase.Storage.endpoint(target.project())),
                    storage.region())),
        Defaults.orElse(spec.roles(), RolesMode.MISSING),
        effect(spec),
        spec.notAfter(),
        requestUid,
        Defaults.orElse(spec.acknowledge(), List.of()));
  }

  private static <T> @Nullable T asked(RestoreRequestSpec spec, String part, @Nullable T ofTarget) {
    return spec.asksFor(part) ? ofTarget : null;
  }

  /** Those of the store, and of the database if that is restored. */
  private static List<CredentialSource> credentials(
      BackupStore store, SupabaseTarget.@Nullable Database database, Login login) {
    var credentials = TaskCredentials.ofStore(store.getSpec());
    if (database != null) {
      credentials.addAll(TaskCredentials.ofTarget(database.connection(), login));
    }
    return credentials;
  }

  private static Header header(
      RunLabels labels, RestoreRequestSpec spec, List<CredentialSource> credentials) {
    return TaskBuilder.header(labels, Defaults.duration(spec.deadline(), "12h"), credentials);
  }

  private static String folder(
      RestoreRequestSpec.FilesTarget target, Footing.@Nullable Mount mount) {
    return mount == null && target instanceof RestoreRequestSpec.VolumeTarget volume
        ? Objects.requireNonNull(volume.path())
        : Objects.requireNonNull(mount).path();
  }

  private static List<String> paths(RestoreRequestSpec spec) {
    return spec.select() == null ? List.of() : Defaults.orElse(spec.select().paths(), List.of());
  }

  private static Task.Existing existing(RestoreRequestSpec spec) {
    return Boolean.TRUE.equals(spec.replace()) ? Task.Existing.REPLACE : Task.Existing.REFUSE;
  }

  private static Task.Effect effect(RestoreRequestSpec spec) {
    return Boolean.TRUE.equals(spec.dryRun()) ? Task.Effect.PLAN_ONLY : Task.Effect.CARRY_OUT;
  }
}
