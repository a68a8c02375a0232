package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.JobTemplate;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.ClaimView.Phase;
import dev.salvor.plan.ClaimView.SnapshotClass;
import dev.salvor.plan.ClaimView.Snapshots;
import dev.salvor.plan.ClaimView.StorageClass;
import dev.salvor.plan.Footing.Access;
import dev.salvor.plan.Footing.Mount;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which claims are read by snapshots, and what that changes for where a backup runs. */
class SnapshotPlanningTest {
  private static final SnapshotClass FAST = new SnapshotClass("fast", false, true);
  private static final SnapshotClass SLOW = new SnapshotClass("slow", false, true);
  private static final SnapshotClass USUAL = new SnapshotClass("usual", true, true);
  private static final SnapshotClass KEEPING = new SnapshotClass("keeping", false, false);

  private static final JobTemplate.Toleration SHOP =
      new JobTemplate.Toleration("shop", "Exists", null, "NoSchedule", null);
  private static final StorageClass STANDARD =
      new StorageClass("standard", "csi.shop.test", true, true);

  private static Footing.@Nullable Copy copy(@Nullable String snapshotClass) {
    return snapshotClass == null
        ? null
        : new Footing.Copy(
            snapshotClass,
            "standard",
            true,
            List.of("ReadWriteOnce"),
            "10Gi",
            VolumeMode.FILESYSTEM);
  }

  private static PlannedHost policy(String volume) throws Exception {
    var host =
        new PlannedHost(
            PlannedHost.spec(
                """
                source: {volume: {%s}}
                storeRef: {name: offsite}
                schedule: {cron: "0 2 * * *"}
                """
                    .formatted(volume)));
    host.kind = HostKind.KUBERNETES;
    host.store.setSpec(
        Json.yaml()
            .readValue(
                """
                s3: {bucket: backups, credentials: {secretRef: {name: keys}}}
                encryption: {passwordSecretRef: {name: key, key: password}}
                """,
                BackupStoreSpec.class));
    return host;
  }

  private static ClaimView claim(String name, Snapshots snapshots, ClaimView.User... users) {
    return claim(name, Phase.BOUND, "ReadWriteOnce", snapshots, users);
  }

  private static ClaimView claim(
      String name, Phase phase, String mode, Snapshots snapshots, ClaimView.User... users) {
    return new ClaimView(
        name,
        phase,
        VolumeMode.FILESYSTEM,
        List.of(mode),
        "10Gi",
        "fast",
        List.of(users),
        snapshots);
  }

  private static Snapshots of(SnapshotClass... classes) {
    return with(STANDARD, classes);
  }

  private static Snapshots with(@Nullable StorageClass storage, SnapshotClass... classes) {
    return new Snapshots("csi.shop.test", List.of(classes), storage, null);
  }

  private static ClaimView.User pod(String name, String node) {
    return new ClaimView.User(name, node, List.of(), null, null);
  }

  private static Footing due(PlannedHost host) {
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();
    var running = host.running(Purpose.BACKUP).orElseThrow();
    return Objects.requireNonNull(host.launched.get(running.labels().name())).footing();
  }

  static Stream<Arguments> choices() {
    return Stream.of(
        Arguments.of("", of(USUAL), null),
        Arguments.of("mode: Live", of(USUAL), null),
        Arguments.of("mode: Snapshot", of(FAST), "fast"),
        Arguments.of("mode: Snapshot", of(FAST, USUAL), "usual"),
        Arguments.of("mode: Snapshot, snapshot: {className: slow}", of(FAST, SLOW, USUAL), "slow"),
        // One that leaves its snapshots behind, as other tools want it, is no choice.
        Arguments.of("mode: Snapshot", of(FAST, KEEPING), "fast"),
        Arguments.of("mode: Snapshot", of(FAST, new SnapshotClass("keep", true, false)), "fast"),
        Arguments.of("mode: Auto", of(FAST), "fast"),
        Arguments.of("mode: Auto", with(null, FAST), null),
        Arguments.of("mode: Auto", with(new StorageClass("s", "other", true, true), FAST), null),
        Arguments.of("mode: Auto", of(), null),
        Arguments.of("mode: Auto", Snapshots.NONE, null),
        Arguments.of("mode: Auto, snapshot: {className: slow}", of(SLOW, FAST), "slow"));
  }

  @ParameterizedTest
  @MethodSource("choices")
  void aClaimIsReadByTheClassThatFits(
      String words, Snapshots snapshots, @Nullable String snapshotClass) throws Exception {
    var host = policy("claims: {names: [uploads]}" + (words.isEmpty() ? "" : ", " + words));
    host.claims = List.of(claim("uploads", snapshots));

    assertThat(due(host).mounts())
        .containsExactly(
            new Mount("uploads", VolumeMode.FILESYSTEM, Access.READ, copy(snapshotClass), null));
  }

  static Stream<Arguments> obstacles() {
    return Stream.of(
        Arguments.of("mode: Snapshot", Snapshots.NONE, "not of a CSI driver"),
        Arguments.of("mode: Snapshot", of(), "csi.shop.test has no VolumeSnapshotClass"),
        Arguments.of(
            "mode: Snapshot", of(FAST, SLOW), "name one in snapshot.className: fast, slow"),
        Arguments.of("mode: Auto", of(FAST, SLOW), "name one in snapshot.className: fast, slow"),
        Arguments.of(
            "mode: Snapshot, snapshot: {className: other}",
            of(FAST),
            "no class 'other' of deletionPolicy Delete, but fast"),
        Arguments.of("mode: Snapshot", of(KEEPING), "leave a snapshot behind: keeping"),
        Arguments.of("mode: Auto", of(KEEPING), "leave a snapshot behind: keeping"),
        Arguments.of("mode: Snapshot", with(null, FAST), "StorageClass that would make its copy"),
        Arguments.of(
            "mode: Snapshot",
            with(new StorageClass("s", "other", true, true), FAST),
            "StorageClass 's' makes no volumes of its driver csi.shop.test"),
        Arguments.of(
            "mode: Auto",
            with(new StorageClass("s", "csi.shop.test", false, true), FAST),
            "StorageClass 's' keeps volumes"),
        Arguments.of(
            "mode: Auto, snapshot: {storageClassName: typo}",
            with(null, FAST),
            "StorageClass that would make its copy is not there"),
        Arguments.of("mode: Auto", Snapshots.unknown("forbidden"), "does not say by which class"));
  }

  @ParameterizedTest
  @MethodSource("obstacles")
  void withoutItsClassNothingIsBackedUpAndTheMessageSaysWhichThereAre(
      String words, Snapshots snapshots, String message) throws Exception {
    var host = policy("claims: {names: [uploads]}, " + words);
    host.claims = List.of(claim("uploads", snapshots));
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.running(Purpose.BACKUP)).isEmpty();
    assertThat(host.says(Conditions.READY)).isEqualTo("Unknown SnapshotUnavailable");
    assertThat(host.condition(Conditions.READY).message()).contains(message);

    host.claims = List.of(claim("uploads", of(new SnapshotClass("other", true, true))));
    host.advance(Duration.ofMinutes(1)).look();
    assertThat(host.running(Purpose.BACKUP)).isPresent();
  }

  /** The copy is nobody else's, wherever the pods of the claim are. */
  @Test
  void aCopyBindsTheRunToNoNode() throws Exception {
    var host = policy("claims: {names: [uploads, avatars, notes]}, mode: Auto");
    host.claims =
        List.of(
            claim(
                "uploads",
                of(FAST),
                new ClaimView.User("web-0", "node-1", List.of(SHOP), null, null)),
            claim("avatars", Phase.BOUND, "ReadWriteOncePod", of(FAST), pod("web-1", "node-2")),
            claim("notes", of(), pod("web-2", "node-3")));
    var footing = due(host);

    assertThat(footing.mounts())
        .extracting(
            Mount::claim, mount -> mount.copy() == null ? null : mount.copy().snapshotClass())
        .containsExactly(tuple("avatars", "fast"), tuple("notes", null), tuple("uploads", "fast"));
    assertThat(footing.node()).isEqualTo("node-3");
    assertThat(footing.tolerations()).as("of a driver that makes it there").containsExactly(SHOP);
  }

  @Test
  void ofWhatIsNotThereNoSnapshotIsTaken() throws Exception {
    for (var phase : List.of(Phase.PENDING, Phase.LOST, Phase.DELETED)) {
      var host = policy("claims: {names: [uploads]}, mode: Snapshot");
      host.claims = List.of(claim("uploads", phase, "ReadWriteOnce", of(FAST)));
      host.contacted();
      host.at("2026-11-22T02:00:00Z").look();

      assertThat(host.running(Purpose.BACKUP)).as("%s", phase).isEmpty();
      assertThat(host.says(Conditions.READY)).doesNotContain(Reason.SNAPSHOT_UNAVAILABLE.text());
    }
  }
}
