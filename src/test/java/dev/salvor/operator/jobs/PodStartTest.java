package dev.salvor.operator.jobs;

import static dev.salvor.operator.jobs.PodStart.CREATION_PATIENCE;
import static dev.salvor.operator.jobs.PodStart.NODE_TROUBLE_PATIENCE;
import static dev.salvor.operator.jobs.PodStart.PROVISIONING_PATIENCE;
import static dev.salvor.operator.jobs.PodStart.SCHEDULING_PATIENCE;
import static dev.salvor.operator.jobs.PodStart.SILENT_PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.plan.RunView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** When a run that does not start is given up, to the second, and why. */
class PodStartTest {
  private static final Duration YEAR = Duration.ofDays(365);

  static Stream<Arguments> trouble() {
    var since = JobStory.STARTED;
    var fetched = JobStory.ENDED;
    return Stream.of(
        stuck(
            it -> it.pending("False", "Unschedulable", "0/3 nodes are available"),
            since.plus(SCHEDULING_PATIENCE),
            Reason.UNSCHEDULABLE,
            "No node takes the pod: 0/3 nodes are available"),
        stuck(
            it ->
                it.annotated(
                        Map.of(
                            JobLabels.COPIES,
                            ClaimCopy.write(List.of(new ClaimCopy(0, "uploads", JobCases.COPY)))))
                    .pending("False", "Unschedulable", "unbound PersistentVolumeClaims"),
            since.plus(PROVISIONING_PATIENCE),
            Reason.UNSCHEDULABLE,
            "No node takes the pod: unbound PersistentVolumeClaims"),
        stuck(
            it -> it.waiting("fetch", "ImagePullBackOff", "back-off"),
            since.plus(NODE_TROUBLE_PATIENCE),
            Reason.IMAGE_UNAVAILABLE,
            "image registry.example/salvor:0.2.0 for container fetch (ImagePullBackOff): back-off"),
        stuck(
            it -> it.waiting("fetch", "InvalidImageName", null),
            since.plus(NODE_TROUBLE_PATIENCE),
            Reason.IMAGE_UNAVAILABLE,
            "the cluster gives no reason"),
        stuck(
            it -> it.waiting("fetch", "CreateContainerConfigError", "cannot verify user"),
            since.plus(NODE_TROUBLE_PATIENCE),
            Reason.NOT_STARTED,
            "container fetch (CreateContainerConfigError): cannot verify user"),
        stuck(
            it -> it.waiting("fetch", "PodInitializing", null),
            since.plus(SILENT_PATIENCE),
            Reason.NOT_STARTED,
            "the events of pod shop-db-xxxxx say which"),
        stuck(
            it -> it.pending("True", null, null),
            since.plus(SILENT_PATIENCE),
            Reason.NOT_STARTED,
            "container fetch"),
        stuck(
            it -> it.ended("fetch", 0, null).waiting("server", "ErrImagePull", "no such tag"),
            fetched.plus(NODE_TROUBLE_PATIENCE),
            Reason.IMAGE_UNAVAILABLE,
            "container server (ErrImagePull): no such tag"),
        stuck(
            it -> it.ended("fetch", 0, null).waiting("server", "CrashLoopBackOff", "back-off 5m"),
            fetched.plus(NODE_TROUBLE_PATIENCE),
            Reason.SANDBOX_FAILED,
            "Container server ends whenever it is started"),
        stuck(
            it ->
                it.ended("fetch", 0, null)
                    .running("server")
                    .waiting("compare", "CreateContainerError", "no"),
            fetched.plus(NODE_TROUBLE_PATIENCE),
            Reason.NOT_STARTED,
            "container compare (CreateContainerError)"),
        stuck(
            UnaryOperator.identity(),
            since.plus(SILENT_PATIENCE),
            Reason.REFUSED_BY_CLUSTER,
            "has made no pod of Job shop-db-verify-aaaaaaaaaaaa"));
  }

  private static Arguments stuck(
      UnaryOperator<JobStory> story, Instant patience, Reason reason, String words) {
    return Arguments.of(reason, words, patience, story);
  }

  @ParameterizedTest
  @MethodSource("trouble")
  void isWaitedForAndThenSaid(
      Reason reason, String words, Instant patience, UnaryOperator<JobStory> story) {
    var told = story.apply(JobStory.of(JobCases.verification()).resumed());

    assertThat(JobReading.stuck(told.job(), told.pods(), patience)).isEmpty();
    assertThat(JobReading.stuck(told.job(), told.pods(), patience.plusMillis(1)))
        .hasValueSatisfying(
            failure -> {
              assertThat(failure.reason()).isEqualTo(reason);
              assertThat(failure.message()).contains(words);
              assertThat(failure.hint()).isNotBlank();
            });
    assertThat(told.view(patience.plusMillis(1)).hasEnded()).isFalse();
  }

  /** A volume that is held elsewhere, or cannot be mounted: no status tells of it. */
  @Test
  void whatEventsSayOfAPodThatIsNotStartedIsKept() {
    var complaints = List.of("of before", "Multi-Attach error for volume \"pvc-1\"");
    var mounting = JobStory.of(JobCases.backup()).resumed().waiting("worker", "", null);
    var over = JobStory.STARTED.plus(SILENT_PATIENCE).plusMillis(1);

    assertThat(JobReading.isSilent(mounting.job(), mounting.pods(), over)).isTrue();
    assertThat(JobReading.stuck(mounting.job(), mounting.pods(), complaints, over))
        .hasValueSatisfying(
            failure -> {
              assertThat(failure.reason()).isEqualTo(Reason.NOT_STARTED);
              assertThat(failure.message())
                  .contains("container worker", "Multi-Attach error")
                  .doesNotContain("of before", "the events of pod");
            });
    assertThat(waiting(mounting, "exceeded quota").waitingFor()).as("of before").isNull();
    var said = JobReading.waitsFor(mounting.pods(), complaints);
    assertThat(said).contains("Multi-Attach error");
    assertThat(waiting(mounting, said).waitingFor()).isEqualTo(said);

    for (var other :
        List.of(
            JobStory.of(JobCases.backup()).resumed().running("worker"),
            JobStory.of(JobCases.verification())
                .resumed()
                .ended("fetch", 0, null)
                .waiting("server", "PodInitializing", null),
            JobStory.of(JobCases.backup()).resumed().waiting("worker", "ErrImagePull", "no"),
            JobStory.of(JobCases.backup()).resumed().pending("False", "Unschedulable", "no"))) {
      assertThat(JobReading.isSilent(other.job(), other.pods(), over)).isFalse();
      assertThat(waiting(other, said).waitingFor()).isNotEqualTo(said);
    }
  }

  /** People look long before it is given up. */
  @Test
  void whatItWaitsForIsSaidAtOnce() {
    var queued = JobStory.of(JobCases.backup());
    assertThat(queued.view(JobStory.STARTED).waitingFor()).isNull();
    assertThat(waiting(queued, "at most 1 run at once").waitingFor())
        .isEqualTo("at most 1 run at once");

    var withoutPod = JobStory.of(JobCases.backup()).resumed();
    assertThat(waiting(withoutPod, "exceeded quota").waitingFor()).isEqualTo("exceeded quota");

    var pulling =
        JobStory.of(JobCases.backup()).resumed().waiting("worker", "ErrImagePull", "no such tag");
    assertThat(pulling.view(JobStory.STARTED).waitingFor()).contains("no such tag");
    assertThat(waiting(pulling, "of before").waitingFor()).contains("no such tag");

    var ended = JobStory.of(JobCases.backup()).resumed().active(1).job("Suspended", null);
    ended.job().getStatus().setFailed(1);
    assertThat(waiting(ended, "of before").waitingFor()).isNull();

    var running = JobStory.of(JobCases.backup()).resumed().running("worker");
    assertThat(waiting(running, "of before").waitingFor()).isNull();
  }

  private static RunView waiting(JobStory story, String why) {
    return story.annotated(Map.of(JobLabels.WAITING, why)).view(JobStory.STARTED);
  }

  static Stream<UnaryOperator<JobStory>> notStuck() {
    return Stream.of(
        it -> it.running("fetch"),
        it -> it.waiting("compare", "PodInitializing", null).running("fetch"),
        it -> it.ended("fetch", 0, null).running("server").running("compare"),
        it ->
            it.ended("fetch", 0, null)
                .waiting("server", "CrashLoopBackOff", "back-off")
                .running("compare"),
        it -> it.ended("fetch", 1, null).waiting("compare", "PodInitializing", null),
        it -> it.ended("compare", 0, null),
        it -> it.pending("False", "SchedulingGated", "by Kueue"),
        it -> it.waiting("fetch", "ImagePullBackOff", null).deleted("2026-11-22T02:50:00Z"),
        it -> it.waiting("fetch", "ImagePullBackOff", null).job("Failed", "DeadlineExceeded"),
        it -> it.active(1));
  }

  @ParameterizedTest
  @MethodSource("notStuck")
  void whatWorksOrEndsIsLeftAlone(UnaryOperator<JobStory> story) {
    var told = story.apply(JobStory.of(JobCases.verification()).resumed());

    assertThat(JobReading.stuck(told.job(), told.pods(), JobStory.STARTED.plus(YEAR))).isEmpty();
  }

  @Test
  void whatIsQueuedIsNotStuck() {
    var queued = JobStory.of(JobCases.verification());

    assertThat(JobReading.stuck(queued.job(), List.of(), JobStory.STARTED.plus(YEAR))).isEmpty();
  }

  /** A quota may have room again soon. */
  @Test
  void aPodThatIsRefusedIsGivenUpInTheWordsOfWhatRefusesIt() {
    var told = JobStory.of(JobCases.backup()).resumed();
    var refusals = List.of("denied by nobody-knows", "exceeded quota");
    var patience = JobStory.STARTED.plus(CREATION_PATIENCE);

    assertThat(JobReading.stuck(told.job(), List.of(), refusals, patience)).isEmpty();
    assertThat(JobReading.stuck(told.job(), List.of(), refusals, patience.plusMillis(1)))
        .map(Failure::message)
        .contains("The pod could not be made: exceeded quota");
  }

  /** The level of a namespace is changed by a person. */
  @Test
  void aPodThatAsksForTooMuchIsGivenUpAtOnce() {
    var told = JobStory.of(JobCases.backup()).resumed();
    var refusals = List.of("exceeded quota", "violates PodSecurity \"restricted:latest\"");

    assertThat(JobReading.stuck(told.job(), List.of(), refusals, JobStory.STARTED.plusSeconds(1)))
        .map(Failure::reason)
        .contains(Reason.POD_SECURITY);
  }

  @Test
  void theClustersWordsAreCutToWhatAStatusHolds() {
    var told =
        JobStory.of(JobCases.backup())
            .resumed()
            .waiting("worker", "ErrImagePull", "x".repeat(9000));

    assertThat(JobReading.stuck(told.job(), told.pods(), JobStory.STARTED.plus(YEAR)))
        .hasValueSatisfying(failure -> assertThat(failure.message()).hasSizeLessThan(700));
  }
}
