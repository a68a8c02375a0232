package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Json;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a VolumeSnapshot says, and how long one waits for it. */
class SnapshotReadingTest {
  static final Instant START = Instant.parse("2026-11-22T02:00:00Z");
  static final ClaimCopy COPY = new ClaimCopy(0, "uploads", JobCases.COPY);
  static final Job JOB =
      new JobBuilder()
          .withNewMetadata()
          .withNamespace("shop")
          .withName("files-backup-abcdef")
          .withUid("job-uid")
          .addToLabels("salvor.dev/run", "backup")
          .endMetadata()
          .build();

  private static GenericKubernetesResource snapshot(Job job, String status) throws Exception {
    var snapshot = COPY.snapshot(job);
    snapshot.getMetadata().setUid("snapshot-uid");
    snapshot.getMetadata().setCreationTimestamp(START.toString());
    if (!status.isEmpty()) {
      snapshot.setAdditionalProperty("status", Json.yaml().readValue(status, Object.class));
    }
    return snapshot;
  }

  static SnapshotReading read(String status) throws Exception {
    return SnapshotReading.of(COPY, JOB, snapshot(JOB, status), START.plus(Duration.ofHours(1)));
  }

  private static String says(Preparation preparation) {
    return switch (preparation) {
      case Preparation.Ready ready -> "ready";
      case Preparation.Waits(var why) -> "waits: " + why;
      case Preparation.Failed(var failure) -> failure.reason().text() + ": " + failure.message();
    };
  }

  private static String after(Duration later, String status) throws Exception {
    return says(read(status).preparation(START.plus(later)));
  }

  @Test
  void itIsReadyWhenItsDriverSaysSo() throws Exception {
    var ready = read("{readyToUse: true, creationTime: '2026-11-22T02:00:05Z', restoreSize: 12Gi}");
    assertThat(says(ready.preparation(START))).isEqualTo("ready");
    assertThat(ready.cut()).isEqualTo("2026-11-22T02:00:05Z");
    assertThat(ready.size()).isEqualTo("12Gi");

    assertThat(after(Duration.ZERO, "{}"))
        .isEqualTo("waits: snapshot files-backup-0-abcdef-0 of claim 'uploads' is not ready yet.");
  }

  /** A driver that knows no time says 1970; the clock of another is ahead. */
  @ParameterizedTest
  @CsvSource({
    "1970-01-01T00:00:00Z, 2026-11-22T02:00:00Z",
    "2026-11-22T02:00:07.5Z, 2026-11-22T02:00:07.500Z",
    "2026-11-23T02:00:00Z, 2026-11-22T03:00:00Z"
  })
  void aDriversClockIsBelievedWithinReason(String time, String cut) throws Exception {
    assertThat(read("{readyToUse: true, creationTime: '" + time + "'}").cut()).isEqualTo(cut);
  }

  @Test
  void withoutATimeItIsAsOldAsTheWish() throws Exception {
    assertThat(read("{readyToUse: true}").cut()).isEqualTo(START);
    assertThat(read("{readyToUse: false}").cut()).isNull();
  }

  /** One of an earlier Job of the same name holds other data. */
  @Test
  void theSnapshotOfAnotherJobIsNotTaken() throws Exception {
    var other = new JobBuilder(JOB).editMetadata().withUid("x").endMetadata().build();
    var found =
        snapshot(other, "{readyToUse: true, error: {message: old, time: '2026-11-22T00:00:00Z'}}");
    assertThat(says(SnapshotReading.of(COPY, JOB, found, START).preparation(START)))
        .isEqualTo(
            "SnapshotFailed: VolumeSnapshot 'files-backup-0-abcdef-0' is in the way: it is not"
                + " this run's.");

    found.getMetadata().setDeletionTimestamp(START.toString());
    assertThat(says(SnapshotReading.of(COPY, JOB, found, START).preparation(START)))
        .isEqualTo(
            "waits: snapshot files-backup-0-abcdef-0 of an earlier attempt is being removed.");
  }

  static Stream<Arguments> patience() {
    var failed = "{error: {message: no space, time: '2026-11-22T02:00:30Z'}}";
    var slow = "{error: {message: 'code = DeadlineExceeded', time: '2026-11-22T02:00:30Z'}}";
    var cut = "{creationTime: '2026-11-22T02:00:05Z', " + failed.substring(1);
    return Stream.of(
        Arguments.of("", 10, "is not ready yet."),
        Arguments.of("", 11, "SnapshotFailed: No snapshot controller has taken note"),
        Arguments.of("{}", 600, "is not ready yet."),
        Arguments.of(failed, 10, "failed so far: no space"),
        Arguments.of(failed, 11, "SnapshotFailed: No snapshot of claim 'uploads' could be taken"),
        Arguments.of(slow, 60, "failed so far"),
        Arguments.of(slow, 61, "SnapshotFailed"),
        // An error stays until the snapshot is ready: it says nothing of one that is cut.
        Arguments.of(cut, 600, "is not ready yet."));
  }

  @ParameterizedTest
  @MethodSource("patience")
  void oneIsPatientWithWhatMayStillSucceed(String status, int minutes, String words)
      throws Exception {
    assertThat(after(Duration.ofMinutes(minutes), status)).contains(words);
  }
}
