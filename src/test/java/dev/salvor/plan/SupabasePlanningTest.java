package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.ComposeService;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.HostedPoint;
import dev.salvor.api.StorageObjects;
import dev.salvor.api.StorageVersions;
import dev.salvor.plan.DockerView.Seen;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.DockerView.Volume;
import dev.salvor.task.Baseline;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import dev.salvor.task.Extent;
import dev.salvor.task.FileTrees.Tree;
import dev.salvor.task.HostedProject;
import dev.salvor.task.Step;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskResult;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a policy that keeps a Supabase asks its worker for. */
class SupabasePlanningTest {
  private static final String PROJECT =
      """
      source:
        supabase:
          selfHosted:
            database:
              connection: {composeService: {project: supabase, service: db}}
              names: [postgres, _supabase]
            storage: {place: {path: /srv/supabase/volumes/storage}, tenant: t, tolerateMissing: 7}
            key: {place: {dockerVolume: supabase_db-config}}
            files: [{name: functions, place: {path: /srv/supabase/volumes/functions}}]
            configuration: {folder: /srv/supabase}
      storeRef: {name: offsite}
      schedule: {cron: "0 2 * * *"}
      """;

  private final PlannedHost host = new PlannedHost(PlannedHost.spec(PROJECT));

  private static Seen docker(String name) {
    return new Seen(
        "/var/lib/docker/volumes",
        List.of(
            new Volume(name, "local", Map.of(), Map.of(), "/d/" + name, Sight.SEEN, List.of("db"))),
        List.of());
  }

  private Task.Backup due(String time) {
    host.at(time).look();
    return (Task.Backup) host.task(host.running(Purpose.BACKUP).orElseThrow());
  }

  @Test
  void theDatabaseOfAllServicesIsDumpedLastAndEachPlaceIsATree() {
    host.docker = docker("supabase_db-config");
    host.contacted();

    var task = due("2026-11-22T02:00:00Z");

    var project = (SupabaseProject) task.source();
    assertThat(project.dump().databases().names()).containsExactly("_supabase", "postgres");
    assertThat(project.dump().globals()).isEqualTo(GlobalsMode.INCLUDE);
    assertThat(project.dump().server().user()).isEqualTo("supabase_admin");
    assertThat(project.trees().trees())
        .containsExactly(
            new Tree("storage", "/srv/supabase/volumes/storage", List.of("multiparts/**")),
            new Tree("key", "/d/supabase_db-config"),
            new Tree("functions", "/srv/supabase/volumes/functions"));
    assertThat(project.configuration()).isEqualTo("/srv/supabase");
    assertThat(project.layout()).isEqualTo(new StorageLayout("stub", "t", StorageVersions.FOLDER));
    assertThat(project.tolerateMissing()).isEqualTo(7);
    assertThat(task.header().credentials())
        .contains(
            new CredentialSource.Container(
                Credential.SOURCE,
                null,
                new ComposeService("supabase", "db"),
                Login.PASSWORD_OF_CONTAINER));
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
  }

  private static Task.Backup hosted(String more, HostKind kind) {
    var hosted =
        new PlannedHost(
            PlannedHost.spec(
                """
                source:
                  supabase:
                    hosted:
                      project: abcdefghijklmnopqrst
                      database: {connection: {secretRef: {name: project-db}}}
                      %s
                storeRef: {name: offsite}
                schedule: {cron: "0 2 * * *"}
                """
                    .formatted(more)));
    var labels =
        DueWork.labels(
            hosted.policy,
            hosted.store,
            Purpose.BACKUP,
            new RunNames.Cause.Scheduled(hosted.now),
            null,
            hosted.now,
            1);
    assertThat(Acceptance.elsewhere(hosted.policy.getSpec(), kind)).isEmpty();
    var task =
        new TaskBuilder(kind, "cluster").backup(labels, hosted.policy, hosted.store, Footing.PLAIN);
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
    return task;
  }

  @Test
  void ofAHostedProjectNothingIsAskedThatNobodyThereMayDo() {
    for (var kind : HostKind.values()) {
      var task = hosted("management: {tokenSecretRef: {name: project-token, key: token}}", kind);

      var project = (SupabaseProject) task.source();
      assertThat(project.hosted())
          .isEqualTo(new HostedProject("abcdefghijklmnopqrst", "https://api.supabase.com", null));
      assertThat(project.dump().databases().names()).containsExactly("postgres");
      assertThat(project.dump().globals()).isEqualTo(GlobalsMode.WITHOUT_PASSWORDS);
      var managed = Objects.requireNonNull(project.dump().managed());
      assertThat(managed.lineage()).isEqualTo("supabase:abcdefghijklmnopqrst");
      assertThat(managed.schemas()).contains("vault", "storage").doesNotContain("public");
      assertThat(project.trees().trees()).isEmpty();
      assertThat(task.header().credentials())
          .contains(
              new CredentialSource.Secret(Credential.SOURCE, "project-db", null),
              new CredentialSource.Secret(Credential.SOURCE_TOKEN, "project-token", "token"));
    }
  }

  @Test
  void aHostedProjectWithoutManagementIsNotAskedForMore() {
    var task = hosted("allowEmpty: true", HostKind.ONE_MACHINE);

    var project = (SupabaseProject) task.source();
    assertThat(project.hosted()).isEqualTo(new HostedProject("abcdefghijklmnopqrst", null, null));
    assertThat(project.dump().allowEmpty()).isTrue();
    assertThat(task.header().credentials())
        .extracting(CredentialSource::credential)
        .doesNotContain(Credential.SOURCE_TOKEN);
  }

  @Test
  void objectsOfAHostedProjectAreFetchedWhereItsProjectHasThem() {
    var task =
        hosted(
            "storage: {region: eu-central-1, credentials: {secretRef: {name: keys}},"
                + " tolerateMissing: 4}",
            HostKind.ONE_MACHINE);

    var project = (SupabaseProject) task.source();
    assertThat(project.hosted())
        .isEqualTo(
            new HostedProject(
                "abcdefghijklmnopqrst",
                null,
                new StorageEndpoint(
                    "https://abcdefghijklmnopqrst.storage.supabase.co/storage/v1/s3",
                    "eu-central-1")));
    assertThat(project.stagesObjects()).isTrue();
    assertThat(project.layout())
        .isEqualTo(new StorageLayout("stub", "stub", StorageVersions.FOLDER));
    assertThat(project.tolerateMissing()).isEqualTo(4);
    assertThat(task.header().credentials())
        .contains(new CredentialSource.Secret(Credential.STORAGE_S3, "keys", null));
  }

  /** Which is no tree of this host's. */
  @Test
  void aBucketIsFetchedFromByKeysOfItsOwn() {
    var host =
        new PlannedHost(
            PlannedHost.spec(
                PROJECT
                    .replace(
                        "place: {path: /srv/supabase/volumes/storage}",
                        "s3: {endpoint: 'http://minio:9000', credentials: {secretRef: {name:"
                            + " keys}}, caSecretRef: {name: ca, key: pem}}, bucket: objects")
                    .replace("{dockerVolume: supabase_db-config}", "{path: /srv/key}")));
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();

    var task = (Task.Backup) host.task(host.running(Purpose.BACKUP).orElseThrow());

    var project = (SupabaseProject) task.source();
    assertThat(project.bucket())
        .isEqualTo(
            new StoreTarget.Bucket("objects", null, "http://minio:9000", "us-east-1", null, null));
    assertThat(project.layout())
        .isEqualTo(new StorageLayout("objects", "t", StorageVersions.FOLDER));
    assertThat(project.trees().trees()).extracting(Tree::name).containsExactly("key", "functions");
    assertThat(task.header().credentials())
        .contains(
            new CredentialSource.Secret(Credential.STORAGE_S3, "keys", null),
            new CredentialSource.Secret(Credential.STORAGE_CA, "ca", "pem"));
    assertThat(task.steps()).containsSubsequence(Step.GLOBALS, Step.FETCH, Step.NOTE);
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
  }

  @Test
  void aVolumeThatIsNotThereIsSaid() {
    host.docker = docker("another");
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.running(Purpose.BACKUP)).isEmpty();
    assertThat(host.says(Conditions.READY)).isEqualTo("Unknown VolumeNotFound");
  }

  /** Both halves are held against the last point. */
  @Test
  void theNextPointIsHeldAgainstTheTablesAndTheFilesOfTheLast() {
    host.docker = docker("supabase_db-config");
    host.contacted();
    due("2026-11-22T02:00:00Z");
    var extent = new Extent.Both(new Extent.Tables(40, 9000L), new Extent.Files(12, 3000));
    host.end(
        Purpose.BACKUP,
        new TaskResult.BackedUp(
            "20261122t020000z-aaaaaa",
            "m",
            Instant.parse("2026-11-22T02:00:01Z"),
            true,
            50_000,
            1,
            extent,
            "731",
            "r",
            "s",
            "127.0.0.1:5432",
            170_006,
            new StorageObjects(8, 0, 1, 2),
            new HostedPoint(Instant.EPOCH, List.of("a"))));
    host.look();

    assertThat(host.lastSuccess().objects()).isEqualTo(new StorageObjects(8, 0, 1, 2));
    assertThat(host.lastSuccess().hosted()).isEqualTo(new HostedPoint(Instant.EPOCH, List.of("a")));
    assertThat(due("2026-11-23T02:00:00Z").baseline())
        .isEqualTo(new Baseline("20261122t020000z-aaaaaa", extent, "731"));
  }

  @Test
  void itIsProvenInAServer() {
    host.docker = docker("supabase_db-config");
    var point = new dev.salvor.task.PointReference("20261122t020000z-aaaaaa", null);
    var labels =
        DueWork.labels(
            host.policy,
            host.store,
            Purpose.VERIFY,
            new RunNames.Cause.Scheduled(host.now),
            null,
            host.now,
            1);

    assertThat(
            new TaskBuilder(HostKind.ONE_MACHINE, "cluster")
                .compare(labels, host.policy, host.store, point)
                .server())
        .isEqualTo(new Task.Initdb());
  }

  /** A Task is an environment variable. */
  @Test
  void theLargestProjectFits() {
    var folder = "/" + "\uD83D\uDEDF".repeat(509);
    var files =
        IntStream.range(0, 16)
            .mapToObj(n -> "{name: f%d, place: {path: %s%d}}".formatted(n, folder, n))
            .collect(Collectors.joining(", "));
    var large =
        new PlannedHost(
            PlannedHost.spec(
                PROJECT.replace(
                    "[{name: functions, place: {path: /srv/supabase/volumes/functions}}]",
                    "[" + files + "]")));
    large.docker = docker("supabase_db-config");
    large.contacted();
    large.at("2026-11-22T02:00:00Z").look();

    assertThat(large.running(Purpose.BACKUP)).isPresent();
  }
}
