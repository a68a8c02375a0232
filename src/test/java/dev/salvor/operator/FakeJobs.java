package dev.salvor.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.task.Span;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays kubelet, Job controller and garbage collector for one namespace: a Job that is resumed gets
 * a pod that ends at once with the report that the test gives, a pod whose Job is gone goes too.
 */
final class FakeJobs implements AutoCloseable {
  private static final int POLL_MILLISECONDS = 100;
  private static final Logger LOG = LoggerFactory.getLogger(FakeJobs.class);

  private final KubernetesClient client;
  private final String namespace;
  private final SharedIndexInformer<Job> jobs;
  private final SharedIndexInformer<Pod> pods;
  private final Set<String> completed = new HashSet<>();
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final Future<?> looking;
  private volatile Function<Task, TaskReport> worker;
  private volatile Function<Task, TaskReport> leg = FakeJobs::kept;
  private volatile Function<String, ContainerState> check = name -> exited(0, "Completed", "");
  private final List<String> started = new CopyOnWriteArrayList<>();
  private volatile boolean working = true;
  private volatile boolean legsEnd = true;

  FakeJobs(KubernetesClient client, String namespace, Function<Task, TaskReport> worker) {
    this.client = client;
    this.namespace = namespace;
    this.worker = worker;
    jobs = client.batch().v1().jobs().inNamespace(namespace).inform();
    pods = client.pods().inNamespace(namespace).withLabel(JobLabels.MANAGED).inform();
    looking =
        thread.scheduleWithFixedDelay(this::look, 0, POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  /** From now on Jobs that are resumed get no pod. */
  void pause() {
    working = false;
  }

  /** From now on pods of other nodes begin and do not end. */
  void readForLong() {
    legsEnd = false;
  }

  void goOn() {
    working = true;
    legsEnd = true;
  }

  void answer(Function<Task, TaskReport> other) {
    worker = other;
  }

  /** What the workers of other nodes report, of which a run closes the point. */
  void legs(Function<Task, TaskReport> other) {
    leg = other;
  }

  static TaskReport kept(Task task) {
    var now = Instant.now();
    return new TaskReport(
        task.header().run(),
        TaskReport.Outcome.SUCCEEDED,
        now,
        now,
        null,
        null,
        new TaskResult.ShareKept("feed"));
  }

  /**
   * From now on programs of the user are in these states.
   *
   * @param states by the names of their checks
   */
  void check(Function<String, ContainerState> states) {
    check = states;
  }

  static ContainerState exited(int code, String reason, String message) {
    var now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    return new ContainerStateBuilder()
        .withNewTerminated()
        .withExitCode(code)
        .withReason(reason)
        .withStartedAt(now)
        .withFinishedAt(now)
        .withMessage(message)
        .endTerminated()
        .build();
  }

  List<Job> jobs() {
    return client.batch().v1().jobs().inNamespace(namespace).list().getItems();
  }

  /** Names of all Jobs that got a pod. */
  List<String> started() {
    return started;
  }

  @Override
  public void close() {
    looking.cancel(false);
    thread.close();
    jobs.close();
    pods.close();
  }

  private void look() {
    try {
      var here = jobs.getStore().list();
      if (working) {
        here.stream()
            .filter(job -> !Boolean.TRUE.equals(job.getSpec().getSuspend()))
            .filter(job -> job.getStatus() == null || job.getStatus().getCompletionTime() == null)
            // The informer may not have seen yet what was just written.
            .filter(job -> !completed.contains(job.getMetadata().getUid()))
            .forEach(this::run);
      }
      var owners = here.stream().map(job -> job.getMetadata().getUid()).collect(Collectors.toSet());
      here.stream()
          .filter(job -> job.getMetadata().getOwnerReferences().getFirst().getKind().equals("Job"))
          .filter(
              job -> !owners.contains(job.getMetadata().getOwnerReferences().getFirst().getUid()))
          .forEach(job -> client.resource(job).delete());
      pods.getStore().list().stream()
          .filter(
              pod ->
                  pod.getMetadata().getOwnerReferences().stream()
                      .noneMatch(owner -> owners.contains(owner.getUid())))
          .forEach(pod -> client.resource(pod).withGracePeriod(0).delete());
    } catch (KubernetesClientException e) {
      LOG.atInfo().log("looking again: " + e.getMessage());
    }
  }

  private void run(Job job) {
    var name = job.getMetadata().getName() + "-pod";
    var pod = client.pods().inNamespace(namespace).withName(name).get();
    if (pod == null) {
      pod = client.resource(pod(job, name)).create();
      started.add(job.getMetadata().getName());
    }
    var spec = job.getSpec().getTemplate().getSpec();
    if (!legsEnd && JobLabels.legOf(job) != null) {
      write(pod, "Running", List.of(), spec.getContainers().stream().map(FakeJobs::begun).toList());
      return;
    }
    var first =
        spec.getInitContainers().stream()
            .filter(container -> container.getName().equals("fetch"))
            .findFirst();
    var initial = new ArrayList<ContainerStatus>();
    first.ifPresent(container -> initial.add(ended(container)));
    if (first.isPresent() && !isSealed(pod)) {
      write(pod, "Running", initial, List.of());
      return;
    }
    for (var container : afterFetch(spec)) {
      var status = status(container);
      initial.add(status);
      var terminated = status.getState().getTerminated();
      if (terminated == null || terminated.getExitCode() != 0) {
        // As a kubelet: what comes after it is not begun.
        write(pod, terminated == null ? "Pending" : "Failed", initial, List.of());
        return;
      }
    }
    write(pod, "Succeeded", initial, spec.getContainers().stream().map(this::ended).toList());
    complete(job);
  }

  /** Of a verification with programs of the user. */
  private static List<Container> afterFetch(PodSpec spec) {
    var isLong = spec.getContainers().getFirst().getName().equals("conclude");
    return isLong
        ? spec.getInitContainers().subList(1, spec.getInitContainers().size())
        : List.of();
  }

  private ContainerStatus status(Container container) {
    var asked =
        container.getEnv().stream()
            .filter(variable -> variable.getName().equals("SALVOR_CHECK"))
            .map(EnvVar::getValue)
            .findFirst();
    return asked
        .map(name -> status(container, check.apply(name)))
        .orElseGet(() -> ended(container));
  }

  private static ContainerStatus status(Container container, ContainerState state) {
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withImageID("")
        .withReady(false)
        .withRestartCount(0)
        .withState(state)
        .build();
  }

  private static boolean isSealed(Pod pod) {
    return "true".equals(pod.getMetadata().getLabels().get("salvor.dev/sealed"));
  }

  private Pod pod(Job job, String name) {
    var template = job.getSpec().getTemplate();
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withLabels(template.getMetadata().getLabels())
        .withAnnotations(template.getMetadata().getAnnotations())
        .addNewOwnerReference()
        .withApiVersion("batch/v1")
        .withKind("Job")
        .withName(job.getMetadata().getName())
        .withUid(job.getMetadata().getUid())
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withSpec(template.getSpec())
        .build();
  }

  private void write(
      Pod pod, String phase, List<ContainerStatus> initial, List<ContainerStatus> containers) {
    client
        .resource(pod)
        .editStatus(
            live ->
                new PodBuilder(live)
                    .editOrNewStatus()
                    .withPhase(phase)
                    .withInitContainerStatuses(initial)
                    .withContainerStatuses(containers)
                    .endStatus()
                    .build());
  }

  private static ContainerStatus begun(Container container) {
    var running = new ContainerStateBuilder().withNewRunning().endRunning().build();
    return status(container, running);
  }

  /** Times have whole seconds, and a report speaks for the exit code. */
  private ContainerStatus ended(Container container) {
    var now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    var report = report(container);
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withImageID("sha256:0")
        .withReady(false)
        .withRestartCount(0)
        .withNewState()
        .withNewTerminated()
        .withExitCode(report.outcome() == TaskReport.Outcome.FAILED ? 1 : 0)
        .withReason("Completed")
        .withStartedAt(now)
        .withFinishedAt(now)
        .withMessage(json(report))
        .endTerminated()
        .endState()
        .build();
  }

  private TaskReport report(Container container) {
    var span = literal(container, WorkerEnvironment.SPAN);
    if (span != null
        && Objects.requireNonNull(Span.read(Map.of(WorkerEnvironment.SPAN, span))).shares()
            == null) {
      return leg.apply(TaskJson.read(Objects.requireNonNull(literal(container, "SALVOR_TASK"))));
    }
    return container.getEnv().stream()
        .filter(variable -> variable.getName().equals("SALVOR_TASK"))
        .map(EnvVar::getValue)
        .map(TaskJson::read)
        .map(task -> worker.apply(task))
        .findFirst()
        .orElseThrow();
  }

  private static @Nullable String literal(Container container, String variable) {
    return container.getEnv().stream()
        .filter(each -> each.getName().equals(variable))
        .map(EnvVar::getValue)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** What the API server asks of a Job that is complete (validation of Job status, 1.31). */
  private void complete(Job job) {
    var now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    client
        .resource(job)
        .editStatus(
            live ->
                live.edit()
                    .editOrNewStatus()
                    .withStartTime(now)
                    .withCompletionTime(now)
                    .withSucceeded(1)
                    .withConditions(
                        new JobConditionBuilder()
                            .withType("SuccessCriteriaMet")
                            .withStatus("True")
                            .withLastTransitionTime(now)
                            .build(),
                        new JobConditionBuilder()
                            .withType("Complete")
                            .withStatus("True")
                            .withLastTransitionTime(now)
                            .build())
                    .endStatus()
                    .build());
    completed.add(job.getMetadata().getUid());
  }

  private static String json(TaskReport report) {
    try {
      return Json.mapper().writeValueAsString(report);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
