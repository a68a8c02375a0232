package dev.salvor.operator;

import dev.salvor.operator.jobs.HookMark;
import dev.salvor.operator.jobs.HookOutcome;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/**
 * Plays the kubelet for commands in pods: {@code freeze} makes a pod hold still, {@code thaw} lets
 * it go on. What is run is noted.
 */
final class HookedApplication implements PodCommands {
  static final HookOutcome DONE = new HookOutcome.Succeeded();

  private final Installation here;

  /** {@code web-0/main: freeze}. */
  final List<String> commands = new CopyOnWriteArrayList<>();

  /** Names of the pods that hold still. */
  final Set<String> still = ConcurrentHashMap.newKeySet();

  volatile Function<String, HookOutcome> frozen = pod -> DONE;
  volatile Function<String, HookOutcome> thawed = pod -> DONE;
  volatile CountDownLatch gate = new CountDownLatch(0);

  HookedApplication(Installation here) {
    this.here = here;
    here.commands = this;
  }

  @Override
  public HookOutcome run(Pod pod, String container, List<String> command, Duration timeout) {
    var name = pod.getMetadata().getName();
    var words = String.join(" ", command);
    commands.add(name + "/" + container + ": " + words);
    return switch (words) {
      case "freeze" -> {
        awaitGate();
        var outcome = frozen.apply(name);
        if (outcome.equals(DONE)) {
          still.add(name);
        }
        yield outcome;
      }
      case "thaw" -> {
        var outcome = thawed.apply(name);
        if (outcome.equals(DONE)) {
          still.remove(name);
        }
        yield outcome;
      }
      default -> DONE;
    };
  }

  private void awaitGate() {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  long count(String command) {
    return commands.stream().filter(command::equals).count();
  }

  void pod(String name, String app, String phase) {
    here.create(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, labels: {app: %s}}
        spec: {containers: [{name: main, image: web}, {name: second, image: web}]}
        """
            .formatted(name, app));
    status(name, phase, "first of " + name);
  }

  /** As the kubelet tells it: another container of the same pod. */
  void restart(String pod) {
    still.remove(pod);
    status(pod, "Running", "second of " + pod);
  }

  private void status(String pod, String phase, String containerId) {
    here.client
        .pods()
        .inNamespace(here.namespace)
        .withName(pod)
        .editStatus(
            (Pod live) ->
                new PodBuilder(live)
                    .editOrNewStatus()
                    .withPhase(phase)
                    .withContainerStatuses(
                        container("main", containerId), container("second", "of " + pod))
                    .endStatus()
                    .build());
  }

  private static ContainerStatus container(String name, String id) {
    return new ContainerStatusBuilder()
        .withName(name)
        .withContainerID(id)
        .withImage("web")
        .withImageID("")
        .withReady(true)
        .withRestartCount(0)
        .build();
  }

  /** What keeps a deleted one from going, as JSON. */
  void finalizer(String pod, String finalizers) {
    here.client
        .pods()
        .inNamespace(here.namespace)
        .withName(pod)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"finalizers\":" + finalizers + "}}");
  }

  void delete(String pod) {
    here.client.pods().inNamespace(here.namespace).withName(pod).withGracePeriod(0).delete();
  }

  List<Pod> marked() {
    return here.client
        .pods()
        .inNamespace(here.namespace)
        .withLabel(HookMark.MARK)
        .list()
        .getItems();
  }

  List<HookMark> marks() {
    return marked().stream().map(HookMark::read).flatMap(Optional::stream).toList();
  }

  boolean isAsBefore() {
    return still.isEmpty() && marked().isEmpty();
  }
}
