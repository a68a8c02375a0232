package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Json;
import dev.salvor.plan.Launch;
import dev.salvor.plan.RunView;
import dev.salvor.task.Span;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What other nodes read for a run. */
class LegTest {
  /** As an API server shows it: with what it adds to a Job that it has taken. */
  private static Job run() {
    return run(JobCases.backupOnNodes());
  }

  private static Job run(Launch launch) {
    var order = new JobOrder(launch, "shop", JobCases.POLICY, null, null, 1);
    var rendered = new JobRendering(JobCases.SETTINGS).render(order);
    return new JobBuilder(rendered)
        .editMetadata()
        .withUid("11111111-1111-1111-1111-111111111111")
        .endMetadata()
        .editSpec()
        .withNewSelector()
        .addToMatchLabels("batch.kubernetes.io/controller-uid", "1111")
        .endSelector()
        .editTemplate()
        .editMetadata()
        .addToLabels("batch.kubernetes.io/controller-uid", "1111")
        .addToLabels("batch.kubernetes.io/job-name", rendered.getMetadata().getName())
        .addToLabels("controller-uid", "1111")
        .addToLabels("job-name", rendered.getMetadata().getName())
        .endMetadata()
        .endTemplate()
        .endSpec()
        .build();
  }

  private static PodSpec pod(Job job) {
    return job.getSpec().getTemplate().getSpec();
  }

  private static Span span(Job job) {
    return Objects.requireNonNull(
        Span.read(
            Map.of(
                WorkerEnvironment.SPAN,
                pod(job).getContainers().getFirst().getEnv().stream()
                    .filter(variable -> variable.getName().equals(WorkerEnvironment.SPAN))
                    .map(EnvVar::getValue)
                    .findFirst()
                    .orElseThrow())));
  }

  private static List<String> claims(Job job) {
    return pod(job).getVolumes().stream()
        .filter(volume -> volume.getPersistentVolumeClaim() != null)
        .map(volume -> volume.getPersistentVolumeClaim().getClaimName())
        .toList();
  }

  private static List<String> configuration(Job job) {
    return Stream.concat(
            pod(job).getVolumes().stream().map(Volume::getName),
            pod(job).getContainers().getFirst().getVolumeMounts().stream()
                .map(VolumeMount::getName))
        .filter(name -> name.startsWith("configuration-"))
        .toList();
  }

  private static List<String> data(Job job) {
    return pod(job).getContainers().getFirst().getVolumeMounts().stream()
        .map(VolumeMount::getMountPath)
        .filter(path -> path.startsWith("/data/"))
        .toList();
  }

  @Test
  void eachNodeReadsWhatItHas() {
    var legs = Leg.of(run());

    assertThat(legs).extracting(Leg::node).containsExactly("node-2", "node-3");
    assertThat(legs.stream().map(leg -> leg.job(run())))
        .extracting(LegTest::claims)
        .containsExactly(List.of("disk", "shared"), List.of("notes", "uploads.v2"));
    assertThat(data(legs.getLast().job(run()))).containsExactly("/data/notes", "/data/uploads.v2");
    assertThat(claims(run())).as("the run itself").containsExactly("avatars");
    assertThat(pod(legs.getLast().job(run())).getAffinity().toString()).contains("[node-3]");
  }

  @Test
  void aDeviceIsOneOnItsNodeToo() {
    var leg = Leg.of(run()).getFirst().job(run());

    assertThat(data(leg)).containsExactly("/data/shared");
    assertThat(pod(leg).getContainers().getFirst().getVolumeDevices())
        .singleElement()
        .satisfies(device -> assertThat(device.getDevicePath()).isEqualTo("/devices/disk"));
  }

  /** Whoever may change an annotation cannot have another claim mounted by it. */
  @Test
  void aClaimThatTheTaskDoesNotNameIsNone() {
    var changed =
        new JobBuilder(run())
            .editMetadata()
            .addToAnnotations(JobLabels.ELSEWHERE, "{\"secrets\":\"node-2\",\"notes\":\"node-9\"}")
            .endMetadata()
            .build();

    assertThat(Leg.of(changed)).containsExactly(new Leg(0, "node-9", List.of("notes")));
  }

  /** Their Task is the run's: what is stored must be one point, and a report names the run. */
  @Test
  void theyWorkOnOnePoint() {
    var one = span(Leg.of(run()).getFirst().job(run()));
    var other = span(Leg.of(run()).getLast().job(run()));
    var closing =
        Objects.requireNonNull(
            Span.read(Map.of(WorkerEnvironment.SPAN, Leg.closing(run(), List.of("aa", "bb")))));

    assertThat(one).isEqualTo(new Span(closing.point(), List.of("disk", "shared"), null));
    assertThat(other).isEqualTo(new Span(closing.point(), List.of("notes", "uploads.v2"), null));
    assertThat(closing.own()).containsExactly("avatars");
    assertThat(closing.shares()).containsExactly("aa", "bb");
    assertThat(closing.point()).matches("20261122t021700z-[a-z0-9]{6}");
    assertThat(task(Leg.of(run()).getFirst().job(run()))).isEqualTo(task(run()));
  }

  private static Task task(Job job) {
    return pod(job).getContainers().getFirst().getEnv().stream()
        .filter(variable -> variable.getName().equals(WorkerEnvironment.TASK))
        .map(variable -> TaskJson.read(variable.getValue()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aJobOfTheSameNameThatCameLaterHasAnotherPoint() {
    var later = new JobBuilder(run()).editMetadata().withUid("2").endMetadata().build();

    assertThat(Leg.closing(later, List.of())).isNotEqualTo(Leg.closing(run(), List.of()));
  }

  @Test
  void itIsAJobOfItsOwnThatGoesWithTheRun() {
    var run = run();
    var leg = Leg.of(run).getLast().job(run);

    assertThat(leg.getMetadata().getName())
        .hasSizeLessThanOrEqualTo(run.getMetadata().getName().length())
        .isNotEqualTo(Leg.of(run).getFirst().job(run).getMetadata().getName());
    assertThat(leg.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(owner -> assertThat(owner.getUid()).isEqualTo(run.getMetadata().getUid()));
    assertThat(leg.getSpec().getSuspend()).isFalse();
    assertThat(leg.getSpec().getSelector()).isNull();
    assertThat(leg.getSpec().getTemplate().getMetadata().getLabels())
        .containsEntry(JobLabels.MANAGED, "backup")
        .doesNotContainKeys("job-name", "controller-uid")
        .allSatisfy((key, value) -> assertThat(key).doesNotStartWith("batch."));
    assertThat(JobLabels.read(leg)).as("it is no run").isEmpty();
    assertThat(RestrictedPod.violationsAsRoot(leg.getSpec().getTemplate(), Set.of("DAC_OVERRIDE")))
        .isEmpty();
    assertThat(pod(leg).getSecurityContext().getFsGroup()).isNull();
    assertThat(pod(leg).getContainers().getFirst().getVolumeMounts())
        .filteredOn(mount -> mount.getMountPath().startsWith("/data/"))
        .allSatisfy(mount -> assertThat(mount.getReadOnly()).isTrue());
  }

  /** Its pod bears the run's own annotations, but belongs to the leg. */
  @Test
  void itIsReadAsTheRunThatItBelongsTo() throws Exception {
    var run = run();
    var leg =
        new JobBuilder(Leg.of(run).getFirst().job(run))
            .editMetadata()
            .withUid("22222222-2222-2222-2222-222222222222")
            .withCreationTimestamp("2026-11-22T02:17:00Z")
            .endMetadata()
            .build();
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("it")
            .withCreationTimestamp("2026-11-22T02:17:01Z")
            .addNewOwnerReference()
            .withUid(leg.getMetadata().getUid())
            .endOwnerReference()
            .endMetadata()
            .withSpec(pod(leg))
            .withNewStatus()
            .withPhase("Succeeded")
            .addNewContainerStatus()
            .withName("worker")
            .withNewState()
            .withNewTerminated()
            .withExitCode(0)
            .withFinishedAt("2026-11-22T02:18:00Z")
            .withMessage(
                Json.mapper()
                    .writeValueAsString(
                        new TaskReport(
                            run.getMetadata().getName(),
                            TaskReport.Outcome.SUCCEEDED,
                            Instant.parse("2026-11-22T02:17:01Z"),
                            Instant.parse("2026-11-22T02:18:00Z"),
                            null,
                            null,
                            new TaskResult.ShareKept("abc"))))
            .endTerminated()
            .endState()
            .endContainerStatus()
            .endStatus()
            .build();

    var view = JobReading.read(leg, List.of(pod), Instant.parse("2026-11-22T02:19:00Z"));

    assertThat(view.state()).isEqualTo(RunView.State.ENDED);
    assertThat(view.failure()).isEmpty();
    assertThat(view.reports()).hasSize(1);
  }

  @Test
  void whatSomebodyChangedIsNoLeg() {
    var changed =
        new JobBuilder(run())
            .editMetadata()
            .addToAnnotations(JobLabels.ELSEWHERE, "[1]")
            .endMetadata()
            .build();

    assertThat(Leg.isOf(changed)).isTrue();
    assertThat(Leg.of(changed)).isEmpty();
  }

  /** Its trees have names of their own, and one that is fetched is in no claim. */
  @Test
  void aPartOfAProjectIsReadWhereItsClaimIs() {
    var run = run(JobCases.backupOfAProject("node-5"));
    var leg = Leg.of(run).getFirst();

    assertThat(leg).isEqualTo(new Leg(0, "node-5", List.of("supabase-db")));
    assertThat(claims(leg.job(run))).containsExactly("supabase-db");
    assertThat(claims(run)).containsExactly("supabase-storage");
    assertThat(span(leg.job(run)).own()).containsExactly("key");
    assertThat(configuration(run)).as("kept by the run").isNotEmpty();
    assertThat(configuration(leg.job(run))).as("nothing that its node need not see").isEmpty();
    assertThat(
            Objects.requireNonNull(
                    Span.read(Map.of(WorkerEnvironment.SPAN, Leg.closing(run, List.of("aa")))))
                .own())
        .containsExactly("storage");
  }
}
