package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.VolumeMode;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.ClaimView.Phase;
import dev.salvor.plan.ClaimView.SnapshotClass;
import dev.salvor.plan.ClaimView.Snapshots;
import dev.salvor.plan.ClaimView.StorageClass;
import dev.salvor.plan.ClaimView.Workload;
import dev.salvor.plan.Footing.Access;
import dev.salvor.plan.Footing.ClaimToMake;
import dev.salvor.plan.Footing.Mount;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Claims that are raw block devices: which are read and written, and how. */
class DevicePlanningTest {
  private static final Snapshots DRIVER =
      new Snapshots(
          "csi.shop.test",
          List.of(new SnapshotClass("fast", true, true)),
          new StorageClass("standard", "csi.shop.test", true, true),
          null);

  private static ClaimView disk(Snapshots snapshots, ClaimView.User... users) {
    return new ClaimView(
        "disk",
        Phase.BOUND,
        VolumeMode.BLOCK,
        List.of("ReadWriteOnce"),
        "10Gi",
        "fast",
        List.of(users),
        snapshots);
  }

  private static ClaimView.User pod(@Nullable Workload workload) {
    return new ClaimView.User("vm-0", "node-1", List.of(), null, workload);
  }

  private static ClaimView.User run(Purpose purpose) {
    return new ClaimView.User(
        "other-x", "node-1", List.of(), new ClaimView.Run(purpose, "other"), null);
  }

  private static ClaimChoice toRead(String more, ClaimView claim) throws Exception {
    return ClaimChoice.toRead(
        Json.yaml()
            .readValue(
                "{claims: {names: [disk]}, allowEmpty: false" + more + "}", VolumeSource.class),
        List.of(claim));
  }

  private static ClaimChoice toWrite(
      String target, String more, @Nullable ClaimView found, @Nullable ClaimToMake made)
      throws Exception {
    var spec =
        Json.yaml()
            .readValue(
                """
                source: {policyRef: {name: machines}, latest: {}, claim: disk}
                target: {volume: %s}
                %s
                """
                    .formatted(target, more),
                RestoreRequestSpec.class);
    return ClaimChoice.toWrite(spec, Objects.requireNonNull(spec.target().volume()), found, made);
  }

  private static Footing footing(ClaimChoice choice) {
    return ((ClaimChoice.Chosen) choice).footing();
  }

  private static Failure failure(ClaimChoice choice) {
    return ((ClaimChoice.Unavailable) choice).failure();
  }

  @Test
  void aDeviceThatNobodyUsesIsReadItself() throws Exception {
    assertThat(footing(toRead("", disk(Snapshots.NONE))).mounts())
        .containsExactly(new Mount("disk", VolumeMode.BLOCK, Access.READ))
        .extracting(Mount::path)
        .containsExactly("/devices/disk");
  }

  static Stream<Arguments> users() {
    var scalable = new Workload(Workload.Kind.STATEFUL_SET, "vm");
    return Stream.of(
        Arguments.of("", disk(Snapshots.NONE, pod(null)), false),
        Arguments.of("", disk(Snapshots.NONE, run(Purpose.RESTORE)), false),
        Arguments.of("", disk(Snapshots.NONE, run(Purpose.BACKUP)), true),
        Arguments.of("", disk(DRIVER, pod(scalable)), false),
        Arguments.of(", scaleToZero: true", disk(Snapshots.NONE, pod(scalable)), true),
        Arguments.of(", mode: Auto", disk(Snapshots.NONE, pod(null)), false),
        Arguments.of(", mode: Auto", disk(DRIVER, pod(null)), true),
        Arguments.of(", mode: Snapshot", disk(DRIVER, pod(null)), true));
  }

  /** Of a device that is written to while it is read, nothing would be worth anything. */
  @ParameterizedTest
  @MethodSource("users")
  void aDeviceIsNotReadBesideWhoMayWriteToIt(String more, ClaimView claim, boolean isRead)
      throws Exception {
    var choice = toRead(more, claim);

    if (isRead) {
      assertThat(footing(choice).mounts()).hasSize(1);
    } else {
      assertThat(failure(choice).reason()).isEqualTo(Reason.CLAIM_BUSY);
      assertThat(failure(choice).message()).contains("'disk' is a raw block device", "scaleToZero");
    }
  }

  @Test
  void aCopyOfADeviceIsADevice() throws Exception {
    var mount = footing(toRead(", mode: Snapshot", disk(DRIVER))).mounts().getFirst();

    assertThat(mount.path()).isEqualTo("/devices/disk");
    assertThat(mount.copy()).extracting(Footing.Copy::volumeMode).isEqualTo(VolumeMode.BLOCK);
  }

  @Test
  void aDeviceIsWrittenToAsOne() throws Exception {
    assertThat(footing(toWrite("{claim: disk}", "", disk(Snapshots.NONE), null)).mounts())
        .containsExactly(new Mount("disk", VolumeMode.BLOCK, Access.WRITE));
    var inUse = failure(toWrite("{claim: disk}", "", disk(Snapshots.NONE, pod(null)), null));
    assertThat(inUse.reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(inUse.message()).contains("accept that they see it change under them");
  }

  @Test
  void nothingIsSelectedOfADevice() throws Exception {
    var made = new ClaimToMake("new", "1Gi", null, List.of("ReadWriteOnce"), VolumeMode.BLOCK);
    var select = "select: {paths: [etc]}";

    for (var choice :
        List.of(
            toWrite("{claim: disk}", select, disk(Snapshots.NONE), null),
            toWrite("{claim: new, create: {}}", select, null, made))) {
      assertThat(failure(choice).reason()).isEqualTo(Reason.INVALID_SPEC);
      assertThat(failure(choice).message()).contains("restored whole, without select.paths");
    }
  }
}
