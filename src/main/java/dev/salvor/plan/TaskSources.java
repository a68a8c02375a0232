package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.DurationText;
import dev.salvor.api.FactsMode;
import dev.salvor.api.FilePlace;
import dev.salvor.api.FoundSource;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.StorageBucket;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.Verification;
import dev.salvor.api.VolumeSource;
import dev.salvor.task.BackupSource;
import dev.salvor.task.Credential;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.FileTrees;
import dev.salvor.task.HostedProject;
import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseProject;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes out what a backup reads: of a policy and of what the host mounts. */
final class TaskSources {
  /** As Storage's file backend lays objects, where nothing else is known of one. */
  private static final StorageLayout HOSTED_LAYOUT =
      new StorageLayout("stub", "stub", StorageVersions.FOLDER);

  private static final int MOST_LEFT_OUT = 16;

  /** In letters. */
  private static final int LONGEST = 500;

  private TaskSources() {}

  static BackupSource of(BackupPolicy policy, Footing footing) {
    var spec = policy.getSpec();
    return switch (spec.source().kind()) {
      case PostgresSource source ->
          new PostgresDump(
              TaskCredentials.server(source.connection(), Credential.SOURCE),
              source.databases(),
              Defaults.orElse(source.globals(), GlobalsMode.INCLUDE),
              Defaults.orElse(source.dump(), DumpFormat.STREAM),
              source.include(),
              source.exclude(),
              facts(spec.verification()),
              Boolean.TRUE.equals(source.allowEmpty()));
      case VolumeSource source ->
          new FileTrees(
              source.path() == null ? trees(footing) : List.of(tree(source.path())),
              devices(footing),
              Defaults.orElse(source.exclude(), List.of()),
              source.excludeIfPresent(),
              Boolean.TRUE.equals(source.allowEmpty()));
      case DockerVolumeSource source ->
          new FileTrees(
              trees(footing),
              List.of(),
              Defaults.orElse(source.exclude(), List.of()),
              source.excludeIfPresent(),
              Boolean.TRUE.equals(source.allowEmpty()));
      case SupabaseSource source ->
          switch (source.kind()) {
            case SupabaseSource.SelfHosted own ->
                project(own, found(policy), spec.verification(), footing);
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
            TaskCredentials.server(source.connection(), Credential.SOURCE),
            new PostgresSource.Databases(List.of(SupabaseSource.DATABASE), null),
            // No role of the project may read them.
            GlobalsMode.WITHOUT_PASSWORDS,
            Defaults.orElse(source.database().dump(), DumpFormat.STREAM),
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
        storage == null ? 0 : Defaults.orElse(storage.tolerateMissing(), 0),
        null,
        List.of(),
        new HostedProject(
            source.project(),
            management == null
                ? null
                : Defaults.orElse(management.endpoint(), HostedSupabase.Management.ENDPOINT),
            storage == null
                ? null
                : new StorageEndpoint(
                    Defaults.orElse(
                        storage.endpoint(), HostedSupabase.Storage.endpoint(source.project())),
                    storage.region())),
        List.of());
  }

  /** The database that all services use is dumped last: what follows is as near to it as can be. */
  private static SupabaseProject project(
      SupabaseSource.SelfHosted source,
      @Nullable FoundSource found,
      @Nullable Verification verification,
      Footing footing) {
    var names =
        source.databases().stream()
            .sorted(Comparator.comparing(SupabaseSource.DATABASE::equals))
            .toList();
    var allowEmpty = Boolean.TRUE.equals(source.allowEmpty());
    return new SupabaseProject(
        new PostgresDump(
            TaskCredentials.server(
                source.connection(), Credential.SOURCE, SupabaseSource.SUPERUSER),
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
        source.storage() == null ? 0 : Defaults.orElse(source.storage().tolerateMissing(), 0),
        bucket(source.storage()),
        found == null ? List.of() : Defaults.orElse(found.images(), List.of()),
        null,
        found == null ? List.of() : leftOut(found));
  }

  /** As it was found; null: nobody looked. */
  private static @Nullable FoundSource found(BackupPolicy policy) {
    return policy.getStatus() == null ? null : policy.getStatus().source();
  }

  /** As much of it as a Task has room for. */
  private static List<String> leftOut(FoundSource found) {
    return Defaults.orElse(found.leftOut(), List.<String>of()).stream()
        .limit(MOST_LEFT_OUT)
        .map(text -> text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...")
        .toList();
  }

  private static StoreTarget.@Nullable Bucket bucket(SupabaseSource.@Nullable Storage storage) {
    var layout = layout(storage);
    return layout == null || storage == null || storage.s3() == null
        ? null
        : bucket(layout.bucket(), storage.s3());
  }

  static StoreTarget.Bucket bucket(String name, StorageBucket where) {
    return new StoreTarget.Bucket(
        name,
        null,
        where.endpoint(),
        Defaults.orElse(where.region(), "us-east-1"),
        where.forcePathStyle(),
        null);
  }

  private static @Nullable StorageLayout layout(SupabaseSource.@Nullable Storage storage) {
    return storage == null
        ? null
        : new StorageLayout(
            Defaults.orElse(storage.bucket(), "stub"),
            Defaults.orElse(storage.tenant(), "stub"),
            Defaults.orElse(storage.versions(), StorageVersions.FOLDER));
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
    return Defaults.orElse(names, List.<String>of()).stream()
        .map(name -> MountedConfiguration.of(kind, name));
  }

  /** Uploads that Storage has not finished are no objects yet. */
  private static FileTrees.Tree tree(SupabaseSource.Files place, Footing footing) {
    var exclude =
        place.name().equals(SupabaseSource.STORAGE) ? List.of("multiparts/**") : List.<String>of();
    var claim = place.place().claim();
    var folder = folder(place.place(), footing);
    return claim == null
        ? new FileTrees.Tree(place.name(), folder, exclude)
        : new FileTrees.Tree(place.name(), folder, exclude, mounted(claim.name(), footing));
  }

  static String folder(FilePlace place, Footing footing) {
    if (place.path() != null) {
      return place.path();
    }
    if (place.dockerVolume() != null) {
      return mounted(place.dockerVolume(), footing);
    }
    var claim = Objects.requireNonNull(place.claim());
    var mount = mounted(claim.name(), footing);
    return claim.subPath() == null ? mount : mount + "/" + claim.subPath();
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

  private static FactsRequest facts(@Nullable Verification verification) {
    if (verification == null) {
      return new FactsRequest(FactsMode.COUNTS, null, null);
    }
    var limit = verification.factsLimit();
    return new FactsRequest(
        Defaults.orElse(verification.facts(), FactsMode.COUNTS),
        limit == null ? null : limit.bytes(),
        limit == null || limit.time() == null
            ? null
            : DurationText.parse(limit.time()).toSeconds());
  }
}
