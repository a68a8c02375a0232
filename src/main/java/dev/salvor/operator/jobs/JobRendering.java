package dev.salvor.operator.jobs;

import dev.salvor.api.JobTemplate;
import dev.salvor.plan.Footing;
import dev.salvor.plan.Launch;
import dev.salvor.plan.RunLabels;
import dev.salvor.task.Task;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the Job of a run looks like. A Job is one attempt and is not tried again by the cluster; it
 * is made suspended, and has no time to live: it goes after the status that records it was
 * accepted.
 *
 * <p>The pod meets the Pod Security level {@code restricted}, or {@code baseline} where it reads or
 * writes volumes as root; it has no token of the API server, and only those Secrets that its Tasks
 * name.
 */
public final class JobRendering {
  /** From scheduling over pulling to writing the report; a worker keeps its own deadline. */
  private static final Duration BESIDE_TASKS = Duration.ofMinutes(10);

  /** A worker that is ended has engines to end and a report to write: 60 s, and what is left. */
  private static final Duration TERMINATION_GRACE = Duration.ofSeconds(90);

  private static final String SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict";

  private final JobSettings settings;

  public JobRendering(JobSettings settings) {
    this.settings = settings;
  }

  /**
   * The Job, suspended.
   *
   * @throws IllegalArgumentException if a Task takes more than {@link
   *     dev.salvor.task.TaskJson#MAXIMUM_BYTES}, or the launch is neither one Task nor Fetch,
   *     Compare and perhaps Conclude
   */
  public Job render(JobOrder order) {
    var labels = order.launch().labels();
    return new JobBuilder()
        .withNewMetadata()
        .withName(labels.name())
        .withNamespace(order.namespace())
        .withLabels(labels(labels))
        .withAnnotations(annotations(order.launch()))
        .withOwnerReferences(owner(order.owner()))
        .endMetadata()
        .withNewSpec()
        .withSuspend(true)
        .withParallelism(1)
        .withCompletions(1)
        .withBackoffLimit(0)
        .withPodReplacementPolicy("Failed")
        .withActiveDeadlineSeconds(deadline(order.launch().tasks()).toSeconds())
        .withTemplate(pod(order))
        .endSpec()
        .build();
  }

  private PodTemplateSpec pod(JobOrder order) {
    var run = order.launch().labels();
    var template = order.template();
    var labels = new LinkedHashMap<String, String>();
    var annotations = new LinkedHashMap<String, String>();
    if (template != null) {
      labels.putAll(orEmpty(template.labels()));
      annotations.putAll(orEmpty(template.annotations()));
    }
    labels.putAll(labels(run));
    annotations.putAll(JobLabels.annotations(run));
    annotations.put(SAFE_TO_EVICT, "false");
    return new PodTemplateSpecBuilder()
        .withMetadata(
            new ObjectMetaBuilder().withLabels(labels).withAnnotations(annotations).build())
        .withSpec(podSpec(order, template))
        .build();
  }

  private PodSpec podSpec(JobOrder order, @Nullable JobTemplate template) {
    var containers = new PodContainers(settings, order);
    var footing = order.launch().footing();
    var sequence = sequence(order.launch().tasks(), containers);
    var pod =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withTerminationGracePeriodSeconds(TERMINATION_GRACE.toSeconds())
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            .withSecurityContext(Identities.ofPod(footing.identity()))
            .withAffinity(Placement.on(footing.node()))
            .withTolerations(tolerations(template, footing))
            .withImagePullSecrets(
                settings.imagePullSecrets().stream().map(LocalObjectReference::new).toList())
            .withInitContainers(sequence.subList(0, sequence.size() - 1))
            .withContainers(sequence.getLast())
            .withVolumes(containers.volumes());
    if (template != null) {
      pod.withPriorityClassName(template.priorityClassName())
          .withNodeSelector(template.nodeSelector());
    }
    return pod.build();
  }

  private static List<Toleration> tolerations(@Nullable JobTemplate template, Footing footing) {
    var stated =
        template == null || template.tolerations() == null
            ? List.<JobTemplate.Toleration>of()
            : template.tolerations();
    return Stream.concat(stated.stream(), footing.tolerations().stream())
        .distinct()
        .map(JobRendering::toleration)
        .toList();
  }

  private static List<Container> sequence(List<Task> tasks, PodContainers containers) {
    if (tasks.size() == 1) {
      return List.of(containers.worker(tasks.getFirst()));
    }
    if (tasks.size() > 3
        || !(tasks.getFirst() instanceof Task.Fetch fetch)
        || !(tasks.get(1) instanceof Task.Compare compare)
        || !(tasks.size() == 2 || tasks.getLast() instanceof Task.Conclude)) {
      throw new IllegalArgumentException(
          "a pod carries out one task, or Fetch and Compare and perhaps Conclude, not "
              + tasks.stream().map(task -> task.getClass().getSimpleName()).toList());
    }
    var sequence = new ArrayList<Container>();
    sequence.add(containers.fetch(fetch));
    if (!(compare.server() instanceof Task.NoServer)) {
      sequence.add(containers.server());
    }
    sequence.add(containers.compare(compare));
    if (tasks.getLast() instanceof Task.Conclude conclude) {
      var commands = compare.commands();
      for (var number = 0; number < commands.size(); number++) {
        sequence.add(containers.check(number, commands.get(number)));
      }
      sequence.add(containers.conclude(conclude));
    }
    return List.copyOf(sequence);
  }

  /** What the Tasks may take, and the user's programs between them. */
  private static Duration deadline(List<Task> tasks) {
    return tasks.stream()
        .map(
            task ->
                Duration.ofSeconds(task.header().deadlineSeconds())
                    .plus(
                        task instanceof Task.Compare compare ? ofCommands(compare) : Duration.ZERO))
        .reduce(BESIDE_TASKS, Duration::plus);
  }

  private static Duration ofCommands(Task.Compare compare) {
    return compare.commands().stream()
        .map(UserCheck::timeout)
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static Map<String, String> labels(RunLabels run) {
    var labels = new LinkedHashMap<>(JobLabels.labels(run));
    labels.put("app.kubernetes.io/managed-by", "salvor");
    return labels;
  }

  private static Map<String, String> annotations(Launch launch) {
    var annotations = new LinkedHashMap<>(JobLabels.annotations(launch.labels()));
    var copies = ClaimCopy.of(launch);
    if (!copies.isEmpty()) {
      annotations.put(JobLabels.COPIES, ClaimCopy.write(copies));
    }
    var nodes = Leg.nodes(launch);
    if (!nodes.isEmpty()) {
      annotations.put(JobLabels.ELSEWHERE, Leg.write(nodes));
    }
    if (!launch.footing().hooks().isEmpty()) {
      annotations.put(JobLabels.HOOKS, HookChoice.write(launch.footing().hooks()));
    }
    var scaled = launch.footing().scaledToZero();
    if (!scaled.isEmpty()) {
      annotations.put(JobLabels.SCALES, String.join(",", scaled));
    }
    return annotations;
  }

  /** A finished run must not keep its owner from being deleted. */
  private static OwnerReference owner(OwnerReference owner) {
    return new OwnerReferenceBuilder(owner)
        .withController(true)
        .withBlockOwnerDeletion(false)
        .build();
  }

  private static Toleration toleration(JobTemplate.Toleration stated) {
    return new Toleration(
        stated.effect(),
        stated.key(),
        stated.operator(),
        stated.tolerationSeconds(),
        stated.value());
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }
}
