package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.Condition;
import dev.salvor.api.Failure;
import dev.salvor.api.JobTemplate;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.ClaimView.Phase;
import dev.salvor.plan.Footing.Access;
import dev.salvor.plan.Footing.ClaimToMake;
import dev.salvor.plan.Footing.Identity;
import dev.salvor.plan.Footing.Mount;
import dev.salvor.task.Extent;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a cluster's claims mean for a policy and for requests, case by case. */
class ClaimPlanningTest {
  private static final ClaimView.Snapshots NONE = ClaimView.Snapshots.NONE;
  private static final String BOTH =
      """
      source: {volume: {claims: {names: [uploads, avatars]}}}
      storeRef: {name: offsite}
      schedule: {cron: "0 2 * * *"}
      """;

  private PlannedHost host = new PlannedHost(PlannedHost.spec(BOTH));
  private final RestoreRequest request = new RestoreRequest();
  private final List<RunView> runs = new ArrayList<>();
  private String source = "{policyRef: {name: shop-db}, latest: {}, claim: uploads}";

  @BeforeEach
  void inACluster() {
    in(host);
  }

  private static void in(PlannedHost host) {
    host.kind = HostKind.KUBERNETES;
    host.store.setSpec(store("{bucket: backups, credentials: {secretRef: {name: keys}}}", null));
  }

  private static BackupStoreSpec store(@Nullable String s3, @Nullable String pvc) {
    try {
      return Json.yaml()
          .readValue(
              (s3 == null ? "pvc: " + pvc : "s3: " + s3)
                  + "\nencryption: {passwordSecretRef: {name: key, key: password}}",
              BackupStoreSpec.class);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void policy(String spec) {
    host = new PlannedHost(PlannedHost.spec(spec));
    in(host);
  }

  private static ClaimView claim(String name, ClaimView.User... users) {
    return claim(name, Phase.BOUND, "ReadWriteOnce", users);
  }

  private static ClaimView claim(String name, Phase phase, String mode, ClaimView.User... users) {
    return new ClaimView(
        name, phase, VolumeMode.FILESYSTEM, List.of(mode), "10Gi", "fast", List.of(users), NONE);
  }

  private static ClaimView block(String name, ClaimView.User... users) {
    return new ClaimView(
        name,
        Phase.BOUND,
        VolumeMode.BLOCK,
        List.of("ReadWriteOnce"),
        "10Gi",
        "fast",
        List.of(users),
        NONE);
  }

  private static ClaimView.User pod(String name, @Nullable String node) {
    return new ClaimView.User(name, node, List.of(), null, null);
  }

  /** The pod of a run of Salvor. */
  private static ClaimView.User run(String name, Purpose purpose) {
    return new ClaimView.User(
        name + "-abcde", "node-1", List.of(), new ClaimView.Run(purpose, name), null);
  }

  private Launch due() {
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();
    var running = host.running(Purpose.BACKUP).orElseThrow();
    return Objects.requireNonNull(host.launched.get(running.labels().name()));
  }

  @Test
  void claimsAreReadTogetherByWhoMayReadAll() {
    host.claims = List.of(claim("uploads"), claim("avatars"));
    var launch = due();

    assertThat(launch.footing())
        .isEqualTo(
            new Footing(
                List.of(new Mount("avatars", Access.READ), new Mount("uploads", Access.READ)),
                new Identity.Reader(),
                null,
                List.of(),
                null,
                List.of()));
    assertThat(((Task.Backup) launch.tasks().getFirst()).source())
        .isEqualTo(
            new FileTrees(
                List.of(
                    new FileTrees.Tree("avatars", "/data/avatars"),
                    new FileTrees.Tree("uploads", "/data/uploads")),
                List.of(),
                List.of(),
                null,
                false));
  }

  @Test
  void aDeviceIsOneOfThemAndNoTree() {
    host.claims = List.of(claim("uploads"), block("avatars"));

    assertThat(((Task.Backup) due().tasks().getFirst()).source())
        .isEqualTo(
            new FileTrees(
                List.of(new FileTrees.Tree("uploads", "/data/uploads")),
                List.of(new FileTrees.Device("avatars", "/devices/avatars")),
                List.of(),
                null,
                false));
  }

  @Test
  void theApplicationsOwnUserNeedsNoRights() {
    policy(BOTH.replace("avatars]}", "avatars]}, runAs: {user: 1000}"));
    host.claims = List.of(claim("uploads"), claim("avatars"));

    assertThat(due().footing().identity()).isEqualTo(new Identity.Application(1000, 1000));
  }

  /** A volume of one node is where its pod is, and whoever follows it there bears its taints. */
  @Test
  void theRunGoesToTheNodeOfThePodsThatUseThem() {
    var toleration = new JobTemplate.Toleration("shop", "Exists", null, "NoSchedule", null);
    host.claims =
        List.of(
            claim(
                "uploads",
                new ClaimView.User("web-0", "node-2", List.of(toleration), null, null),
                new ClaimView.User("web-1", "node-2", List.of(toleration), null, null),
                pod("web-2", null)),
            claim("avatars", Phase.BOUND, "ReadWriteMany", pod("web-3", "node-1")));
    var footing = due().footing();

    assertThat(footing.node()).isEqualTo("node-2");
    assertThat(footing.tolerations()).containsExactly(toleration);
  }

  /** Each by a node that has it; what any node can have goes where the run is. */
  @Test
  void claimsOfSeveralNodesAreReadWhereTheyAre() {
    policy(BOTH.replace("avatars]", "avatars, notes, shared]"));
    var toleration = new JobTemplate.Toleration("disk", "Exists", null, "NoSchedule", null);
    host.claims =
        List.of(
            claim(
                "uploads", new ClaimView.User("web-1", "node-2", List.of(toleration), null, null)),
            claim("avatars", pod("web-0", "node-1")),
            claim("notes"),
            claim("shared", Phase.BOUND, "ReadWriteMany", pod("web-2", "node-3")));
    var launch = due();

    assertThat(launch.footing().node()).isEqualTo("node-1");
    assertThat(launch.footing().mounts())
        .extracting(mount -> mount.claim() + " " + mount.elsewhere())
        .containsExactly("avatars null", "notes null", "shared null", "uploads node-2");
    assertThat(launch.footing().tolerations()).containsExactly(toleration);
    assertThat(((FileTrees) ((Task.Backup) launch.tasks().getFirst()).source()).trees())
        .as("of one point")
        .hasSize(4);
  }

  private static ClaimView at(String home, String name, String mode, ClaimView.User... users) {
    return new ClaimView(
        name,
        Phase.BOUND,
        VolumeMode.FILESYSTEM,
        List.of(mode),
        "10Gi",
        "local",
        List.of(users),
        home,
        NONE);
  }

  /** A local volume says where it is, also while no pod of the application runs. */
  @Test
  void aClaimThatNobodyUsesIsReadWhereItsVolumeIs() {
    policy(BOTH.replace("avatars]", "avatars, notes, shared]"));
    host.claims =
        List.of(
            at("node-2", "uploads", "ReadWriteOnce"),
            claim("avatars", pod("web-0", "node-1")),
            claim("notes"),
            // Many may mount it, on that one node.
            at("node-3", "shared", "ReadWriteMany", pod("web-2", "node-3")));
    var launch = due();

    assertThat(launch.footing().node()).isEqualTo("node-1");
    assertThat(launch.footing().mounts())
        .extracting(mount -> mount.claim() + " " + mount.elsewhere())
        .containsExactly("avatars null", "notes null", "shared node-3", "uploads node-2");
  }

  @Test
  void aRunOfOneClaimGoesToItsVolume() {
    host.claims = List.of(at("node-2", "uploads", "ReadWriteOnce"), claim("avatars"));

    assertThat(due().footing().node()).isEqualTo("node-2");
  }

  @Test
  void labelsSelectWhateverThereIs() {
    policy(BOTH.replace("names: [uploads, avatars]", "matchLabels: {app: shop}"));
    host.claims = List.of(claim("data-1"), claim("data-0"));
    var task = (Task.Backup) due().tasks().getFirst();

    assertThat(((FileTrees) task.source()).trees())
        .extracting(FileTrees.Tree::name)
        .containsExactly("data-0", "data-1");
  }

  static Stream<Arguments> obstacles() {
    return Stream.of(
        Arguments.of(List.of(claim("uploads")), "Unknown ClaimNotFound", "'avatars'"),
        Arguments.of(
            List.of(claim("uploads"), claim("avatars", Phase.PENDING, "ReadWriteOnce")),
            "Unknown ClaimNotBound",
            "'avatars' is not bound"),
        Arguments.of(
            List.of(claim("uploads", Phase.LOST, "ReadWriteOnce"), claim("avatars")),
            "False ClaimUnusable",
            "'uploads' has lost its volume"),
        Arguments.of(
            List.of(claim("uploads", Phase.DELETED, "ReadWriteOnce"), claim("avatars")),
            "Unknown ClaimBusy",
            "'uploads' was deleted"),
        Arguments.of(
            List.of(claim("uploads"), block("avatars", pod("vm-0", "node-1"))),
            "Unknown ClaimBusy",
            "'avatars' is a raw block device (volumeMode: Block) that pod vm-0 may write to"),
        Arguments.of(
            List.of(
                claim("uploads", Phase.BOUND, "ReadWriteOncePod", pod("web-0", "node-1")),
                claim("avatars")),
            "Unknown ClaimBusy",
            "'uploads' is ReadWriteOncePod and in use by pod web-0"));
  }

  /** What is due is caught up when the claims are there; proofs and maintenance go on. */
  @ParameterizedTest
  @MethodSource("obstacles")
  void withoutItsClaimsNothingIsBackedUp(List<ClaimView> claims, String ready, String words) {
    host.claims = claims;
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.says(Conditions.READY)).isEqualTo(ready);
    assertThat(message(host.status().conditions())).contains(words);
    assertThat(host.says(Conditions.PROTECTED)).startsWith("Unknown Claim");
    assertThat(host.running(Purpose.BACKUP)).isEmpty();
    assertThat(PolicyPlanner.decide(host.observed()).lookAgain())
        .isEqualTo(host.now.plusSeconds(60));

    host.claims = List.of(claim("uploads"), claim("avatars"));
    host.at("2026-11-22T02:10:00Z").look();
    assertThat(host.running(Purpose.BACKUP)).isPresent();
    assertThat(host.says(Conditions.READY)).isEqualTo("True Accepted");
  }

  /** Nothing is started that could fail: the policy itself must say that it does not protect. */
  @Test
  void aPolicyThatLostItsClaimsProtectsNothing() {
    backedUp();
    host.look();

    assertThat(host.says(Conditions.PROTECTED)).isEqualTo("False ClaimNotFound");
    assertThat(
            Conditions.find(host.status().conditions(), Conditions.PROTECTED)
                .orElseThrow()
                .message())
        .startsWith("No backup is started: There is no PersistentVolumeClaim");
  }

  @Test
  void aRequestForABackupWaitsForTheClaims() {
    host.contacted();
    var asked = new dev.salvor.api.BackupRequest();
    asked.setMetadata(
        new ObjectMetaBuilder()
            .withName("now")
            .withNamespace("shop")
            .withUid("44444444-4444-4444-4444-444444444444")
            .withGeneration(1L)
            .build());
    asked.setSpec(
        new dev.salvor.api.BackupRequestSpec(new dev.salvor.api.ObjectReference("shop-db"), null));
    var decision = requested(asked);
    assertThat(decision.launches()).isEmpty();
    assertThat(
            Conditions.find(decision.status().conditions(), Conditions.READY)
                .map(ready -> ready.status() + " " + ready.reason()))
        .contains("Unknown ClaimNotFound");

    host.claims = List.of(claim("uploads"), claim("avatars"));
    assertThat(requested(asked).launches().getFirst().footing().mounts()).hasSize(2);
  }

  private Decision<dev.salvor.api.BackupRequestStatus> requested(
      dev.salvor.api.BackupRequest asked) {
    var decision =
        BackupRequestPlanner.decide(
            new BackupRequestObserved(
                asked,
                host.policy,
                host.store,
                List.of(),
                host.claims,
                DockerView.UNASKED,
                PodsView.UNASKED,
                host.kind,
                "cluster",
                host.now));
    asked.setStatus(decision.status());
    return decision;
  }

  @Test
  void aPodThatWouldUseOneClaimOfOnePodIsNone() {
    host.claims = List.of(claim("uploads", Phase.BOUND, "ReadWriteOncePod"), claim("avatars"));

    assertThat(due().footing().node()).isNull();
  }

  @Test
  void labelsOfTooManyOrNoClaimsSayHowMany() {
    policy(BOTH.replace("names: [uploads, avatars]", "matchLabels: {app: shop}"));
    host.contacted();
    host.look();
    assertThat(message(host.status().conditions())).contains("{app=shop}");

    host.claims = IntStream.range(0, 17).mapToObj(number -> claim("c" + number)).toList();
    host.look();
    assertThat(message(host.status().conditions())).contains("17 claims", "at most 16");
  }

  /** What an application's user writes to a claim, the runs of Salvor's own could not read. */
  @Test
  void aStoreOnAClaimIsWrittenToByOneUserOnly() {
    onClaim("vault");
    assertThat(due().footing().identity()).isEqualTo(new Footing.Identity.Reader());

    policy(BOTH.replace("}}}", "}, runAs: {user: 1000}}}"));
    onClaim("vault");
    host.contacted();
    host.look();
    assertThat(host.says(Conditions.READY)).isEqualTo("False InvalidSpec");
    assertThat(message(host.status().conditions())).contains("'vault'", "user 1000", "s3");
  }

  @Test
  void aStoreIsNotWhatItKeeps() {
    onClaim("avatars");
    host.contacted();
    host.look();

    assertThat(host.says(Conditions.READY)).isEqualTo("False InvalidSpec");
    assertThat(message(host.status().conditions())).contains("lies on claim 'avatars'");
  }

  private void onClaim(String name) {
    host.store.setSpec(store(null, "{claimName: " + name + "}"));
    host.claims = List.of(claim("uploads"), claim("avatars"));
  }

  @Test
  void claimsAreNoSourceOnOneMachine() {
    host.kind = HostKind.ONE_MACHINE;
    host.look();

    assertThat(host.says(Conditions.STALLED)).isEqualTo("True NotOnThisHost");
  }

  @Test
  void aProofOfFilesHasNoServerAndTheRightsToGiveThemTheirOwners() {
    host.claims = List.of(claim("uploads"), claim("avatars"));
    due();
    host.end(Purpose.BACKUP, made());
    host.look();
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

    assertThat(launch.footing().identity()).isEqualTo(new Identity.Restorer());
    assertThat(launch.footing().mounts()).isEmpty();
    assertThat(((Task.Compare) launch.tasks().getLast()).server())
        .isInstanceOf(Task.NoServer.class);
  }

  // --- restores -------------------------------------------------------------------------------

  private void backedUp(ClaimView... claims) {
    host.claims = List.of(claim("uploads"), claim("avatars"));
    due();
    host.end(Purpose.BACKUP, made());
    host.look();
    host.claims = List.of(claims);
  }

  private static TaskResult.BackedUp made() {
    return new TaskResult.BackedUp(
        "20261122t020000z-aaaaaa",
        "manifest",
        PlannedHost.START,
        true,
        3L << 30,
        10,
        new Extent.Files(7, 3L << 30),
        "files-a",
        "repo-1",
        "store-1234",
        null,
        null,
        null);
  }

  private Decision<RestoreRequestStatus> asked(String target, String more) {
    try {
      request.setSpec(
          Json.yaml()
              .readValue(
                  "source: " + source + "\ntarget: {volume: " + target + "}\n" + more,
                  RestoreRequestSpec.class));
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
    look();
    return look();
  }

  private Decision<RestoreRequestStatus> look() {
    var decision =
        RestoreRequestPlanner.decide(
            new RestoreRequestObserved(
                request,
                host.policy,
                host.store,
                null,
                List.of(),
                List.copyOf(runs),
                host.claims,
                DockerView.UNASKED,
                host.kind,
                "cluster",
                host.now));
    request.setStatus(decision.status());
    return decision;
  }

  private Footing footing(String target, String more) {
    return asked(target, more).launches().getFirst().footing();
  }

  private Failure refused(String target, String more) {
    var decision = asked(target, more);
    assertThat(decision.launches()).isEmpty();
    return Objects.requireNonNull(decision.status().failure());
  }

  @Test
  void aClaimThatIsThereIsWrittenByRootThatMayGiveOwners() {
    backedUp(claim("uploads"));
    var launch = asked("{claim: uploads}", "").launches().getFirst();

    assertThat(launch.footing())
        .isEqualTo(
            new Footing(
                List.of(new Mount("uploads", Access.WRITE)),
                new Identity.Restorer(),
                null,
                List.of(),
                null,
                List.of()));
    var task = (Task.RestoreFiles) launch.tasks().getFirst();
    assertThat(task.folder()).isEqualTo("/data/uploads");
    assertThat(task.tree()).isEqualTo("uploads");
  }

  /** It is bound by the first pod that uses it, which is that of the restore. */
  @Test
  void aClaimThatWaitsForItsFirstPodGetsOne() {
    backedUp(claim("fresh", Phase.PENDING, "ReadWriteOnce"));

    assertThat(footing("{claim: fresh}", "").mounts())
        .containsExactly(new Mount("fresh", Access.WRITE));
  }

  @Test
  void aClaimInUseIsNotTouchedUntilThatIsAccepted() {
    var own = run("uploads-backup-x", Purpose.BACKUP);
    backedUp(claim("uploads", pod("web-0", "node-1"), own));
    var why = refused("{claim: uploads}", "");

    assertThat(why.reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(why.message()).contains("in use by pod web-0:", "Nothing was touched");
    var token = why.message().substring(why.message().lastIndexOf(' ') + 1);

    request.setStatus(null);
    assertThat(footing("{claim: uploads}", "acknowledge: [" + token + "]").node())
        .isEqualTo("node-1");
  }

  /**
   * It may have waited for hours; what has begun is not ended under the hands of who watches it.
   */
  @ParameterizedTest
  @EnumSource(
      value = RunView.State.class,
      names = {"QUEUED", "RUNNING"})
  void aRestoreThatWaitsIsTakenBackWhereSomebodyBeginsToUseTheClaim(RunView.State state) {
    backedUp(claim("uploads"));
    var launch = asked("{claim: uploads}", "").launches().getFirst();
    runs.add(new RunView(launch.labels(), state, host.now, null, List.of(), null, null));
    host.claims = List.of(claim("uploads", pod("web-0", "node-1")));
    var decision = asked("{claim: uploads}", "");

    if (state == RunView.State.QUEUED) {
      assertThat(decision.status().failure()).isNotNull();
      assertThat(decision.removableRuns()).containsExactly(launch.labels().name());
    } else {
      assertThat(decision.status().failure()).isNull();
      assertThat(decision.removableRuns()).isEmpty();
    }
    assertThat(decision.launches()).isEmpty();
  }

  /** It cannot be taken back any more, and whoever looks at the result must know. */
  @Test
  void whoBeginsToUseAClaimWhileItIsRestoredIsNamedInTheEnd() {
    backedUp(claim("uploads"));
    var launch = asked("{claim: uploads}", "").launches().getFirst();
    var labels = launch.labels();
    runs.add(new RunView(labels, RunView.State.RUNNING, host.now, null, List.of(), null, null));
    host.claims = List.of(claim("uploads", pod("web-0", "node-1")));
    request.setStatus(asked("{claim: uploads}", "").status());
    host.claims = List.of(claim("uploads"));
    request.setStatus(asked("{claim: uploads}", "").status());
    assertThat(request.getStatus().warnings())
        .singleElement(org.assertj.core.api.InstanceOfAssertFactories.STRING)
        .startsWith("Claim 'uploads' was used while it was restored, by pod web-0: ");

    runs.clear();
    runs.add(
        new RunView(
            labels,
            RunView.State.ENDED,
            host.now,
            host.now,
            List.of(),
            Reason.INTERRUPTED.failure("x"),
            null));
    assertThat(asked("{claim: uploads}", "").status().warnings()).hasSize(1);
  }

  /** Who was to be scaled to zero is seen until it has gone, and back when the run has ended. */
  @Test
  void whoWasScaledToZeroIsNoDisturbanceUntilTheRunWasSeenToRun() {
    backedUp(claim("uploads"));
    var target = "{claim: uploads, scaleToZero: true}";
    var launch = asked(target, "").launches().getFirst();
    runs.add(
        new RunView(launch.labels(), RunView.State.RUNNING, host.now, null, List.of(), null, null));
    host.claims = List.of(claim("uploads", pod("web-0", "node-1")));

    assertThat(look().status().warnings()).isNull();
    assertThat(look().status().warnings()).hasSize(1);
  }

  /** Its own backup that still runs is nobody who would write. */
  @Test
  void aRunOfSalvorIsNoConsumer() {
    var own = run("uploads-backup-x", Purpose.BACKUP);
    backedUp(claim("uploads", own));

    assertThat(footing("{claim: uploads}", "").node()).isEqualTo("node-1");
  }

  /** Two that write to one volume know nothing of each other. */
  @Test
  void aClaimThatIsBeingRestoredToIsWaitedFor() {
    var other = run("back-restore-x", Purpose.RESTORE);
    backedUp(claim("uploads", other));

    assertThat(refused("{claim: uploads}", "").reason()).isEqualTo(Reason.CLAIM_BUSY);
  }

  /** It was let go after it was looked at, and its pod is seen before it is seen itself. */
  @Test
  void aRestoreIsNotTakenBackForItsOwnPod() {
    backedUp(claim("uploads"));
    var launch = asked("{claim: uploads}", "").launches().getFirst();
    var name = launch.labels().name();
    runs.add(
        new RunView(launch.labels(), RunView.State.QUEUED, host.now, null, List.of(), null, null));
    host.claims = List.of(claim("uploads", run(name, Purpose.RESTORE)));
    assertThat(asked("{claim: uploads}", "").removableRuns()).isEmpty();

    host.claims = List.of(claim("uploads", run("another-restore-x", Purpose.RESTORE)));
    assertThat(asked("{claim: uploads}", "").removableRuns()).containsExactly(name);
  }

  @Test
  void whichOfSeveralClaimsIsAskedBeforeAnythingIsMade() {
    backedUp(claim("uploads"), claim("avatars"));
    source = "{policyRef: {name: shop-db}, latest: {}}";

    assertThat(refused("{claim: copy, create: {}}", "").reason()).isEqualTo(Reason.INVALID_SPEC);
  }

  @Test
  void aNewClaimIsOneThatCanBeWritten() {
    backedUp(claim("uploads", Phase.BOUND, "ReadOnlyMany"));

    assertThat(
            Objects.requireNonNull(footing("{claim: copy, create: {}}", "").make()).accessModes())
        .containsExactly("ReadWriteOnce");
  }

  @Test
  void aNewClaimIsLikeTheSourcesOwn() {
    backedUp(claim("uploads", Phase.BOUND, "ReadWriteMany"));

    assertThat(footing("{claim: copy, create: {}}", "").make())
        .isEqualTo(
            new ClaimToMake(
                "copy", "10Gi", "fast", List.of("ReadWriteMany"), VolumeMode.FILESYSTEM));
    request.setStatus(null);
    assertThat(footing("{claim: copy, create: {size: 20Gi, storageClassName: slow}}", "").make())
        .isEqualTo(
            new ClaimToMake(
                "copy", "20Gi", "slow", List.of("ReadWriteMany"), VolumeMode.FILESYSTEM));
  }

  /** Three GiB and a quarter. */
  @Test
  void aNewClaimHasRoomForThePointWhereTheSourceIsGone() {
    backedUp();

    assertThat(footing("{claim: uploads, create: {}}", "").make())
        .isEqualTo(
            new ClaimToMake(
                "uploads", "4Gi", null, List.of("ReadWriteOnce"), VolumeMode.FILESYSTEM));
  }

  /** Where the source is gone, it must be said; what is said goes before what the source is. */
  @Test
  void aNewClaimIsADeviceWhereTheSourceIsOneOrThatIsSaid() {
    backedUp(block("uploads"));
    assertThat(made("{claim: copy, create: {}}").volumeMode()).isEqualTo(VolumeMode.BLOCK);
    assertThat(made("{claim: copy, create: {volumeMode: Filesystem}}").volumeMode())
        .isEqualTo(VolumeMode.FILESYSTEM);

    host.claims = List.of();
    assertThat(made("{claim: uploads, create: {volumeMode: Block}}").volumeMode())
        .isEqualTo(VolumeMode.BLOCK);
  }

  private ClaimToMake made(String target) {
    request.setStatus(null);
    return Objects.requireNonNull(footing(target, "").make());
  }

  @Test
  void aDeviceIsRestoredToAsOne() {
    backedUp(block("uploads"));
    var task =
        (Task.RestoreDevice) asked("{claim: uploads}", "").launches().getFirst().tasks().getFirst();
    assertThat(task.device()).isEqualTo("/devices/uploads");
    assertThat(task.part()).isEqualTo("uploads");

    request.setStatus(null);
    var planned = asked("{claim: copy, create: {}}", "dryRun: true").launches().getFirst();
    assertThat(((Task.RestoreDevice) planned.tasks().getFirst()).effect())
        .isEqualTo(Task.Effect.PLAN_WITHOUT_TARGET);
  }

  @Test
  void aPlanMakesNoClaim() {
    backedUp(claim("uploads"));
    var footing = footing("{claim: copy, create: {}}", "dryRun: true");

    assertThat(footing.make()).isNull();
    assertThat(footing.mounts()).containsExactly(new Mount("copy", Access.STAND_IN));
  }

  @Test
  void aClaimThatIsMissingIsWaitedFor() {
    backedUp(claim("uploads"));

    assertThat(refused("{claim: copy}", "").reason()).isEqualTo(Reason.CLAIM_NOT_FOUND);
    host.claims = List.of(claim("copy"));
    assertThat(footing("{claim: copy}", "").mounts()).hasSize(1);
  }

  @Test
  void aClaimThatCannotBeWrittenIsRefused() {
    backedUp(claim("uploads", Phase.LOST, "ReadWriteOnce"));
    assertThat(refused("{claim: uploads}", "").message()).contains("restore to a new claim");
  }

  private static String message(@Nullable List<Condition> conditions) {
    return Conditions.find(conditions, Conditions.READY).orElseThrow().message();
  }
}
