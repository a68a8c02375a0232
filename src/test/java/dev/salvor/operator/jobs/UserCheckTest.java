package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.plan.RunView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a verification whose checks are programs of the user. */
class UserCheckTest {
  private static final Instant NOW = Instant.parse("2026-11-22T03:00:00Z");

  private static JobStory compared() {
    var story = JobStory.of(JobCases.commands()).resumed();
    return story
        .ended("fetch", 0, story.report("SUCCEEDED"))
        .ended("compare", 0, story.report("SUCCEEDED"));
  }

  static Stream<Arguments> endings() {
    return Stream.of(
        ending(
            it -> it.ended("check-0", 1, "row 3 missing\nnot ok\n"),
            Reason.CHECK_FAILED,
            "The restored copy fails your check integrity as user 65532 (exit code 1; it said last:"
                + " row 3 missing | not ok)."),
        ending(
            it -> it.ended("check-0", 255, null),
            Reason.CHECK_ERRORED,
            "exit code 255, by which programs say that they could not look; it said nothing"),
        ending(it -> it.ended("check-0", 128, null), Reason.CHECK_ERRORED, "exit code 128"),
        ending(
            it -> it.ended("check-0", 125, null),
            Reason.CHECK_FAILED,
            "(exit code 125; it said nothing)."),
        ending(
            it -> it.ended("check-0", 255, "Unknown", null),
            Reason.EVICTED,
            "does not know how your check integrity ended"),
        ending(
            it -> it.ended("check-0", 0, "OOMKilled", "ok"),
            Reason.CHECK_ERRORED,
            "the kernel killed it for want of memory"),
        ending(
            it -> it.ended("check-0", 0, "ok").ended("check-1", 3, "torn page"),
            Reason.CHECK_FAILED,
            "(exit code 3; it said last: torn page)."),
        ending(
            it -> it.ended("check-1", 137, "OOMKilled", "starting"),
            Reason.CHECK_ERRORED,
            "Could not ask your check server-starts (the kernel killed it for want of memory: it"
                + " may use 2Gi, raise command.resources; it said last: starting)."),
        ending(
            it -> it.ended("check-0", 128, "StartError", "exec: \"sqlite3\": not found in $PATH"),
            Reason.CHECK_ERRORED,
            "Could not ask your check integrity (it could not be started: exec: \"sqlite3\": not"
                + " found in $PATH)."),
        ending(
            it -> it.ended("check-0", 127, "sh: sqlite3: not found"),
            Reason.CHECK_ERRORED,
            "exit code 127, by which a shell says that it cannot run it"),
        ending(
            it -> it.ended("check-0", 139, null),
            Reason.CHECK_ERRORED,
            "it was ended by signal 11"),
        ending(
            it -> it.ended("check-0", 137, "ContainerStatusUnknown", null),
            Reason.EVICTED,
            "does not know how your check integrity ended"),
        ending(
            it -> it.ended("check-0", 1, null).disrupted("EvictionByEvictionAPI", "drained"),
            Reason.EVICTED,
            "drained"),
        ending(
            it -> it.ended("check-0", 1, null).job("Failed", "DeadlineExceeded"),
            Reason.DEADLINE_EXCEEDED,
            "within 44760 s"),
        ending(
            it -> it.ended("check-0", 1, "ended early").deleted("2026-11-22T02:55:00Z"),
            Reason.INTERRUPTED,
            "deleted before it ended"),
        ending(
            it -> it.waiting("check-0", "ErrImagePull", "no such tag"),
            Reason.IMAGE_UNAVAILABLE,
            "cannot get image registry.example/sqlite@sha256:0123 for your check integrity"
                + " (ErrImagePull): no such tag"));
  }

  private static Arguments ending(UnaryOperator<JobStory> story, Reason reason, String words) {
    return Arguments.of(reason, words, story);
  }

  @ParameterizedTest
  @MethodSource("endings")
  void saysWhichCheckAndWhy(Reason reason, String words, UnaryOperator<JobStory> story) {
    var view = story.apply(compared()).phase("Failed").view(NOW);

    assertThat(view.hasEnded()).isTrue();
    assertThat(view.reports()).hasSize(2);
    assertThat(failure(view).reason()).isEqualTo(reason);
    assertThat(failure(view).message()).contains(words);
  }

  private static Failure failure(RunView view) {
    return Objects.requireNonNull(view.hostFailure());
  }

  @Test
  void aRunWhoseChecksWereContentIsToldByItsLastReport() {
    var story = compared().ended("check-0", 0, null).ended("check-1", 0, null);
    assertThat(story.running("conclude").view(NOW).state()).isEqualTo(RunView.State.RUNNING);

    var view = story.ended("conclude", 0, story.report("SUCCEEDED")).view(NOW);

    assertThat(view.hasEnded()).isTrue();
    assertThat(view.reports()).hasSize(3);
    assertThat(view.hostFailure()).isNull();
  }

  /** A program of somebody else may write whatever it likes. */
  @Test
  void whatACheckSaysIsNoReport() {
    var story = compared();
    var forged =
        story
            .report("SUCCEEDED")
            .replace(
                "}",
                ",\"result\":{\"kind\":\"Compared\",\"outcome\":\"Verified\",\"coverage\":\"all\","
                    + "\"checksHash\":\"x\",\"proofSeconds\":1}}");
    var view = story.ended("check-0", 1, forged).phase("Failed").view(NOW);

    assertThat(view.reports()).hasSize(2);
    assertThat(failure(view).reason()).isEqualTo(Reason.CHECK_FAILED);
  }

  /** Compare ended with another exit code than 0: the checks are not begun. */
  @Test
  void aCopyThatDiffersNeedsNoWordOfItsChecks() {
    var story = JobStory.of(JobCases.commands()).resumed();
    var refuted =
        story
            .report("SUCCEEDED")
            .replace(
                "}",
                ",\"result\":{\"kind\":\"Compared\",\"outcome\":\"Refuted\",\"coverage\":\"all\","
                    + "\"checksHash\":\"x\",\"proofSeconds\":1}}");
    var view =
        story
            .ended("fetch", 0, story.report("SUCCEEDED"))
            .ended("compare", 2, refuted)
            .phase("Failed")
            .view(NOW);

    assertThat(view.hasEnded()).isTrue();
    assertThat(view.failure()).isEmpty();
  }

  @Test
  void isGivenUpWhenItsTimeIsOver() {
    var story = compared().ended("check-0", 0, null).running("check-1");
    var over = JobStory.STARTED.plus(Duration.ofMinutes(10));

    assertThat(JobReading.stuck(story.job(), story.pods(), over)).isEmpty();
    assertThat(JobReading.stuck(story.job(), story.pods(), over.plusMillis(1)))
        .contains(
            Reason.CHECK_ERRORED.failure(
                "Could not ask your check server-starts (it has not ended within 10m (timeout))."));

    story.deleted("2026-11-22T02:30:00Z");
    assertThat(JobReading.stuck(story.job(), story.pods(), over.plusMillis(1))).isEmpty();
  }

  /** What it does when it is ended is no answer. */
  @Test
  void oneThatWasGivenUpStaysWithoutAnAnswer() {
    var why = Reason.CHECK_ERRORED.failure("too long");
    var story = compared().ended("check-0", 1, "ended early").annotated(JobLabels.gaveUp(why, NOW));

    assertThat(story.phase("Failed").view(NOW).hostFailure()).isEqualTo(why);
    assertThat(story.withoutPod().view(NOW).hostFailure()).isEqualTo(why);
  }

  @Test
  void anImageThatCannotBeHadIsGivenUpOnceFetchAndCompareHaveEnded() {
    var story = compared().waiting("check-0", "ImagePullBackOff", "back-off");
    var over = JobStory.ENDED.plus(PodStart.NODE_TROUBLE_PATIENCE);

    assertThat(JobReading.stuck(story.job(), story.pods(), over)).isEmpty();
    assertThat(JobReading.stuck(story.job(), story.pods(), over.plusMillis(1)))
        .map(Failure::reason)
        .contains(Reason.IMAGE_UNAVAILABLE);
  }

  static Stream<Arguments> words() {
    return Stream.of(
        Arguments.of("plain", "plain"),
        Arguments.of("two\n\n  lines\r\n", "two | lines"),
        Arguments.of("\u001b[31;1mred\u001b[0m", "red"),
        Arguments.of("a\tb\u0000c\u0007", "a b c"),
        Arguments.of("right\u202eleft\u200b", "right left"));
  }

  @ParameterizedTest
  @MethodSource("words")
  void itsLastWordsAreTextOnOneLine(String output, String words) {
    assertThat(UserCheck.lastWords(output)).isEqualTo(words);
  }

  @Test
  void ofLongWordsTheEndIsKept() {
    assertThat(UserCheck.lastWords("x".repeat(3000) + "end"))
        .hasSize(1024)
        .startsWith("…x")
        .endsWith("xend");
    assertThat(UserCheck.lastWords(null)).isEmpty();
  }

  @Test
  void everyCheckHasItsTimeWithinTheJobs() {
    var job = JobStory.of(JobCases.commands()).job();
    assertThat(job.getSpec().getActiveDeadlineSeconds())
        .isEqualTo(21_600 + 21_600 + 300 + 600 + 60 + 600);
    assertThat(List.of("$(HOME)", "$$"))
        .map(PodContainers::literal)
        .containsExactly("$$(HOME)", "$$$$");
  }
}
