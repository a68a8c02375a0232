package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.FoundSource;
import dev.salvor.api.Json;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.ClaimView.Phase;
import dev.salvor.plan.Footing.Access;
import dev.salvor.plan.Footing.ClaimToMake;
import dev.salvor.plan.Footing.Identity;
import dev.salvor.plan.Footing.Mount;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.Extent;
import dev.salvor.task.FileTrees.Tree;
import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.MountedConfiguration.Kind;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A Supabase project whose places are claims, and whose configuration is a cluster's objects. */
class SupabaseClusterPlanningTest {
  private static final String CONNECTION =
      "{host: supabase-db, user: supabase_admin, passwordSecretRef: {name: supabase-db, key:"
          + " password}}";

  /** Two places are in one claim. */
  private static final String PROJECT =
      """
      source:
        supabase:
          selfHosted:
            database: {connection: %s}
            storage: {place: {claim: {name: supabase-storage}}}
            key: {place: {claim: {name: supabase-db, subPath: postgres-custom}}}
            files:
            - {name: functions, place: {claim: {name: supabase-functions}}}
            - {name: snippets, place: {claim: {name: supabase-db, subPath: shared/snippets}}}
            configuration: {secrets: [supabase-jwt, supabase-db, supabase-jwt], configMaps: [supabase-jwt]}
      storeRef: {name: offsite}
      schedule: {cron: "0 2 * * *"}
      """
          .formatted(CONNECTION);

  private static final List<ClaimView> CLAIMS =
      List.of(claim("supabase-db"), claim("supabase-functions"), claim("supabase-storage"));

  private PlannedHost host = inACluster(PROJECT);

  private static PlannedHost inACluster(String spec) {
    var host = new PlannedHost(PlannedHost.spec(spec));
    host.kind = HostKind.KUBERNETES;
    host.claims = CLAIMS;
    store(host, "s3: {bucket: backups, credentials: {secretRef: {name: keys}}}");
    return host;
  }

  private static void store(PlannedHost host, String place) {
    host.store.setSpec(
        read(
            place + "\nencryption: {passwordSecretRef: {name: key, key: password}}",
            BackupStoreSpec.class));
  }

  private static <T> T read(String yaml, Class<T> type) {
    try {
      return Json.yaml().readValue(yaml, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ClaimView claim(String name, ClaimView.User... users) {
    return claim(name, Phase.BOUND, VolumeMode.FILESYSTEM, "ReadWriteOnce", users);
  }

  private static ClaimView claim(
      String name, Phase phase, VolumeMode volumeMode, String mode, ClaimView.User... users) {
    return new ClaimView(
        name,
        phase,
        volumeMode,
        List.of(mode),
        "10Gi",
        "fast",
        List.of(users),
        ClaimView.Snapshots.NONE);
  }

  private static ClaimView.User pod(String name, @Nullable String node) {
    return new ClaimView.User(name, node, List.of(), null, null);
  }

  private Launch due() {
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();
    var running = host.running(Purpose.BACKUP).orElseThrow();
    return Objects.requireNonNull(host.launched.get(running.labels().name()));
  }

  @Test
  void oneRunMountsEachClaimOnceAndWhatTheClusterKnowsOfIt() {
    var launch = due();

    assertThat(launch.footing())
        .isEqualTo(
            new Footing(
                List.of(
                    new Mount("supabase-db", Access.READ),
                    new Mount("supabase-functions", Access.READ),
                    new Mount("supabase-storage", Access.READ)),
                new Identity.Reader(),
                null,
                List.of(),
                null,
                List.of()));
    var task = (Task.Backup) launch.tasks().getFirst();
    var project = (SupabaseProject) task.source();
    assertThat(project.trees().trees())
        .containsExactly(
            new Tree(
                "storage",
                "/data/supabase-storage",
                List.of("multiparts/**"),
                "/data/supabase-storage"),
            new Tree("key", "/data/supabase-db/postgres-custom", List.of(), "/data/supabase-db"),
            new Tree(
                "functions", "/data/supabase-functions", List.of(), "/data/supabase-functions"),
            new Tree(
                "snippets", "/data/supabase-db/shared/snippets", List.of(), "/data/supabase-db"));
    assertThat(project.configuration()).isNull();
    assertThat(project.mounted())
        .containsExactly(
            MountedConfiguration.of(Kind.SECRET, "supabase-jwt"),
            MountedConfiguration.of(Kind.SECRET, "supabase-db"),
            MountedConfiguration.of(Kind.CONFIG_MAP, "supabase-jwt"));
    assertThat(project.mounted()).extracting(MountedConfiguration::path).doesNotHaveDuplicates();
    assertThat(task.header().credentials())
        .contains(
            new CredentialSource.Secret(Credential.SOURCE_PASSWORD, "supabase-db", "password"))
        .doesNotContain(new CredentialSource.Secret(Credential.SOURCE, "supabase-jwt", null));
    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
  }

  /** It is reached from any node. */
  @Test
  void aBucketDecidesNoNode() {
    host =
        inACluster(
            PROJECT
                .replace(
                    "place: {claim: {name: supabase-storage}}",
                    "s3: {credentials: {secretRef: {name: keys}}}")
                .replace("key: {place", "files: [] #")
                .replaceAll("(?m)^ *(files:|- .*)$", ""));

    assertThat(due().footing()).isEqualTo(Footing.PLAIN);
  }

  @Test
  void itRunsWhereStorageIs() {
    host.claims =
        List.of(
            claim("supabase-db", pod("db-0", "node-2")),
            claim("supabase-functions"),
            claim("supabase-storage", pod("storage-0", "node-2")));

    assertThat(due().footing().node()).isEqualTo("node-2");
  }

  static Stream<Arguments> obstacles() {
    var bound = claim("supabase-functions");
    var storage = claim("supabase-storage");
    return Stream.of(
        Arguments.of(
            List.of(claim("supabase-db"), storage),
            "Unknown ClaimNotFound",
            "no PersistentVolumeClaim 'supabase-functions'"),
        Arguments.of(
            List.of(
                claim("supabase-db", Phase.PENDING, VolumeMode.FILESYSTEM, "ReadWriteOnce"),
                bound,
                storage),
            "Unknown ClaimNotBound",
            "'supabase-db' is not bound"),
        Arguments.of(
            List.of(
                claim("supabase-db", Phase.BOUND, VolumeMode.BLOCK, "ReadWriteOnce"),
                bound,
                storage),
            "False ClaimUnusable",
            "'supabase-db' is a raw block device"),
        Arguments.of(
            List.of(
                claim(
                    "supabase-db",
                    Phase.BOUND,
                    VolumeMode.FILESYSTEM,
                    "ReadWriteOncePod",
                    pod("db-0", "node-1")),
                bound,
                storage),
            "Unknown ClaimBusy",
            "'supabase-db' is ReadWriteOncePod and in use by pod db-0: no second pod can mount it."
                + " Make it ReadWriteOnce"));
  }

  /** Rows and bytes go together: what is read before the dump is what no row knows of. */
  @ParameterizedTest
  @CsvSource({
    "node-2, node-1, , node-2, 'supabase-db node-1'",
    "node-1, node-2, node-2, node-1, 'supabase-db node-2, supabase-functions node-2'",
    "node-3, node-2, node-1, node-3, 'supabase-db node-2, supabase-functions node-1'",
    ", node-2, node-1, node-2, 'supabase-functions node-1'",
    "node-2, node-2, node-2, node-2, ''",
    ", , , , ''",
  })
  void whatOtherNodesHaveIsReadThereAndStorageByTheRun(
      @Nullable String storage,
      @Nullable String database,
      @Nullable String functions,
      @Nullable String run,
      String elsewhere) {
    host.claims =
        List.of(
            claim("supabase-db", pod("db-0", database)),
            claim("supabase-functions", pod("functions-0", functions)),
            claim("supabase-storage", pod("storage-0", storage)));

    var footing = due().footing();

    assertThat(footing.node()).isEqualTo(run);
    assertThat(
            footing.mounts().stream()
                .filter(mount -> mount.elsewhere() != null)
                .map(mount -> mount.claim() + " " + mount.elsewhere())
                .collect(Collectors.joining(", ")))
        .isEqualTo(elsewhere);
  }

  /** The volume goes with the pod that comes; without one it is where the pod that goes is. */
  @ParameterizedTest
  @CsvSource({"node-3, node-3", "node-1, node-1", ", node-2"})
  void aPodThatEndsDoesNotHoldItsClaimOnItsNode(@Nullable String next, String read) {
    var ending = new ClaimView.User("functions-0", "node-2", List.of(), null, null, true);
    host.claims =
        List.of(
            claim("supabase-db"),
            claim("supabase-functions", ending, pod("functions-1", next)),
            claim("supabase-storage", pod("storage-0", "node-0")));

    assertThat(due().footing().mounts())
        .filteredOn(mount -> mount.elsewhere() != null)
        .extracting(mount -> mount.claim() + " " + mount.elsewhere())
        .containsExactly("supabase-functions " + read);
  }

  @ParameterizedTest
  @MethodSource("obstacles")
  void whatOneRunCannotHaveIsSaid(List<ClaimView> claims, String ready, String words) {
    host.claims = claims;
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.says(Conditions.READY)).isEqualTo(ready);
    assertThat(host.condition(Conditions.READY).message()).contains(words);
    assertThat(host.running(Purpose.BACKUP)).isEmpty();

    host.claims = CLAIMS;
    host.at("2026-11-22T02:10:00Z").look();
    assertThat(host.running(Purpose.BACKUP)).isPresent();
  }

  @Test
  void aStoreIsNoPlaceOfAProject() {
    store(host, "pvc: {claimName: supabase-storage}");
    host.contacted();
    host.look();

    assertThat(host.says(Conditions.READY)).isEqualTo("False InvalidSpec");
    assertThat(host.condition(Conditions.READY).message())
        .contains("lies on claim 'supabase-storage'");
  }

  /** What one host has and the other has not, and what to write there. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "KUBERNETES  | {claim: {name: supabase-storage}} | {path: /srv/storage} |"
            + " storage.place.path (/srv/storage) works under salvor local only; in a cluster:"
            + " spec.source.supabase.selfHosted.storage.place.claim",
        "KUBERNETES  | {claim: {name: supabase-functions}} | {dockerVolume: functions} | files"
            + " (functions).place.dockerVolume works under salvor local only",
        "KUBERNETES  | {secrets: [supabase-jwt, supabase-db, supabase-jwt], configMaps:"
            + " [supabase-jwt]} | {folder: /srv/supabase} | configuration.folder (/srv/supabase)"
            + " works under salvor local only; in a cluster: secrets and configMaps there",
        "KUBERNETES  | {host: supabase-db, user: supabase_admin, passwordSecretRef: {name:"
            + " supabase-db, key: password}} | {container: db} | database.connection.container"
            + " works under salvor local only",
        "ONE_MACHINE | x | x | storage.place.claim works in a cluster only",
        "ONE_MACHINE | place: {claim: {name: supabase-storage}} | place: {path: /srv/s} |"
            + " key.place.claim works in a cluster only",
      })
  void whatAnotherHostHasIsRefused(HostKind kind, String here, String there, String words) {
    host = inACluster(PROJECT.replace(here, there));
    host.kind = kind;
    host.look();

    assertThat(host.says(Conditions.STALLED)).isEqualTo("True NotOnThisHost");
    assertThat(host.condition(Conditions.STALLED).message())
        .contains("spec.source.supabase.selfHosted." + words);
    assertThat(host.launches).isEmpty();
  }

  @Test
  void secretsOfAClusterAreNotOnOneMachine() {
    host =
        new PlannedHost(
            PlannedHost.spec(
                """
                source:
                  supabase:
                    selfHosted:
                      database: {connection: %s}
                      key: {place: {path: /srv/key}}
                      configuration: {configMaps: [supabase]}
                storeRef: {name: offsite}
                """
                    .formatted(CONNECTION)));
    host.look();

    assertThat(host.says(Conditions.STALLED)).isEqualTo("True NotOnThisHost");
    assertThat(host.condition(Conditions.STALLED).message())
        .contains("configuration.configMaps works in a cluster only");
  }

  private static final TaskResult MADE =
      new TaskResult.BackedUp(
          "20261122t020000z-aaaaaa",
          "manifest",
          PlannedHost.START,
          true,
          3L << 30,
          10,
          new Extent.Both(new Extent.Tables(40, 9000L), new Extent.Files(7, 3L << 30)),
          "731",
          "repo-1",
          "store-1234",
          "10.0.0.7:5432",
          170_006,
          null);

  private void backedUp() {
    due();
    host.end(Purpose.BACKUP, MADE);
    host.look();
  }

  @Test
  void itIsProvenAsRootBesideAServer() {
    backedUp();
    var point = Objects.requireNonNull(host.status().recoveryPoints()).getFirst();
    var labels =
        DueWork.labels(
            host.policy,
            host.store,
            Purpose.VERIFY,
            new RunNames.Cause.Scheduled(host.now),
            point.id(),
            host.now,
            1);

    var launch =
        DueWork.verification(
            new TaskBuilder(host.kind, "cluster"), labels, host.policy, host.store, point);

    assertThat(launch.footing()).isEqualTo(Footing.of(new Identity.Restorer()));
    assertThat(((Task.Compare) launch.tasks().getLast()).server()).isInstanceOf(Task.Given.class);
  }

  private RestoreRequestObserved observed(RestoreRequest request) {
    request.setMetadata(
        new ObjectMetaBuilder()
            .withName("back")
            .withNamespace("shop")
            .withUid("33333333-3333-3333-3333-333333333333")
            .withGeneration(1L)
            .withCreationTimestamp("2026-11-22T17:00:00Z")
            .build());
    return new RestoreRequestObserved(
        request,
        host.policy,
        host.store,
        null,
        List.of(),
        List.of(),
        host.claims,
        DockerView.UNASKED,
        host.kind,
        "cluster",
        host.now);
  }

  /** Of a part, to a claim; looked at until its run is made or it is refused. */
  private RestoreRequestObserved asked(String files, String target) {
    return asked(
        "source: {policyRef: {name: shop-db}, latest: {}, files: %s}\ntarget: {volume: %s}"
            .formatted(files, target));
  }

  private RestoreRequestObserved asked(String spec) {
    var request = new RestoreRequest();
    request.setSpec(read(spec, RestoreRequestSpec.class));
    var observed = observed(request);
    // The first look notes what it was resolved to.
    request.setStatus(RestoreRequestPlanner.decide(observed).status());
    return observed;
  }

  /** To a new claim, like that which the part was in. */
  @Test
  void aPartIsRestoredToAClaim() {
    backedUp();
    host.claims = List.of(claim("supabase-db"));

    var asked = asked("key", "{claim: key-again, create: {}}");

    assertThat(RestoreClaim.toLookAt(asked.request(), host.policy).orElseThrow().names())
        .containsExactly("key-again", "supabase-db");
    var made = RestoreRequestPlanner.decide(asked).launches().getFirst();
    assertThat(made.footing().make())
        .isEqualTo(
            new ClaimToMake(
                "key-again", "10Gi", "fast", List.of("ReadWriteOnce"), VolumeMode.FILESYSTEM));
    assertThat(made.tasks().getFirst())
        .isInstanceOfSatisfying(
            Task.RestoreFiles.class,
            task -> {
              assertThat(task.tree()).isEqualTo("key");
              assertThat(task.folder()).isEqualTo("/data/key-again");
            });
  }

  /** It would go over what else is there. */
  @Test
  void noPartIsRestoredToTheRootOfAClaimWhosePlacesAreFoldersInIt() {
    backedUp();

    var refused = RestoreRequestPlanner.decide(asked("key", "{claim: supabase-db}"));

    assertThat(refused.launches()).isEmpty();
    assertThat(Objects.requireNonNull(refused.status().failure()).message())
        .contains("Claim 'supabase-db' has places of the project in folders of it");
    assertThat(
            RestoreRequestPlanner.decide(asked("functions", "{claim: supabase-functions}"))
                .launches())
        .hasSize(1);
  }

  /** Whose places its status knows alone. */
  @Test
  void theSameIsSoOfAProjectThatIsPointedAt() {
    backedUp();
    var spelled = host.policy.getSpec().source().supabase();
    var found =
        new FoundSource(
            Objects.requireNonNull(Objects.requireNonNull(spelled).selfHosted()), null, null);
    host.policy.setStatus(host.status().withSource(found));
    host.policy.setSpec(
        PlannedHost.spec(
            """
            source: {supabase: {selfHosted: {helmRelease: supabase}}}
            storeRef: {name: offsite}
            """));

    assertThat(DueWork.prover(host.policy)).isEqualTo(Footing.of(new Identity.Restorer()));
    assertThat(
            Objects.requireNonNull(
                    RestoreRequestPlanner.decide(asked("key", "{claim: supabase-db}"))
                        .status()
                        .failure())
                .message())
        .contains("Claim 'supabase-db' has places of the project in folders of it");
    assertThat(
            RestoreRequestPlanner.decide(asked("key", "{claim: key-again, create: {}}"))
                .launches()
                .getFirst()
                .footing()
                .make())
        .isNotNull();
  }

  private RestoreRequestObserved whole(String more) {
    return whole("scaleToZero: false", more);
  }

  private RestoreRequestObserved whole(String scaling, String more) {
    return asked(
        """
        source: {policyRef: {name: shop-db}, latest: {}}
        replace: true
        notAfter: "2026-12-01T00:00:00Z"
        target:
          supabase:
            selfHosted:
              database: {connection: %s}
              storage: {place: {claim: {name: supabase-storage}}}
              key: {place: {claim: {name: supabase-db, subPath: postgres-custom}}}
              files:
              - {name: functions, place: {claim: {name: supabase-functions, subPath: deno/main}}}
              %s
        %s
        """
            .formatted(CONNECTION, scaling, more));
  }

  private static ClaimView.User web(String name, String node) {
    return new ClaimView.User(
        name,
        node,
        List.of(),
        null,
        new ClaimView.Workload(ClaimView.Workload.Kind.DEPLOYMENT, "storage"));
  }

  private String refused(RestoreRequestObserved asked) {
    var decision = RestoreRequestPlanner.decide(asked);
    assertThat(decision.launches()).isEmpty();
    var failure = Objects.requireNonNull(decision.status().failure());
    return failure.reason() + ": " + failure.message();
  }

  /** The server has its key mounted meanwhile, and keeps it. */
  @Test
  void theWholeIsRestoredByOneRunThatWritesToItsClaims() {
    backedUp();
    host.claims =
        List.of(
            claim("supabase-db", pod("supabase-db-0", "node-2")),
            claim("supabase-functions"),
            claim("supabase-storage"));
    var asked = whole("");

    assertThat(RestoreClaim.toLookAt(asked.request(), host.policy).orElseThrow().names())
        .containsExactly("supabase-storage", "supabase-functions", "supabase-db");
    var made = RestoreRequestPlanner.decide(asked).launches().getFirst();
    assertThat(made.footing())
        .isEqualTo(
            new Footing(
                List.of(
                    new Mount("supabase-db", Access.READ),
                    new Mount("supabase-functions", Access.WRITE),
                    new Mount("supabase-storage", Access.WRITE)),
                new Identity.Restorer(),
                "node-2",
                List.of(),
                null,
                List.of()));
    assertThat(made.tasks())
        .singleElement()
        .isInstanceOfSatisfying(
            Task.RestoreSupabase.class,
            task -> {
              assertThat(task.target().trees())
                  .containsExactly(
                      new Tree("storage", "/data/supabase-storage"),
                      new Tree("functions", "/data/supabase-functions/deno/main"));
              assertThat(task.target().key()).isEqualTo("/data/supabase-db/postgres-custom");
            });
  }

  /** Nobody is mounted who is not written to. */
  @Test
  void whatIsNotAskedForIsNotMounted() {
    backedUp();

    var one = RestoreRequestPlanner.decide(whole("select: {parts: [storage]}")).launches();
    assertThat(one.getFirst().footing().mounts())
        .containsExactly(
            new Mount("supabase-db", Access.READ), new Mount("supabase-storage", Access.WRITE));
    var database = RestoreRequestPlanner.decide(whole("select: {parts: [database]}")).launches();
    assertThat(database.getFirst().footing().mounts())
        .containsExactly(new Mount("supabase-db", Access.READ));
    assertThat(database.getFirst().footing().identity()).isEqualTo(new Identity.Reader());
  }

  @Test
  void allThatStandsInTheWayOfItsClaimsIsTold() {
    backedUp();
    host.claims =
        List.of(
            claim("supabase-db", Phase.PENDING, VolumeMode.FILESYSTEM, "ReadWriteOnce"),
            claim("supabase-storage", web("storage-1", "node-1")));

    assertThat(refused(whole("")))
        .startsWith("ClaimNotFound: 3 things stand in the way.")
        .contains(
            "There is no PersistentVolumeClaim 'supabase-functions'",
            "Claim 'supabase-storage' is in use by pod storage-1: let them be scaled down"
                + " (scaleToZero)",
            "Claim 'supabase-db' is not bound");
  }

  @Test
  void oneClaimsUsersAreAcceptedByItsTokenAlone() {
    backedUp();
    host.claims =
        List.of(
            claim("supabase-db"),
            claim("supabase-functions", web("functions-1", "node-1")),
            claim("supabase-storage", web("storage-1", "node-1")));
    var why = refused(whole(""));
    var tokens =
        Pattern.compile("Token: (in-use-\\w+)")
            .matcher(why)
            .results()
            .map(found -> found.group(1))
            .toList();

    assertThat(tokens).hasSize(2);
    assertThat(refused(whole("acknowledge: [%s]".formatted(tokens.getFirst()))))
        .startsWith("AcknowledgementNeeded: ")
        .contains(tokens.getLast());
    assertThat(
            RestoreRequestPlanner.decide(whole("acknowledge: " + tokens))
                .launches()
                .getFirst()
                .footing()
                .node())
        .isEqualTo("node-1");
  }

  /** The server's own claim is not among them; a plan scales nothing. */
  @Test
  void whoUsesTheClaimsIsScaledToZeroWhereThatIsAsked() {
    backedUp();
    host.claims =
        List.of(
            claim("supabase-db", pod("supabase-db-0", "node-2")),
            claim("supabase-functions"),
            claim("supabase-storage", web("storage-1", "node-1")));
    var zero = "scaleToZero: true";

    assertThat(refused(whole(""))).contains("in use by pod storage-1");
    var footing = RestoreRequestPlanner.decide(whole(zero, "")).launches().getFirst().footing();
    assertThat(footing.scaledToZero()).containsExactly("supabase-functions", "supabase-storage");
    assertThat(footing.node()).isEqualTo("node-2");
    assertThat(refused(whole(zero, "dryRun: true")))
        .startsWith("ClaimUnusable: ")
        .contains("on nodes node-1, node-2", "select.parts");
  }

  /** They hold sessions, and no claim says so. */
  @Test
  void servicesThatAreNamedAreScaledToZeroBesideThem() {
    backedUp();
    var named = "services: [Deployment/auth, StatefulSet/rest]";

    assertThat(footing(whole("scaleToZero: true\n      " + named, "")).scaledToZero())
        .containsExactly(
            "supabase-functions", "supabase-storage", "Deployment/auth", "StatefulSet/rest");
    assertThat(footing(whole(named, "dryRun: true")).scaledToZero()).isEmpty();
    var alone = footing(asked(databaseAlone(named)));
    assertThat(alone).isEqualTo(Footing.PLAIN.scalingToZero(alone.scaledToZero()));
    assertThat(alone.scaledToZero()).containsExactly("Deployment/auth", "StatefulSet/rest");
    assertThat(sessionsEnd(databaseAlone(named))).isTrue();
    assertThat(sessionsEnd(databaseAlone("services: []"))).isFalse();
    host.kind = HostKind.ONE_MACHINE;
    assertThat(refused(asked(databaseAlone(named))))
        .isEqualTo(
            "NotOnThisHost: spec.target.supabase.selfHosted.services (Deployment/auth) works in a"
                + " cluster only.");
  }

  /** Whether the worker gives them time to. */
  private boolean sessionsEnd(String spec) {
    var launch = RestoreRequestPlanner.decide(asked(spec)).launches().getFirst();
    return ((Task.RestoreSupabase) launch.tasks().getFirst()).sessionsEnd();
  }

  private static String databaseAlone(String more) {
    return """
    source: {policyRef: {name: shop-db}, latest: {}}
    target: {supabase: {selfHosted: {database: {connection: %s}, %s}}}
    """
        .formatted(CONNECTION, more);
  }

  private static Footing footing(RestoreRequestObserved asked) {
    return RestoreRequestPlanner.decide(asked).launches().getFirst().footing();
  }

  /** Places are written as those of a source are. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "storage: {place: {claim: {name: c}}} | storage.place.claim",
        "storage: {place: {path: /s}}, key: {place: {claim: {name: c}}} | key.place.claim",
        "files: [{name: f, place: {claim: {name: c}}}] | files (f).place.claim",
        "configuration: {secrets: [jwt]} | configuration.secrets",
      })
  void oneMachineHasNoClaims(String target, String field) {
    host = new PlannedHost(host.policy.getSpec());
    var request = new RestoreRequest();
    request.setSpec(
        read(
            "source: {policyRef: {name: shop-db}, latest: {}}\ntarget: {supabase: {selfHosted: {%s}}}"
                .formatted(target),
            RestoreRequestSpec.class));

    var refused = RestoreRequestPlanner.decide(observed(request)).status().failure();

    assertThat(Objects.requireNonNull(refused).message())
        .isEqualTo("spec.target.supabase.selfHosted." + field + " works in a cluster only.");
  }

  /** Nothing of it is of a machine. */
  @Test
  void aHostedProjectIsRestoredToFromHere() {
    var request = new RestoreRequest();
    request.setSpec(
        read(
            """
            source: {policyRef: {name: shop-db}, latest: {}}
            target:
              supabase:
                hosted: {project: zyxwvutsrqponmlkjihg, database: {connection: {secretRef: {name: s}}}}
            """,
            RestoreRequestSpec.class));

    var refused = RestoreRequestPlanner.decide(observed(request)).status().failure();
    assertThat(refused == null ? "" : refused.message()).doesNotContain("spec.target");
  }

  /** A Task is an environment variable. */
  @Test
  void theLargestProjectFits() {
    var place =
        "{claim: {name: %s, subPath: \"%s\"}}"
            .formatted("c".repeat(253), "\uD83D\uDEDF".repeat(256));
    var files =
        IntStream.range(0, 16)
            .mapToObj(n -> "{name: %s%d, place: %s}".formatted("f".repeat(61), n, place))
            .collect(Collectors.joining(", "));
    var objects =
        IntStream.range(0, 16)
            .mapToObj(n -> "o".repeat(251) + n)
            .collect(Collectors.joining(", ", "[", "]"));
    host =
        inACluster(
            """
            source:
              supabase:
                selfHosted:
                  database: {connection: %s, names: [postgres]}
                  storage: {place: %s}
                  key: {place: %s}
                  files: [%s]
                  configuration: {secrets: %s, configMaps: %s}
            storeRef: {name: offsite}
            schedule: {cron: "0 2 * * *"}
            """
                .formatted(CONNECTION, place, place, files, objects, objects));
    host.claims = List.of(claim("c".repeat(253)));

    assertThat(TaskJson.write(due().tasks().getFirst())).hasSizeLessThan(64 * 1024);
  }
}
