package dev.salvor.operator.jobs;

import dev.salvor.plan.RunView;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A Job that was rendered, and what became of it in a cluster. */
final class JobStory {
  static final Instant CREATED = Instant.parse("2026-11-22T02:17:01Z");

  /** When it was resumed and its pod made and given a node. */
  static final Instant STARTED = Instant.parse("2026-11-22T02:18:00Z");

  static final Instant ENDED = Instant.parse("2026-11-22T02:45:00Z");
  private static final String UID = "44444444-4444-4444-4444-444444444444";

  private Job job;
  private @Nullable Pod pod;

  private JobStory(Job job) {
    this.job = job;
  }

  static JobStory of(JobOrder order) {
    var rendered = new JobRendering(JobCases.SETTINGS).render(order);
    return new JobStory(
        new JobBuilder(rendered)
            .editMetadata()
            .withUid(UID)
            .withCreationTimestamp(CREATED.toString())
            .endMetadata()
            .build());
  }

  Job job() {
    return job;
  }

  Pod pod() {
    return Objects.requireNonNull(pod);
  }

  RunView view(Instant now) {
    return JobReading.read(job, pods(), now);
  }

  List<Pod> pods() {
    return pod == null ? List.of() : List.of(pod);
  }

  JobStory resumed() {
    job =
        new JobBuilder(job)
            .editSpec()
            .withSuspend(false)
            .endSpec()
            .withStatus(new JobStatusBuilder().withStartTime(STARTED.toString()).build())
            .build();
    return this;
  }

  JobStory annotated(Map<String, String> annotations) {
    job = new JobBuilder(job).editMetadata().addToAnnotations(annotations).endMetadata().build();
    return this;
  }

  JobStory job(String condition, @Nullable String reason) {
    job =
        new JobBuilder(job)
            .editOrNewStatus()
            .addNewCondition()
            .withType(condition)
            .withStatus("True")
            .withReason(reason)
            .withLastTransitionTime(ENDED.plusSeconds(5).toString())
            .endCondition()
            .endStatus()
            .build();
    return this;
  }

  /** A Job whose controller counts pods that are not seen here. */
  JobStory active(int pods) {
    job = new JobBuilder(job).editOrNewStatus().withActive(pods).endStatus().build();
    return this;
  }

  JobStory withoutPod() {
    pod = null;
    return this;
  }

  /** A pod that has no node, or is on one and has begun nothing. */
  JobStory pending(String scheduled, @Nullable String reason, @Nullable String message) {
    pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("shop-db-xxxxx")
            .withCreationTimestamp(STARTED.toString())
            .addNewOwnerReference()
            .withUid(UID)
            .endOwnerReference()
            .endMetadata()
            .withSpec(job.getSpec().getTemplate().getSpec())
            .withNewStatus()
            .withPhase("Pending")
            .withConditions(
                new PodConditionBuilder()
                    .withType("PodScheduled")
                    .withStatus(scheduled)
                    .withReason(reason)
                    .withMessage(message)
                    .withLastTransitionTime(STARTED.toString())
                    .build())
            .endStatus()
            .build();
    return this;
  }

  JobStory running(String container) {
    return with(
        new ContainerStatusBuilder()
            .withName(container)
            .withNewState()
            .withNewRunning(STARTED.toString())
            .endState()
            .build());
  }

  JobStory waiting(String container, String reason, @Nullable String message) {
    return with(
        new ContainerStatusBuilder()
            .withName(container)
            .withNewState()
            .withNewWaiting(message, reason)
            .endState()
            .build());
  }

  JobStory ended(String container, int code, @Nullable String message) {
    return ended(container, code, code == 0 ? "Completed" : "Error", message);
  }

  JobStory ended(String container, int code, String reason, @Nullable String message) {
    return with(
        new ContainerStatusBuilder()
            .withName(container)
            .withNewState()
            .withNewTerminated()
            .withExitCode(code)
            .withReason(reason)
            .withMessage(message)
            .withFinishedAt(ENDED.toString())
            .endTerminated()
            .endState()
            .build());
  }

  JobStory phase(String phase) {
    return phase(phase, null, null);
  }

  JobStory phase(String phase, @Nullable String reason, @Nullable String message) {
    pod =
        new PodBuilder(made())
            .editStatus()
            .withPhase(phase)
            .withReason(reason)
            .withMessage(message)
            .endStatus()
            .build();
    return this;
  }

  JobStory disrupted(String reason, String message) {
    pod =
        new PodBuilder(made())
            .editStatus()
            .addNewCondition()
            .withType("DisruptionTarget")
            .withStatus("True")
            .withReason(reason)
            .withMessage(message)
            .withLastTransitionTime(ENDED.toString())
            .endCondition()
            .endStatus()
            .build();
    return this;
  }

  JobStory deleted(String timestamp) {
    pod =
        new PodBuilder(made())
            .editMetadata()
            .withDeletionTimestamp(timestamp)
            .endMetadata()
            .build();
    return this;
  }

  String report(String outcome) {
    return report(outcome, "2026-11-22T02:20:00Z");
  }

  String report(String outcome, String started) {
    var failure =
        outcome.equals("FAILED")
            ? ",\"failure\":{\"reason\":\"StoreUnreachable\",\"message\":\"no route\"}"
            : "";
    return "{\"run\":\"%s\",\"outcome\":\"%s\",\"started\":\"%s\",\"finished\":\"%s\"%s}"
        .formatted(job.getMetadata().getName(), outcome, started, ENDED, failure);
  }

  private JobStory with(ContainerStatus status) {
    var before = made();
    var init =
        before.getSpec().getInitContainers().stream()
            .anyMatch(it -> it.getName().equals(status.getName()));
    var builder = new PodBuilder(before).editStatus();
    if (init) {
      builder
          .removeMatchingFromInitContainerStatuses(
              it -> Objects.equals(it.getName(), status.getName()))
          .addToInitContainerStatuses(status);
    } else {
      builder.withContainerStatuses(status);
    }
    pod = builder.endStatus().build();
    return this;
  }

  private Pod made() {
    if (pod == null) {
      pending("True", null, null);
    }
    return Objects.requireNonNull(pod);
  }
}
