package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.plan.RunView;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How far a run is, and what its reports say. */
class JobReadingTest {
  private static final Instant NOW = Instant.parse("2026-11-22T03:00:00Z");

  private final JobStory backup = JobStory.of(JobCases.backup());
  private final JobStory verify = JobStory.of(JobCases.verification());

  @Test
  void isQueuedUntilItIsResumed() {
    var view = backup.view(NOW);

    assertThat(view.state()).isEqualTo(RunView.State.QUEUED);
    assertThat(view.labels()).isEqualTo(JobCases.backup().launch().labels());
    assertThat(view.created()).isEqualTo(JobStory.CREATED);
    assertThat(view.ended()).isNull();
    assertThat(view.hostFailure()).isNull();
  }

  @Test
  void runsFromBeingResumed() {
    assertThat(backup.resumed().view(NOW).state()).isEqualTo(RunView.State.RUNNING);
    assertThat(backup.running("worker").view(NOW).state()).isEqualTo(RunView.State.RUNNING);
  }

  /** It holds its place from then on, so it is no run that waits to be let go. */
  @Test
  void runsWhileItsSnapshotsAreTaken() {
    var waiting =
        backup.annotated(
            Map.of(JobLabels.PREPARING, "2026-11-22T02:18:00Z", JobLabels.WAITING, "a snapshot."));
    assertThat(waiting.view(NOW).state()).isEqualTo(RunView.State.RUNNING);
    assertThat(waiting.view(NOW).waitingFor()).isEqualTo("a snapshot.");

    var failure = Reason.SNAPSHOT_FAILED.failure("no space");
    var given = waiting.annotated(JobLabels.gaveUp(failure, NOW)).view(NOW);
    assertThat(given.state()).isEqualTo(RunView.State.ENDED);
    assertThat(given.hostFailure()).isEqualTo(failure);
  }

  @Test
  void endsWithItsContainerBeforeTheJobSaysSo() {
    var view = backup.resumed().ended("worker", 0, backup.report("SUCCEEDED")).view(NOW);

    assertThat(view.state()).isEqualTo(RunView.State.ENDED);
    assertThat(view.ended()).isEqualTo(JobStory.ENDED);
    assertThat(view.lastReport()).map(TaskReport::outcome).contains(TaskReport.Outcome.SUCCEEDED);
    assertThat(view.hostFailure()).isNull();
  }

  @Test
  void saysTheSameOnceTheJobSaysSo() {
    backup.resumed().ended("worker", 0, backup.report("SUCCEEDED"));
    var before = backup.view(NOW);

    assertThat(backup.job("Complete", null).phase("Succeeded").view(NOW.plusSeconds(900)))
        .isEqualTo(before);
  }

  @Test
  void aReportOfFailureNeedsNoWordOfTheHost() {
    var view =
        backup
            .resumed()
            .ended("worker", 1, backup.report("FAILED"))
            .phase("Failed")
            .job("Failed", "BackoffLimitExceeded")
            .view(NOW);

    assertThat(view.hostFailure()).isNull();
    assertThat(view.failure()).map(it -> it.reason()).contains(Reason.STORE_UNREACHABLE);
  }

  /** Who is killed cannot say any more what it wrote over: it said so before. */
  @Test
  void aDraftSaysWhatWasWrittenOverAndLeavesItToTheHostWhyItEnded() throws Exception {
    var name = JobCases.backup().launch().labels().name();
    var over = new TaskResult.Restored(List.of(), null, 0, null, "safety-point", null, null);
    var draft =
        Json.mapper().writeValueAsString(TaskReport.draft(name, NOW, List.of("said"), over));

    var view = backup.resumed().ended("worker", 137, "OOMKilled", draft).view(NOW);

    assertThat(view.failure()).map(it -> it.reason()).contains(Reason.OUT_OF_MEMORY);
    assertThat(view.result(TaskResult.Restored.class)).contains(over);
    assertThat(backup.ended("worker", 137, draft).view(NOW).failure())
        .hasValueSatisfying(
            failure -> {
              assertThat(failure.reason()).isEqualTo(Reason.INTERRUPTED);
              assertThat(failure.logTail()).as("a draft is no log").isNull();
            });
  }

  @Test
  void aReportCountsWhateverTheJobSays() {
    var view =
        backup
            .resumed()
            .ended("worker", 0, backup.report("SUCCEEDED"))
            .job("Failed", "DeadlineExceeded")
            .view(NOW);

    assertThat(view.failure()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-11-22T02:18:00.000Z INFO  starting run=x",
        "",
        "{}",
        "[]",
        "null",
        "{\"time\":\"2026-11-22T02:18:00Z\",\"run\":\"shop-db-backup-aaaaaaaaaaaa\",\"step\":\"DUMP\"}",
        "{\"run\":\"other\",\"outcome\":\"SUCCEEDED\",\"started\":\"2026-11-22T02:18:00Z\",\"finished\":\"2026-11-22T02:18:00Z\"}",
        "{\"run\":\"shop-db-backup-aaaaaaaaaaaa\",\"outcome\":\"MIRRORED\",\"started\":\"2026-11-22T02:18:00Z\",\"finished\":\"2026-11-22T02:18:00Z\"}",
        "{\"run\":\"shop-db-backup-aaaaaaaaaaaa\",\"outcome\":\"SUCCEEDED\",\"started\":\"2026-11-22T02:18:00Z\",\"finished\":\"2026-11-22T02:18:00Z\"}\n"
            + "and more"
      })
  void whatIsNoReportOfThisRunIsNone(String message) {
    var view = backup.resumed().ended("worker", 0, message).view(NOW);

    assertThat(view.reports()).isEmpty();
    assertThat(Objects.requireNonNull(view.hostFailure()).reason())
        .isEqualTo(Reason.REPORT_MISSING);
  }

  @Test
  void aMessageThatNoKubeletTakesIsNoReport() {
    var report = backup.report("SUCCEEDED");
    var most = report + " ".repeat(4096 - report.length());

    assertThat(backup.resumed().ended("worker", 0, most).view(NOW).reports()).hasSize(1);
    assertThat(backup.ended("worker", 0, most + " ").view(NOW).reports()).isEmpty();
  }

  @Test
  void aVerificationGoesOnFromFetchToCompare() {
    verify.resumed().ended("fetch", 0, verify.report("SUCCEEDED")).running("server");
    var view = verify.view(NOW);

    assertThat(view.state()).isEqualTo(RunView.State.RUNNING);
    assertThat(view.reports()).hasSize(1);
    assertThat(verify.running("compare").view(NOW).state()).isEqualTo(RunView.State.RUNNING);
  }

  @Test
  void aVerificationHasTwoReportsInOrder() {
    verify
        .resumed()
        .ended("compare", 0, verify.report("SUCCEEDED", "2026-11-22T02:40:00Z"))
        .ended("fetch", 0, verify.report("SUCCEEDED", "2026-11-22T02:20:00Z"))
        .running("server");
    var view = verify.view(NOW);

    assertThat(view.state()).isEqualTo(RunView.State.ENDED);
    assertThat(view.reports())
        .extracting(TaskReport::started)
        .containsExactly(
            Instant.parse("2026-11-22T02:20:00Z"), Instant.parse("2026-11-22T02:40:00Z"));
    assertThat(view.hostFailure()).isNull();
  }

  @Test
  void aVerificationWhoseFetchFailedEndsWithItsReport() {
    var view =
        verify.resumed().ended("fetch", 1, verify.report("FAILED")).phase("Failed").view(NOW);

    assertThat(view.state()).isEqualTo(RunView.State.ENDED);
    assertThat(view.reports()).hasSize(1);
    assertThat(view.hostFailure()).isNull();
  }

  @Test
  void aVerificationWhoseCompareWasKilledIsNotOneThatSucceeded() {
    var view =
        verify
            .resumed()
            .ended("fetch", 0, verify.report("SUCCEEDED"))
            .ended("compare", 137, null)
            .view(NOW);

    assertThat(view.reports()).hasSize(1);
    assertThat(view.failure()).map(it -> it.reason()).contains(Reason.INTERRUPTED);
  }

  @Test
  void aPodOfAnEarlierJobOfThatNameIsPassedOver() {
    var earlier =
        new PodBuilder(backup.resumed().ended("worker", 0, backup.report("SUCCEEDED")).pod())
            .editMetadata()
            .editFirstOwnerReference()
            .withUid("99999999-9999-9999-9999-999999999999")
            .endOwnerReference()
            .endMetadata()
            .build();

    assertThat(JobReading.read(backup.job(), List.of(earlier), NOW).state())
        .isEqualTo(RunView.State.RUNNING);
  }

  @Test
  void theNewestPodCounts() {
    var first =
        new PodBuilder(backup.resumed().ended("worker", 143, null).pod())
            .editMetadata()
            .withName("z-first")
            .withCreationTimestamp("2026-11-22T02:00:00Z")
            .endMetadata()
            .build();
    backup.running("worker");

    for (var pods : List.of(List.of(first, backup.pod()), List.of(backup.pod(), first))) {
      assertThat(JobReading.read(backup.job(), pods, NOW).state()).isEqualTo(RunView.State.RUNNING);
    }
  }

  @Test
  void aJobThatIsSuspendedAgainRunsUntilItsPodHasEndedAndThenIsQueued() {
    assertThat(backup.running("worker").view(NOW).state()).isEqualTo(RunView.State.RUNNING);
    assertThat(backup.ended("worker", 143, null).view(NOW).state()).isEqualTo(RunView.State.QUEUED);
  }

  @Test
  void aJobThatWasGivenUpHasEndedForThatReasonOnceItsPodHas() {
    var why = Reason.IMAGE_UNAVAILABLE.failure("no such image");
    backup.running("worker").annotated(JobLabels.gaveUp(why, JobStory.ENDED));

    assertThat(backup.view(NOW).state()).isEqualTo(RunView.State.RUNNING);
    assertThat(backup.withoutPod().view(NOW))
        .satisfies(
            view -> {
              assertThat(view.state()).isEqualTo(RunView.State.ENDED);
              assertThat(view.ended()).isEqualTo(JobStory.ENDED);
              assertThat(view.hostFailure()).isEqualTo(why);
            });
  }

  @Test
  void aPodThatEndedWellAfterAllIsBelievedMoreThanThatItWasGivenUp() {
    backup
        .annotated(JobLabels.gaveUp(Reason.UNSCHEDULABLE.failure("no node"), JobStory.ENDED))
        .ended("worker", 0, backup.report("SUCCEEDED"));

    assertThat(backup.view(NOW).failure()).isEmpty();
    assertThat(backup.view(NOW).state()).isEqualTo(RunView.State.ENDED);
  }

  /** It says of a stillness that there was not. */
  @ParameterizedTest
  @EnumSource(names = {"HOOK_FAILED", "SCALING_FAILED"})
  void aBackupOfWhatWasNotStillHasFailedHoweverItEnded(Reason reason) {
    var why = reason.failure("Pod web-0 came.");
    backup
        .resumed()
        .annotated(JobLabels.gaveUp(why, JobStory.ENDED))
        .ended("worker", 0, backup.report("SUCCEEDED"));
    var view = backup.view(NOW);

    assertThat(view.state()).isEqualTo(RunView.State.ENDED);
    assertThat(view.failure()).contains(why);
    assertThat(view.reports()).isEmpty();
    assertThat(view.mayHaveClosed()).as("nor is it looked for").isFalse();
  }

  /** What other nodes read for it is no point; only its own worker closes one. */
  @Test
  void aRunThatWasNeverLetGoHasClosedNothing() {
    var why = Reason.OUT_OF_MEMORY.failure("On node worker-2: killed");
    backup.annotated(Map.of(JobLabels.PREPARING, "2026-11-22T02:18:00Z", JobLabels.SHARES, "a1b2"));
    backup.annotated(JobLabels.gaveUp(why, NOW));

    assertThat(backup.view(NOW).mayHaveClosed()).isFalse();
    assertThat(backup.running("worker").view(NOW).mayHaveClosed()).isTrue();
  }

  @Test
  void aPodOnANodeThatDoesNotAnswerIsWaitedForAndThenLost() {
    backup.resumed().running("worker").deleted("2026-11-22T02:50:00Z");

    assertThat(backup.view(NOW).state()).isEqualTo(RunView.State.RUNNING);
    var view = backup.view(NOW.plusSeconds(1));
    assertThat(view.state()).isEqualTo(RunView.State.ENDED);
    assertThat(view.ended()).isEqualTo(Instant.parse("2026-11-22T02:50:00Z"));
    assertThat(Objects.requireNonNull(view.hostFailure()).reason()).isEqualTo(Reason.EVICTED);
  }
}
