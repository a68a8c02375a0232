package dev.salvor.operator.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.salvor.api.Json;
import dev.salvor.api.VolumeSource.Hook;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** In which pods the hooks of a run are, or why in none. */
public sealed interface HookChoice {
  /** A selector that is too wide runs commands where nobody meant them. */
  int MOST_PODS = 32;

  /**
   * In these.
   *
   * @param pods and which of the hooks are for each, in their order
   */
  record Chosen(Map<Pod, List<Integer>> pods) implements HookChoice {
    /**
     * What holds still in these pods, for {@link JobLabels#HELD}: one that was begun anew, in the
     * same pod or another of its name, reads differently, and one that does not hold as nothing.
     */
    public Set<String> held() {
      return pods.entrySet().stream()
          .map(entry -> held(entry.getKey(), entry.getValue()))
          .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The first that does not hold; empty: all do. */
    public Optional<Pod> loose() {
      return pods.entrySet().stream()
          .filter(entry -> !holds(entry.getKey(), entry.getValue()))
          .findFirst()
          .map(Map.Entry::getKey);
    }

    private static String held(Pod pod, List<Integer> numbers) {
      return pod.getMetadata().getName() + "=" + (holds(pod, numbers) ? HookMark.print(pod) : "");
    }

    private static boolean holds(Pod pod, List<Integer> numbers) {
      return HookMark.read(pod).filter(mark -> mark.holds(pod, numbers)).isPresent();
    }
  }

  /** It is not known yet, in words without their first capital. */
  record Awaited(String why) implements HookChoice {}

  /** In none. */
  record Unsuitable(String why) implements HookChoice {}

  /**
   * All pods that run and bear the labels of a hook.
   *
   * @param pods of the namespace
   */
  static HookChoice of(List<Hook> hooks, List<Pod> pods) {
    var ending =
        pods.stream()
            .filter(HasMetadata::isMarkedForDeletion)
            .filter(pod -> hooks.stream().anyMatch(hook -> runs(hook, pod)))
            .findFirst();
    if (ending.isPresent()) {
      return new Awaited("pod " + ending.get().getMetadata().getName() + " is ending.");
    }
    var beginning =
        pods.stream().filter(pod -> hooks.stream().anyMatch(hook -> begins(hook, pod))).findFirst();
    if (beginning.isPresent()) {
      return new Awaited(
          "pod "
              + beginning.get().getMetadata().getName()
              + " does not run yet, and its init containers are at work.");
    }
    for (var hook : hooks) {
      var theirs = pods.stream().filter(pod -> selects(hook, pod)).toList();
      if (theirs.isEmpty()) {
        return new Unsuitable("No pod runs that has the labels " + words(hook) + ".");
      }
      var without = theirs.stream().filter(pod -> !hasContainer(hook, pod)).findFirst();
      if (without.isPresent()) {
        return new Unsuitable(
            "Pod "
                + without.get().getMetadata().getName()
                + " has no container"
                + (hook.container() == null ? "" : " '" + hook.container() + "'")
                + ", in which a hook is to run its commands.");
      }
    }
    var chosen = new LinkedHashMap<Pod, List<Integer>>();
    for (var pod : pods) {
      var numbers =
          IntStream.range(0, hooks.size())
              .filter(number -> selects(hooks.get(number), pod))
              .boxed()
              .toList();
      if (!numbers.isEmpty()) {
        chosen.put(pod, numbers);
      }
    }
    return chosen.size() <= MOST_PODS
        ? new Chosen(chosen)
        : new Unsuitable(
            "The labels of its hooks select "
                + chosen.size()
                + " pods; at most "
                + MOST_PODS
                + " are taken.");
  }

  /** One that is ending may write until it has ended. */
  private static boolean selects(Hook hook, Pod pod) {
    return runs(hook, pod) && !pod.isMarkedForDeletion();
  }

  private static boolean runs(Hook hook, Pod pod) {
    return isMeant(hook, pod) && "Running".equals(pod.getStatus().getPhase());
  }

  /** They may write to what is to be still, and no command can be run there yet. */
  private static boolean begins(Hook hook, Pod pod) {
    return isMeant(hook, pod)
        && "Pending".equals(pod.getStatus().getPhase())
        && pod.getStatus().getInitContainerStatuses().stream()
            .map(ContainerStatus::getState)
            .anyMatch(state -> state != null && state.getRunning() != null);
  }

  private static boolean isMeant(Hook hook, Pod pod) {
    var labels = pod.getMetadata().getLabels();
    return labels != null
        && labels.entrySet().containsAll(hook.matchLabels().entrySet())
        && !labels.containsKey(JobLabels.MANAGED)
        && pod.getStatus() != null;
  }

  private static boolean hasContainer(Hook hook, Pod pod) {
    return hook.container() == null
        ? !pod.getSpec().getContainers().isEmpty()
        : hasContainer(hook.container(), pod);
  }

  /** Also one that was begun first and stays, or came to debug. */
  static boolean hasContainer(String name, Pod pod) {
    var spec = pod.getSpec();
    return Stream.of(
            spec.getContainers().stream().map(Container::getName),
            spec.getInitContainers().stream().map(Container::getName),
            spec.getEphemeralContainers().stream().map(EphemeralContainer::getName))
        .flatMap(Function.identity())
        .anyMatch(name::equals);
  }

  /** Whether no command can be run in it any more. */
  static boolean hasEnded(Pod pod) {
    return pod.getStatus() != null
        && Set.of("Succeeded", "Failed").contains(String.valueOf(pod.getStatus().getPhase()));
  }

  /** The hook's container, or the pod's first. */
  static String container(Hook hook, Pod pod) {
    return hook.container() == null
        ? pod.getSpec().getContainers().getFirst().getName()
        : hook.container();
  }

  private static String words(Hook hook) {
    return hook.matchLabels().entrySet().stream()
        .map(label -> label.getKey() + "=" + label.getValue())
        .sorted()
        .collect(Collectors.joining(","));
  }

  /** Of its container as it is now; null: it was never started. */
  static @Nullable String containerId(String name, Pod pod) {
    var status = pod.getStatus();
    return status == null
        ? null
        : Stream.of(
                status.getContainerStatuses(),
                status.getInitContainerStatuses(),
                status.getEphemeralContainerStatuses())
            .flatMap(List::stream)
            .filter(container -> container.getName().equals(name))
            .findFirst()
            .map(ContainerStatus::getContainerID)
            .orElse(null);
  }

  /**
   * Why what was made to hold still for a Job does not any more; empty: it does.
   *
   * @param now what its hooks choose
   */
  static Optional<String> change(Job job, HookChoice now) {
    return switch (now) {
      case Unsuitable(var why) -> Optional.of(why);
      case Awaited(var why) -> Optional.of(why);
      case Chosen chosen -> {
        var held = JobLabels.held(job);
        var still = chosen.held();
        yield held.stream()
            .filter(pod -> !still.contains(pod))
            .findFirst()
            .map(pod -> "pod " + name(pod) + ", or its container, is not the one any more.")
            .or(
                () ->
                    still.stream()
                        .filter(pod -> !held.contains(pod))
                        .findFirst()
                        .map(pod -> "pod " + name(pod) + " has come."));
      }
    };
  }

  private static String name(String held) {
    return held.split("=", 2)[0];
  }

  /** Those of a Job; empty: somebody changed what stood there. */
  static Optional<List<Hook>> hooks(Job job) {
    var text = JobLabels.annotation(job, JobLabels.HOOKS);
    try {
      return Optional.ofNullable(
              Json.mapper().readValue(String.valueOf(text), new TypeReference<List<Hook>>() {}))
          .filter(hooks -> !hooks.contains(null))
          .map(ArrayList::new);
    } catch (JsonProcessingException notOurs) {
      return Optional.empty();
    }
  }

  /** As a Job bears them. */
  static String write(List<Hook> hooks) {
    try {
      return Json.mapper().writeValueAsString(hooks);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("hooks that cannot be written", e);
    }
  }
}
