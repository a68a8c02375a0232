package dev.salvor.operator.jobs;

import static dev.salvor.operator.jobs.SnapshotReadingTest.COPY;
import static dev.salvor.operator.jobs.SnapshotReadingTest.JOB;
import static dev.salvor.operator.jobs.SnapshotReadingTest.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.VolumeMode;
import dev.salvor.plan.Footing;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a copy of a claim is asked for like, and which one that is found is it. */
class ClaimCopyTest {
  private static final String NAME = "files-backup-0-abcdef-0";

  private static PersistentVolumeClaim made() throws Exception {
    return COPY.claim(JOB, read("{readyToUse: true}"));
  }

  private static PersistentVolumeClaimBuilder builder() throws Exception {
    return new PersistentVolumeClaimBuilder(made());
  }

  private static PersistentVolumeClaim bound() throws Exception {
    return builder().withNewStatus().withPhase("Bound").endStatus().build();
  }

  @Test
  void itIsMadeOfItsSnapshotAndGoesWithTheJob() throws Exception {
    var claim = made();

    assertThat(claim.getMetadata().getName()).isEqualTo(NAME);
    assertThat(claim.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(owner -> assertThat(owner.getUid()).isEqualTo("job-uid"))
        .satisfies(owner -> assertThat(owner.getBlockOwnerDeletion()).isFalse());
    assertThat(claim.getSpec().getDataSource().getName()).isEqualTo(NAME);
    assertThat(claim.getSpec().getDataSource().getApiGroup()).isEqualTo("snapshot.storage.k8s.io");
    assertThat(claim.getSpec().getAccessModes()).containsExactly("ReadWriteOnce");
    assertThat(claim.getSpec().getStorageClassName()).isEqualTo("standard");
  }

  @Test
  void aCopyOfADeviceIsADevice() throws Exception {
    var how =
        new Footing.Copy(
            "fast", "standard", true, List.of("ReadWriteOnce"), "10Gi", VolumeMode.BLOCK);
    var claim = new ClaimCopy(0, "disk", how).claim(JOB, read("{readyToUse: true}"));

    assertThat(claim.getSpec().getVolumeMode()).isEqualTo("Block");
    assertThat(made().getSpec().getVolumeMode()).isNull();
  }

  /** What a Job bears that an operator made before there were devices. */
  @Test
  void aCopyThatSaysNothingOfItsVolumeModeIsOfFiles() {
    var job =
        new JobBuilder(JOB)
            .editMetadata()
            .addToAnnotations(
                JobLabels.COPIES,
                "[{\"number\":0,\"claim\":\"a\",\"how\":{\"snapshotClass\":\"fast\","
                    + "\"storageClass\":\"standard\",\"madeAtOnce\":true,"
                    + "\"accessModes\":[\"ReadWriteOnce\"],\"size\":\"1Gi\"}}]")
            .endMetadata()
            .build();

    assertThat(ClaimCopy.read(job))
        .extracting(copy -> copy.how().volumeMode())
        .containsExactly(VolumeMode.FILESYSTEM);
  }

  @Test
  void itIsNoSmallerThanItsSnapshot() throws Exception {
    assertThat(size("{readyToUse: true}")).isEqualTo(new Quantity("10Gi"));
    assertThat(size("{readyToUse: true, restoreSize: 5Gi}")).isEqualTo(new Quantity("10Gi"));
    assertThat(size("{readyToUse: true, restoreSize: 25Gi}")).isEqualTo(new Quantity("25Gi"));
  }

  private static @Nullable Quantity size(String status) throws Exception {
    return COPY.claim(JOB, read(status)).getSpec().getResources().getRequests().get("storage");
  }

  /** A number at the end, and what stands before it, decide the zone of a volume. */
  @Test
  void allCopiesOfARunEndAlike() {
    assertThat(ClaimCopy.name("files-backup-abcdef", 0)).isEqualTo("files-backup-0-abcdef-0");
    assertThat(ClaimCopy.name("files-backup-abcdef", 11)).isEqualTo("files-backup-11-abcdef-0");
  }

  @Test
  void itIsReadyOnceThereIsAVolumeOrAsSoonAsAPodMayAskForOne() throws Exception {
    var snapshot = read("{readyToUse: true}");

    assertThat(COPY.preparation(JOB, made(), snapshot)).isInstanceOf(Preparation.Waits.class);
    assertThat(COPY.preparation(JOB, bound(), snapshot)).isInstanceOf(Preparation.Ready.class);
    var how =
        new Footing.Copy(
            "fast", "standard", false, List.of("ReadWriteOnce"), "10Gi", VolumeMode.FILESYSTEM);
    assertThat(new ClaimCopy(0, "uploads", how).preparation(JOB, made(), snapshot))
        .isInstanceOf(Preparation.Ready.class);
  }

  /** It would be stored with the time of this run's snapshot. */
  @Test
  void aCopyOfAnotherSnapshotIsNotTaken() throws Exception {
    var snapshot = read("{readyToUse: true}");
    var ofAnother =
        builder()
            .editMetadata()
            .addToAnnotations("salvor.dev/snapshot-uid", "earlier")
            .endMetadata()
            .build();
    var again = new JobBuilder(JOB).editMetadata().withUid("again").endMetadata().build();

    assertThat(COPY.preparation(JOB, ofAnother, snapshot)).isInstanceOf(Preparation.Failed.class);
    assertThat(COPY.preparation(again, bound(), snapshot)).isInstanceOf(Preparation.Failed.class);
    var leaving = builder().editMetadata().withDeletionTimestamp("x").endMetadata().build();
    assertThat(COPY.preparation(again, leaving, snapshot)).isInstanceOf(Preparation.Waits.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[null]", "[{}]", "{", "[{\"number\":0,\"claim\":\"a\"}]"})
  void whatSomebodyWroteInsteadHoldsUpNobody(String text) {
    var job =
        new JobBuilder(JOB).editMetadata().addToAnnotations(JobLabels.COPIES, text).endMetadata();

    assertThat(ClaimCopy.read(job.build())).isEmpty();
    assertThat(ClaimCopy.isOf(job.build())).isTrue();
  }

  @Test
  void whatIsWrittenIsRead() {
    var job =
        new JobBuilder(JOB)
            .editMetadata()
            .addToAnnotations(JobLabels.COPIES, ClaimCopy.write(List.of(COPY)))
            .endMetadata()
            .build();

    assertThat(ClaimCopy.read(job)).containsExactly(COPY);
  }
}
