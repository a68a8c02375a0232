package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Condition;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.RecoveryPoint;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.FileTrees;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StorageTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a RestoreRequest, told as a host lives it. */
class RestoreRequestPlannerTest {
  private static final String POLICY =
      """
      source: {postgres: {connection: {secretRef: {name: db}}, databases: {names: [shop]}}}
      storeRef: {name: offsite}
      """;
  private static final String IN_PLACE =
      """
      target: {postgres: {connection: {secretRef: {name: admin}}, database: shop}}
      replace: true
      notAfter: "2026-11-22T18:00:00Z"
      """;

  private final PlannedHost policies = new PlannedHost(PlannedHost.spec(POLICY));
  private final RestoreRequest request = new RestoreRequest();
  private final Map<String, RunView> runs = new LinkedHashMap<>();
  private final List<Launch> launches = new ArrayList<>();
  private @Nullable RestoreRequest undone;
  private Instant now = Instant.parse("2026-11-22T17:00:00Z");

  @BeforeEach
  void aPolicyWithThreePoints() {
    policies.contacted();
    for (var day : List.of("20", "21", "22")) {
      policies.at("2026-11-" + day + "T02:00:00Z");
      var labels =
          DueWork.labels(
              policies.policy,
              policies.store,
              Purpose.BACKUP,
              new RunNames.Cause.Scheduled(policies.now),
              null,
              policies.now,
              1);
      policies.launch(new Launch(labels, List.of()));
      policies.end(Purpose.BACKUP, policies.backedUp("202611" + day + "t020000z-aaaaaa"));
      policies.look();
    }
  }

  private void request(String source, String rest) {
    try {
      request.setSpec(
          Json.yaml().readValue("source: " + source + "\n" + rest, RestoreRequestSpec.class));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
    request.setMetadata(
        new ObjectMetaBuilder()
            .withName("back")
            .withNamespace("shop")
            .withUid("33333333-3333-3333-3333-333333333333")
            .withGeneration(1L)
            .withCreationTimestamp("2026-11-22T17:00:00Z")
            .build());
  }

  @Test
  void aFolderIsRestoredToAsItIsAsked() {
    request(
        "{policyRef: {name: shop-db}, latest: {}}",
        """
        target: {volume: {path: /srv/copy, mode: Mirror}}
        select: {paths: [a, b/c]}
        replace: true
        notAfter: 2026-11-23T00:00:00Z
        acknowledge: [in-use-abcdefgh]
        """);
    look();
    look();

    var task = (Task.RestoreFiles) launches.getLast().tasks().getFirst();
    assertThat(task.folder()).isEqualTo("/srv/copy");
    assertThat(task.mode()).isEqualTo(RestoreMode.MIRROR);
    assertThat(task.select()).containsExactly("a", "b/c");
    assertThat(task.existing()).isEqualTo(Task.Existing.REPLACE);
    assertThat(task.effect()).isEqualTo(Task.Effect.CARRY_OUT);
    assertThat(task.requestUid()).isEqualTo("33333333-3333-3333-3333-333333333333");
    assertThat(task.acknowledge()).containsExactly("in-use-abcdefgh");
    assertThat(task.header().credentials())
        .extracting(CredentialSource::credential)
        .containsExactly(Credential.STORE_PASSWORD);
  }

  @Test
  void aDockerVolumeIsRestoredToInItsFolder() {
    policies.docker =
        new DockerView.Seen(
            "/docker/volumes",
            List.of(
                new DockerView.Volume(
                    "copy",
                    "local",
                    Map.of(),
                    Map.of(),
                    "/docker/volumes/copy/_data",
                    DockerView.Sight.SEEN,
                    List.of())),
            List.of());
    request(
        "{policyRef: {name: shop-db}, latest: {}, dockerVolume: shop_uploads}",
        "target: {dockerVolume: {name: copy}}");
    look();
    look();

    var task = (Task.RestoreFiles) launches.getLast().tasks().getFirst();
    assertThat(task.folder()).isEqualTo("/docker/volumes/copy/_data");
    assertThat(task.tree()).isEqualTo("shop_uploads");
    assertThat(task.mode()).isEqualTo(RestoreMode.MERGE);
  }

  @Test
  void aDockerVolumeIsNoTargetInACluster() {
    policies.kind = HostKind.KUBERNETES;
    request("{policyRef: {name: shop-db}, latest: {}}", "target: {dockerVolume: {name: copy}}");

    assertThat(Objects.requireNonNull(look().failure()).reason())
        .isEqualTo(Reason.NOT_ON_THIS_HOST);
    assertThat(launches).isEmpty();
  }

  private static final String PROJECT =
      """
      target:
        supabase:
          selfHosted:
            database: {connection: {container: db}}
            storage: {place: {dockerVolume: storage}}
            key: {place: {dockerVolume: key}}
            files: [{name: functions, place: {path: /srv/functions}}]
            configuration: {folder: /root/recovered}
      """;

  private static DockerView.Volume volume(String name, String... users) {
    return new DockerView.Volume(
        name, "local", Map.of(), Map.of(), "/d/" + name, DockerView.Sight.SEEN, List.of(users));
  }

  /** Its key is looked at beside the server that uses it; nothing else may be in use. */
  @Test
  void aProjectIsRestoredToItsPlaces() {
    policies.docker =
        new DockerView.Seen("/d", List.of(volume("storage"), volume("key", "db")), List.of());
    request("{policyRef: {name: shop-db}, latest: {}}", PROJECT);
    look();
    look();

    var task = (Task.RestoreSupabase) launches.getLast().tasks().getFirst();
    assertThat(task.target().trees())
        .containsExactly(
            new FileTrees.Tree("storage", "/d/storage"),
            new FileTrees.Tree("functions", "/srv/functions"));
    assertThat(task.target().key()).isEqualTo("/d/key");
    assertThat(task.target().configuration()).isEqualTo("/root/recovered");
    assertThat(Objects.requireNonNull(task.target().server()).user()).isEqualTo("supabase_admin");
    assertThat(task.header().credentials())
        .contains(
            new CredentialSource.Container(
                Credential.TARGET, "db", null, CredentialSource.Login.PASSWORD_OF_CONTAINER));
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
  }

  @Test
  void ofAProjectOnlyThePartsThatAreAskedForAreRestored() {
    policies.docker = new DockerView.Seen("/d", List.of(volume("key", "db")), List.of());
    request("{policyRef: {name: shop-db}, latest: {}}", PROJECT + "select: {parts: [functions]}\n");
    look();
    look();

    var task = (Task.RestoreSupabase) launches.getLast().tasks().getFirst();
    assertThat(task.target().server()).isNull();
    assertThat(task.target().trees())
        .containsExactly(new FileTrees.Tree("functions", "/srv/functions"));
    assertThat(task.target().configuration()).isNull();
    assertThat(task.header().credentials())
        .extracting(CredentialSource::credential)
        .containsExactly(Credential.STORE_PASSWORD);
  }

  private static final String BUCKET =
      """
      target:
        supabase:
          selfHosted:
            storage:
              s3:
                endpoint: http://127.0.0.1:9000
                credentials: {secretRef: {name: keys}}
                caSecretRef: {name: ca, key: ca.crt}
              bucket: files
              tenant: acme
              versions: Suffix
            files: [{name: functions, place: {path: /srv/functions}}]
      """;

  @Test
  void storageIsRestoredToItsBucketWithItsKeys() {
    request("{policyRef: {name: shop-db}, latest: {}}", BUCKET);
    look();
    look();

    var task = (Task.RestoreSupabase) launches.getLast().tasks().getFirst();
    assertThat(task.target().objects())
        .isEqualTo(
            new StorageTarget(
                new StoreTarget.Bucket(
                    "files", null, "http://127.0.0.1:9000", "us-east-1", null, null),
                new StorageLayout("files", "acme", StorageVersions.SUFFIX)));
    assertThat(task.target().trees())
        .containsExactly(new FileTrees.Tree("functions", "/srv/functions"));
    assertThat(task.header().credentials())
        .contains(
            new CredentialSource.Secret(Credential.STORAGE_S3, "keys", null),
            new CredentialSource.Secret(Credential.STORAGE_CA, "ca", "ca.crt"));
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
  }

  @Test
  void someObjectsOfStorageAreNamed() {
    request(
        "{policyRef: {name: shop-db}, latest: {}}",
        BUCKET + "select: {parts: [storage], paths: [avatars, docs/2026]}\n");
    look();
    look();

    var task = (Task.RestoreSupabase) launches.getLast().tasks().getFirst();
    assertThat(Objects.requireNonNull(task.target().objects()).only())
        .containsExactly("avatars", "docs/2026");
    assertThat(task.target().trees()).isEmpty();
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
  }

  @Test
  void aBucketThatIsNotAskedForIsNeitherWrittenNorAreItsKeysHandedOut() {
    request("{policyRef: {name: shop-db}, latest: {}}", BUCKET + "select: {parts: [functions]}\n");
    look();
    look();

    var task = (Task.RestoreSupabase) launches.getLast().tasks().getFirst();
    assertThat(task.target().objects()).isNull();
    assertThat(task.header().credentials())
        .extracting(CredentialSource::credential)
        .containsExactly(Credential.STORE_PASSWORD);
  }

  @Test
  void aPartWithoutAPlaceIsRefused() {
    request("{policyRef: {name: shop-db}, latest: {}}", PROJECT + "select: {parts: [snippets]}\n");

    assertThat(ready()).isEqualTo("False InvalidSpec");
    assertThat(launches).isEmpty();
  }

  private static final String HOSTED =
      """
      target:
        supabase:
          hosted:
            project: zyxwvutsrqponmlkjihg
            database: {connection: {secretRef: {name: new-db}}}
            management: {tokenSecretRef: {name: token, key: t}}
      """;

  @Test
  void aHostedProjectIsRestoredTo() {
    var task = hosted("");

    assertThat(task.target().project()).isEqualTo("zyxwvutsrqponmlkjihg");
    assertThat(task.target().endpoint()).isEqualTo("https://api.supabase.com");
    assertThat(task.target().byApi()).containsExactly("functions", "configuration");
    assertThat(task.target().storage()).isNull();
    assertThat(task.header().credentials())
        .contains(
            new CredentialSource.Secret(Credential.TARGET, "new-db", null),
            new CredentialSource.Secret(Credential.TARGET_TOKEN, "token", "t"));
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
  }

  private Task.RestoreHosted hosted(String select) {
    request("{policyRef: {name: shop-db}, latest: {}}", HOSTED + select);
    look();
    look();
    return (Task.RestoreHosted) launches.getLast().tasks().getFirst();
  }

  @Test
  void ofAHostedProjectTheDatabaseAloneNeedsNoToken() {
    var task = hosted("select: {parts: [database]}\n");

    assertThat(task.target().endpoint()).isNull();
    assertThat(task.header().credentials())
        .extracting(CredentialSource::credential)
        .containsExactly(Credential.STORE_PASSWORD, Credential.TARGET);
  }

  @Test
  void ofAHostedProjectFunctionsAloneNeedNoDatabase() {
    var task = hosted("select: {parts: [functions]}\n");

    assertThat(task.target().server()).isNull();
    assertThat(task.target().byApi()).containsExactly("functions");
  }

  @Test
  void objectsOfAHostedProjectGoByItsOwnKeys() {
    request(
        "{policyRef: {name: shop-db}, latest: {}}",
        HOSTED.replace(
                "management:",
                "storage: {region: eu-west-1, credentials: {secretRef: {name: keys}}}\n"
                    + "      management:")
            + "select: {parts: [storage]}\n");
    look();
    look();
    var task = (Task.RestoreHosted) launches.getLast().tasks().getFirst();

    assertThat(task.target().storage())
        .isEqualTo(
            new StorageEndpoint(
                "https://zyxwvutsrqponmlkjihg.storage.supabase.co/storage/v1/s3", "eu-west-1"));
    assertThat(task.target().server()).isNull();
    assertThat(task.target().byApi()).isEmpty();
    assertThat(task.target().endpoint()).isNull();
    assertThat(task.header().credentials())
        .containsExactly(
            task.header().credentials().getFirst(),
            new CredentialSource.Secret(Credential.STORAGE_S3, "keys", null));
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
  }

  @Test
  void objectsOfAHostedProjectNeedAPlace() {
    request("{policyRef: {name: shop-db}, latest: {}}", HOSTED + "select: {parts: [storage]}\n");

    assertThat(ready()).isEqualTo("False InvalidSpec");
  }

  private static final String FOLDERS =
      """
      target:
        supabase:
          selfHosted:
            storage: {place: {path: /srv/project/storage/}}
            files: [{name: functions, place: {path: /srv/functions}}]
      """;

  private static DockerView.Volume folder(String path, String... users) {
    return new DockerView.Volume(
        BindMounts.name(path),
        "local",
        Map.of(),
        Map.of(),
        path,
        DockerView.Sight.SEEN,
        List.of(users));
  }

  /** Whoever mounts it, what is in it or what it is in. */
  @Test
  void aFolderOfAProjectThatContainersUseIsNotRestoredTo() {
    policies.docker =
        new DockerView.Seen(
            "/d",
            List.of(folder("/srv/project", "storage-1"), folder("/srv/functions/a", "edge")),
            List.of());
    request("{policyRef: {name: shop-db}, latest: {}}", FOLDERS);
    assertThat(RestoreClaim.isOfDocker(request)).isTrue();
    look();

    var failure = Objects.requireNonNull(look().failure());
    assertThat(failure.reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(failure.message())
        .contains(
            "Folder /srv/project/storage is in use by container storage-1: let them be stopped"
                + " (stopConsumers)")
        .contains("Folder /srv/functions is in use by container edge");
    assertThat(launches).isEmpty();
  }

  @Test
  void aFolderOfAProjectThatContainersMayUseIsWatched() {
    policies.docker = new DockerView.Seen("/d", List.of(folder("/srv/project")), List.of());
    request("{policyRef: {name: shop-db}, latest: {}}", FOLDERS);
    look();
    look();

    assertThat(launches.getLast().footing().hold())
        .isEqualTo(ContainerHold.ofUnused(List.of("bind_srv_project_storage", "bind_srv_project")));
  }

  /** They are to be had without it. */
  @Test
  void foldersOfAProjectNeedNoDocker() {
    policies.docker = new DockerView.Unreachable("No socket.");
    request("{policyRef: {name: shop-db}, latest: {}}", FOLDERS);
    look();
    look();

    assertThat(launches.getLast().footing().hold()).isNull();
  }

  /** All of them at once. */
  @Test
  void volumesOfAProjectThatCannotBeWrittenAreToldTogether() {
    policies.docker =
        new DockerView.Seen("/d", List.of(volume("storage", "storage-1", "imgproxy")), List.of());
    request("{policyRef: {name: shop-db}, latest: {}}", PROJECT);
    look();

    var failure = Objects.requireNonNull(look().failure());
    assertThat(failure.reason()).isEqualTo(Reason.VOLUME_NOT_FOUND);
    assertThat(failure.message())
        .startsWith("2 things stand in the way.")
        .contains("storage-1, imgproxy: let them be stopped (stopConsumers)")
        .contains("no volume 'key'");
    assertThat(launches).isEmpty();
  }

  @Test
  void aProjectIsNoTargetInACluster() {
    policies.kind = HostKind.KUBERNETES;
    request("{policyRef: {name: shop-db}, latest: {}}", PROJECT);

    assertThat(ready()).isEqualTo("False NotOnThisHost");
    assertThat(launches).isEmpty();
  }

  /** A folder of a cluster would be that of whatever node. */
  @Test
  void aFolderIsNoTargetInACluster() {
    policies.kind = HostKind.KUBERNETES;
    request("{policyRef: {name: shop-db}, latest: {}}", "target: {volume: {path: /srv/copy}}");

    assertThat(Objects.requireNonNull(look().failure()).reason())
        .isEqualTo(Reason.NOT_ON_THIS_HOST);
    assertThat(launches).isEmpty();
  }

  private RestoreRequestStatus look() {
    var decision = RestoreRequestPlanner.decide(observed());
    for (var launch : decision.launches()) {
      var run =
          new RunView(launch.labels(), RunView.State.RUNNING, now, null, List.of(), null, null);
      if (runs.putIfAbsent(launch.labels().name(), run) == null) {
        launches.add(launch);
      }
    }
    request.setStatus(decision.status());
    return decision.status();
  }

  private RestoreRequestObserved observed() {
    return new RestoreRequestObserved(
        request,
        policies.policy,
        policies.store,
        undone,
        List.of(),
        List.copyOf(runs.values()),
        policies.claims,
        policies.docker,
        policies.kind,
        "cluster",
        now);
  }

  private void succeed(TaskResult... results) {
    end(
        Stream.of(results)
            .map(result -> report(TaskReport.Outcome.SUCCEEDED, null, result))
            .toList());
  }

  private void fail(Reason reason) {
    fail(reason, null);
  }

  private void fail(Reason reason, @Nullable TaskResult result) {
    end(List.of(report(TaskReport.Outcome.FAILED, reason.failure("because"), result)));
  }

  private TaskReport report(
      TaskReport.Outcome outcome, @Nullable Failure failure, @Nullable TaskResult result) {
    return new TaskReport("run", outcome, now, now, failure, null, result);
  }

  private void end(List<TaskReport> reports) {
    var run = runs.values().stream().filter(one -> !one.hasEnded()).findFirst().orElseThrow();
    runs.put(
        run.labels().name(),
        new RunView(run.labels(), RunView.State.ENDED, run.created(), now, reports, null, null));
  }

  private static TaskResult restored() {
    return new TaskResult.Restored(
        List.of("restore beside", "switch"),
        null,
        1000,
        "shop__salvor_kept_abcdefgh_2026112518",
        null,
        VerdictOutcome.VERIFIED,
        "100 %");
  }

  private String ready() {
    return Conditions.find(look().conditions(), Conditions.READY)
        .map(ready -> ready.status() + " " + ready.reason())
        .orElseThrow();
  }

  private Task.Restore launched() {
    return (Task.Restore) launches.getLast().tasks().getFirst();
  }

  @Test
  void thePointIsPinnedBeforeAnythingIsLaunched() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);

    var first = look();

    assertThat(Objects.requireNonNull(first.resolved()).recoveryPoint())
        .isEqualTo("20261122t020000z-aaaaaa");
    assertThat(launches).isEmpty();
    look();
    assertThat(((Task.FromPoint) launched().from()).point().id())
        .isEqualTo("20261122t020000z-aaaaaa");
    assertThat(launched().existing()).isEqualTo(Task.Existing.REPLACE);
  }

  @Test
  void aRestoreThatIsDoneSaysHowToTakeItBackAndIsNeverJudgedAgain() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    succeed(restored());

    assertThat(ready()).isEqualTo("True Succeeded");
    var undo = Objects.requireNonNull(Objects.requireNonNull(request.getStatus()).undo());
    assertThat(undo.keptDatabase()).isEqualTo("shop__salvor_kept_abcdefgh_2026112518");
    assertThat(undo.keptUntil()).as("as its name says").isEqualTo("2026-11-25T18:00:00Z");
    runs.clear();
    now = now.plus(Duration.ofDays(400));
    assertThat(ready()).isEqualTo("True Succeeded");
    assertThat(launches).hasSize(1);
  }

  /** The only way back from a half state, whatever ended it. */
  @Test
  void aRestoreThatFailedBehindItsFirstChangeCanBeTakenBackToo() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    fail(Reason.INTERRUPTED, writtenOver("20261122t170000z-first1"));
    var retried = look();
    assertThat(Objects.requireNonNull(retried.undo()).safetyPoint())
        .isEqualTo("20261122t170000z-first1");
    now = now.plus(Duration.ofMinutes(3));
    assertThat(look().undo()).as("while it goes on").isEqualTo(retried.undo());
    assertThat(launches).hasSize(2);

    fail(Reason.DEADLINE_EXCEEDED);
    assertThat(ready()).isEqualTo("False DeadlineExceeded");
    assertThat(Objects.requireNonNull(request.getStatus()).undo())
        .as("what was there first")
        .isEqualTo(retried.undo());
  }

  /** It would have named the first one, had it found anything begun. */
  @Test
  void undoLeadsToWhatTheAttemptThatReplacedItKept() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    fail(Reason.REPORT_MISSING, writtenOver("20261122t170000z-first1"));
    look();
    now = now.plus(Duration.ofMinutes(3));
    look();

    fail(Reason.DEADLINE_EXCEEDED, writtenOver("20261122t170000z-second"));
    for (var looks = 0; looks < 2; looks++) {
      var status = look();
      assertThat(Objects.requireNonNull(status.undo()).safetyPoint())
          .isEqualTo("20261122t170000z-second");
      assertThat(status.warnings())
          .singleElement()
          .asString()
          .contains("earlier attempt", "20261122t170000z-first1");
    }
  }

  /** Nothing else says where that is to be had which was written between two attempts. */
  @Test
  void whatAnAttemptThatWroteWarnedOfIsSaidToTheEnd() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    var second = "what was there at this further attempt is recovery point second";
    end(List.of(warning("a controller scaled it up", null)));
    look();
    now = now.plus(Duration.ofMinutes(3));
    assertThat(look().warnings()).as("that attempt changed nothing").isNull();
    var lost = RestorePlanning.keptNothing("the store is full");
    end(List.of(warning(lost, null)));
    look();
    now = now.plus(Duration.ofMinutes(4));
    assertThat(look().warnings()).containsExactly(lost);
    end(List.of(warning(second, writtenOver("20261122t170000z-first1"))));
    look();
    now = now.plus(Duration.ofMinutes(5));

    assertThat(look().warnings()).containsExactlyInAnyOrder(second, lost);
    succeed(restored());
    assertThat(look().warnings()).contains(second);
  }

  private TaskReport warning(String text, @Nullable TaskResult result) {
    return new TaskReport(
        "run",
        TaskReport.Outcome.FAILED,
        now,
        now,
        Reason.INTERRUPTED.failure("because"),
        List.of(text),
        result);
  }

  private static TaskResult writtenOver(String safetyPoint) {
    return new TaskResult.Restored(List.of(), null, 0, null, safetyPoint, null, null);
  }

  @Test
  void aRequestThatGitAppliesAgainNextYearExpiresAndTouchesNothing() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    now = Instant.parse("2027-11-22T17:00:00Z");

    assertThat(ready()).isEqualTo("False Expired");
    assertThat(launches).isEmpty();
  }

  @Test
  void aRequestThatThePolicyKnowsAsCarriedOutTouchesNothing() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    var labels = launches.getFirst().labels();
    policies.launch(new Launch(labels, List.of()));
    policies.end(Purpose.RESTORE, restored());
    policies.look();
    // The request's own status is wiped and so are its runs.
    request.setStatus(new RestoreRequest().getStatus());
    runs.clear();

    assertThat(ready()).isEqualTo("False AlreadyCarriedOut");
    assertThat(launches).hasSize(1);
  }

  @Test
  void asOfTakesTheNewestThatIsNotYounger() {
    request("{policyRef: {name: shop-db}, asOf: \"2026-11-21T20:00:00Z\"}", IN_PLACE);

    assertThat(Objects.requireNonNull(look().resolved()).recoveryPoint())
        .isEqualTo("20261121t020000z-aaaaaa");
  }

  @Test
  void noMatchIsAFailureThatListsWhatThereIs() {
    request("{policyRef: {name: shop-db}, asOf: \"2026-11-01T00:00:00Z\"}", IN_PLACE);

    assertThat(ready()).isEqualTo("False NoMatchingRecoveryPoint");
    assertThat(Objects.requireNonNull(look().failure()).message())
        .contains("20261120t020000z-aaaaaa")
        .contains("20261122t020000z-aaaaaa");
    assertThat(launches).isEmpty();
  }

  @Test
  void latestVerifiedNeverFallsBackToAnUnverifiedOne() {
    request("{policyRef: {name: shop-db}, latestVerified: {}}", IN_PLACE);

    assertThat(ready()).isEqualTo("False NoMatchingRecoveryPoint");
  }

  @Test
  void aPointThatIsNotInTheListIsLookedForInTheRepository() {
    request("{policyRef: {name: shop-db}, recoveryPoint: 20251101t020000z-zzzzzz}", IN_PLACE);
    theStatusLists(Objects.requireNonNull(policies.status().recoveryPoints()), 400);
    look();
    assertThat(launches.getFirst().labels().purpose()).isEqualTo(Purpose.INSPECT);
    succeed(
        inspected(
            400,
            "20251031t020000z-zzzzzz",
            found("20251101t020000z-zzzzzz", "2025-11-01T02:00:00Z", null)));

    assertThat(Objects.requireNonNull(look().resolved()).recoveryPoint())
        .isEqualTo("20251101t020000z-zzzzzz");
  }

  /** What a restore replaced is the newest of the repository, and what nobody wants back. */
  @Test
  void aSafetyPointIsNotTheLatest() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    theStatusLists(List.of(), 0);
    look();
    succeed(
        inspected(
            2,
            null,
            found("20261122t160000z-ssssss", "2026-11-22T16:00:00Z", true),
            found("20261122t020000z-bbbbbb", "2026-11-22T02:00:00Z", null)));

    assertThat(Objects.requireNonNull(look().resolved()).recoveryPoint())
        .isEqualTo("20261122t020000z-bbbbbb");
  }

  @Test
  void aSafetyPointIsHadByItsId() {
    request("{policyRef: {name: shop-db}, recoveryPoint: 20261122t160000z-ssssss}", IN_PLACE);
    theStatusLists(List.of(), 0);
    look();
    succeed(inspected(1, null, found("20261122t160000z-ssssss", "2026-11-22T16:00:00Z", true)));

    assertThat(Objects.requireNonNull(look().resolved()).recoveryPoint())
        .isEqualTo("20261122t160000z-ssssss");
  }

  private static TaskResult.Inspected inspected(
      int total, @Nullable String next, TaskResult.Point... points) {
    return new TaskResult.Inspected("repo-1", "store-1234", null, total, List.of(points), next);
  }

  private static TaskResult.Point found(String id, String time, @Nullable Boolean safety) {
    return new TaskResult.Point(id, Instant.parse(time), true, 9, null, "m", null, safety);
  }

  /** A policy that was applied with the request, in a rebuilt cluster, has not looked yet. */
  @Test
  void aListWithoutPointsIsNotBelieved() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    theStatusLists(List.of(), 0);

    look();

    assertThat(launches.getFirst().labels().purpose()).isEqualTo(Purpose.INSPECT);
    succeed(new TaskResult.Inspected("repo-1", "store-1234", null, 0, List.of(), null));
    assertThat(ready()).isEqualTo("False NoMatchingRecoveryPoint");
  }

  private void theStatusLists(List<RecoveryPoint> points, int total) {
    var status = policies.status();
    policies.policy.setStatus(
        new dev.salvor.api.BackupPolicyStatus(
            status.observedGeneration(),
            status.conditions(),
            status.lastSuccess(),
            null,
            null,
            null,
            null,
            null,
            null,
            points,
            total,
            status.runs(),
            null,
            status.repository(),
            status.ticks(),
            null,
            null,
            null));
  }

  @Test
  void anIncompletePointIsNotRestoredByItsId() {
    request("{policyRef: {name: shop-db}, recoveryPoint: 20261122t030000z-bbbbbb}", IN_PLACE);
    var points = new ArrayList<>(Objects.requireNonNull(policies.status().recoveryPoints()));
    points.add(
        new RecoveryPoint(
            "20261122t030000z-bbbbbb", now, false, null, 1L, null, null, "m", "1", null));
    theStatusLists(points, 4);

    assertThat(ready()).isEqualTo("False NoMatchingRecoveryPoint");
  }

  @Test
  void anAcknowledgementLetsItGoOnInANewRun() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    fail(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(ready()).isEqualTo("False AcknowledgementNeeded");
    assertThat(launches).hasSize(1);

    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE + "acknowledge: [rename-slots]\n");
    request.getMetadata().setGeneration(2L);
    look();

    assertThat(launches).hasSize(2);
    assertThat(launched().acknowledge()).containsExactly("rename-slots");
    assertThat(launches.getLast().labels().name())
        .isNotEqualTo(launches.getFirst().labels().name());
  }

  @Test
  void aRestoreThatFailedAfterItBeganIsNotTriedAgainByItself() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    fail(Reason.RESTORE_FAILED);

    assertThat(ready()).isEqualTo("False RestoreFailed");
    now = now.plus(Duration.ofMinutes(30));
    look();
    assertThat(launches).hasSize(1);
  }

  @Test
  void anUnreachableStoreIsTriedAgainButNotPastNotAfter() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    fail(Reason.STORE_UNREACHABLE);
    assertThat(ready()).isEqualTo("Unknown StoreUnreachable");
    now = now.plus(Duration.ofMinutes(2));
    look();
    assertThat(launches).hasSize(2);
    now = Instant.parse("2026-11-22T17:59:59Z");
    fail(Reason.STORE_UNREACHABLE);

    assertThat(ready()).isEqualTo("False StoreUnreachable");
  }

  /** The host was down when its time passed, or the retry comes after it. */
  @Test
  void whatHasBegunIsGoneOnWithPastNotAfter() {
    request("{policyRef: {name: shop-db}, latest: {}}", IN_PLACE);
    look();
    look();
    now = Instant.parse("2026-11-22T17:59:59Z");
    fail(Reason.INTERRUPTED, writtenOver("20261122t170000z-first1"));
    now = Instant.parse("2026-11-22T18:30:00Z");

    assertThat(ready()).isEqualTo("Unknown Queued");
    assertThat(launches).hasSize(2);

    fail(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(ready()).isEqualTo("False AcknowledgementNeeded");
    request.getMetadata().setGeneration(2L);
    assertThat(ready()).isEqualTo("Unknown Queued");
    assertThat(launches).hasSize(3);
  }

  @Test
  void aSandboxFetchesWithCredentialsAndComparesWithoutAny() {
    request("{policyRef: {name: shop-db}, latest: {}}", "target: {sandbox: {}}\n");
    look();
    look();

    var tasks = launches.getFirst().tasks();
    assertThat(tasks.getFirst()).isInstanceOf(Task.Fetch.class);
    assertThat(tasks.getFirst().header().credentials()).isNotEmpty();
    assertThat(tasks.getLast()).isInstanceOf(Task.Compare.class);
    assertThat(tasks.getLast().header().credentials()).isEmpty();
  }

  @Test
  void aRefutedPointStallsTheRequestThatAskedForProof() {
    request("{policyRef: {name: shop-db}, latest: {}}", "target: {sandbox: {}}\n");
    look();
    look();
    succeed(
        PlannedHost.compared(
            "20261122t020000z-aaaaaa", VerdictOutcome.REFUTED, Reason.FACTS_DIFFER, "x"));
    recorded();

    assertThat(ready()).isEqualTo("False Refuted");
  }

  private void recorded() {
    policies.now = now;
    policies.runs.putAll(runs);
    policies.look();
  }

  /** Who waits for the proof may look at the policy, or restore the latest verified, at once. */
  @Test
  void aProofIsToldOnceThePolicyListsIt() {
    request("{policyRef: {name: shop-db}, latest: {}}", "target: {sandbox: {}}\n");
    look();
    look();
    succeed(PlannedHost.compared("20261122t020000z-aaaaaa", VerdictOutcome.VERIFIED, null, "x"));
    assertThat(ready()).isEqualTo("Unknown Progressing");

    recorded();
    assertThat(ready()).isEqualTo("True Verified");
  }

  @Test
  void aProofThatNoPolicyRecordsIsToldAfterAMinute() {
    request("{policyRef: {name: shop-db}, latest: {}}", "target: {sandbox: {}}\n");
    look();
    look();
    succeed(PlannedHost.compared("20261122t020000z-aaaaaa", VerdictOutcome.VERIFIED, null, "x"));
    assertThat(ready()).isEqualTo("Unknown Progressing");

    now = now.plus(Duration.ofMinutes(2));
    assertThat(ready()).isEqualTo("True Verified");
  }

  @Test
  void undoRenamesTheKeptDatabaseBack() {
    undone(IN_PLACE);
    request("{policyRef: {name: shop-db}, undo: {restoreRef: {name: earlier}}}", IN_PLACE);
    look();
    look();

    assertThat(launched().from()).isEqualTo(new Task.FromKept("shop__salvor_3333"));
  }

  @Test
  void undoGoesNowhereElseThanWhereTheRestoreWent() {
    undone(IN_PLACE);
    request(
        "{policyRef: {name: shop-db}, undo: {restoreRef: {name: earlier}}}",
        IN_PLACE.replace("database: shop", "database: crm"));
    assertThat(ready()).isEqualTo("False InvalidSpec");

    undone("target: {volume: {path: /srv/shop}}");
    request(
        "{policyRef: {name: shop-db}, undo: {restoreRef: {name: earlier}}}",
        "target: {volume: {path: /srv/crm, mode: Mirror}}");
    request.setStatus(null);
    assertThat(ready()).isEqualTo("False InvalidSpec");

    request(
        "{policyRef: {name: shop-db}, undo: {restoreRef: {name: earlier}}}",
        "target: {volume: {path: /srv/shop, mode: Mirror}}");
    request.setStatus(null);
    assertThat(ready()).as("another mode only").isEqualTo("Unknown Progressing");
  }

  private RestoreRequest undone(String rest) {
    request("{policyRef: {name: shop-db}, latest: {}}", rest);
    var earlier = new RestoreRequest();
    earlier.setSpec(request.getSpec());
    earlier.setStatus(
        new RestoreRequestStatus(
            1L,
            List.of(new Condition(Conditions.READY, "True", 1L, now, "Succeeded", "done")),
            null,
            null,
            null,
            null,
            null,
            null,
            new RestoreRequestStatus.UndoPath(
                "shop__salvor_3333", null, null, null, null, null, null),
            null,
            null));
    undone = earlier;
    return earlier;
  }

  @Test
  void whatIsTriedAgainIsNotTakenBackMeanwhile() {
    var earlier = undone(IN_PLACE);
    var done = Objects.requireNonNull(earlier.getStatus());
    earlier.setStatus(RestoreStatus.queued(() -> new Conditions(null, 1L, now), done, "run"));
    request("{policyRef: {name: shop-db}, undo: {restoreRef: {name: earlier}}}", IN_PLACE);

    assertThat(ready()).isEqualTo("False NoMatchingRecoveryPoint");
  }

  @Test
  void undoOfWhatKeptNothingFails() {
    request("{policyRef: {name: shop-db}, undo: {restoreRef: {name: earlier}}}", IN_PLACE);

    assertThat(ready()).isEqualTo("False NoMatchingRecoveryPoint");
  }
}
