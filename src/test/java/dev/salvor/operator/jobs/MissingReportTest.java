package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Why a backup left no report: reason and plain words. */
class MissingReportTest {
  private static final Instant NOW = Instant.parse("2026-11-22T03:00:00Z");

  static Stream<Arguments> stories() {
    return Stream.of(
        story(
            it -> it.ended("worker", 137, "OOMKilled", null),
            Reason.OUT_OF_MEMORY,
            "container worker for want of memory: it may use 768Mi"),
        story(
            it -> it.ended("worker", 137, "OOMKilled", null).job("Failed", "DeadlineExceeded"),
            Reason.OUT_OF_MEMORY,
            "768Mi"),
        story(
            it ->
                it.ended("worker", 137, null)
                    .phase("Failed", "Evicted", "The node was low on resource: memory."),
            Reason.EVICTED,
            "The cluster ended the pod (Evicted): The node was low on resource: memory."),
        story(
            it ->
                it.phase(
                    "Failed",
                    "Evicted",
                    "Usage of EmptyDir volume \"worker-scratch\" exceeds the limit \"2Gi\". "),
            Reason.SCRATCH_FULL,
            "worker-scratch"),
        story(
            it ->
                it.ended("worker", 143, null)
                    .disrupted("EvictionByEvictionAPI", "Eviction API: evicting"),
            Reason.EVICTED,
            "(EvictionByEvictionAPI): Eviction API: evicting"),
        story(
            it -> it.phase("Failed", "OutOfcpu", "Pod was rejected: Node didn't have enough cpu"),
            Reason.NOT_STARTED,
            "The node refused the pod (OutOfcpu)"),
        story(
            it -> it.ended("worker", 143, null).job("Failed", "DeadlineExceeded"),
            Reason.DEADLINE_EXCEEDED,
            "within 43800 s"),
        story(
            it -> it.withoutPod().job("Failed", "DeadlineExceeded"),
            Reason.DEADLINE_EXCEEDED,
            "within 43800 s"),
        story(
            it -> it.ended("worker", 128, "StartError", "exec: \"worker\": not found"),
            Reason.NOT_STARTED,
            "could not start container worker: exec: \"worker\": not found"),
        story(
            it -> it.ended("worker", 137, "ContainerStatusUnknown", "could not be located"),
            Reason.EVICTED,
            "does not know how container worker ended"),
        story(
            it -> it.ended("worker", 137, null),
            Reason.INTERRUPTED,
            "killed by signal 9, perhaps by the kernel for want of memory"),
        story(it -> it.ended("worker", 143, null), Reason.INTERRUPTED, "ended by signal 15"),
        story(it -> it.ended("worker", 130, null), Reason.INTERRUPTED, "ended from outside"),
        story(it -> it.ended("worker", 64, null), Reason.INTERNAL_ERROR, "understand its task"),
        story(it -> it.ended("worker", 0, null), Reason.REPORT_MISSING, "exit code 0"),
        story(
            it -> it.waiting("worker", "ErrImagePull", "not found").phase("Failed"),
            Reason.IMAGE_UNAVAILABLE,
            "cannot get image registry.example/salvor:0.2.0 for container worker"),
        story(
            it -> it.withoutPod().job("Failed", "BackoffLimitExceeded"),
            Reason.INTERRUPTED,
            "deleted before it ended"),
        story(
            it -> it.withoutPod().job("Complete", null),
            Reason.REPORT_MISSING,
            "gone, and its report with it"),
        story(it -> it.phase("Failed"), Reason.REPORT_MISSING, "without a word"));
  }

  private static Arguments story(UnaryOperator<JobStory> story, Reason reason, String words) {
    return Arguments.of(reason, words, story);
  }

  @ParameterizedTest
  @MethodSource("stories")
  void isSaid(Reason reason, String words, UnaryOperator<JobStory> story) {
    var view = story.apply(JobStory.of(JobCases.backup()).resumed()).view(NOW);

    assertThat(view.hasEnded()).isTrue();
    assertThat(Objects.requireNonNull(view.hostFailure()).reason()).isEqualTo(reason);
    assertThat(Objects.requireNonNull(view.hostFailure()).message()).contains(words);
  }

  @Test
  void theEndOfTheLogIsKept() {
    var story = JobStory.of(JobCases.backup()).resumed();
    var log =
        """
        {"step":"DUMP","run":"x"}
        {"level":"ERROR","message":"out of heap"}
        Exception in thread main
        """;

    assertThat(failure(story.ended("worker", 3, log)).logTail())
        .isEqualTo("out of heap\nException in thread main");
  }

  @Test
  void aPodThatCouldNotBeMadeIsSaidInTheWordsOfWhatRefusedIt() {
    var story = JobStory.of(JobCases.backup()).resumed().job("Failed", "DeadlineExceeded");
    var view =
        JobReading.read(
            story.job(), List.of(), List.of("an older one", "exceeded quota: \n small"), NOW);

    assertThat(view.hostFailure())
        .isEqualTo(
            Reason.REFUSED_BY_CLUSTER.failure("The pod could not be made: exceeded quota: small"));
  }

  @Test
  void aServerThatEndedIsNoReason() {
    var story = JobStory.of(JobCases.verification()).resumed();
    story
        .ended("fetch", 0, story.report("SUCCEEDED"))
        .ended("server", 137, "OOMKilled", null)
        .ended("compare", 143, null);

    assertThat(failure(story).reason()).isEqualTo(Reason.INTERRUPTED);
  }

  private static Failure failure(JobStory story) {
    return Objects.requireNonNull(story.view(NOW).hostFailure());
  }
}
