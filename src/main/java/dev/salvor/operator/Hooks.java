package dev.salvor.operator;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.VolumeSource.Hook;
import dev.salvor.operator.HookCommands.Side;
import dev.salvor.operator.jobs.HookChoice;
import dev.salvor.operator.jobs.HookMark;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.Preparation;
import dev.salvor.operator.jobs.Words;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Makes applications hold still before a run may begin. What was begun in which pods stands on them
 * ({@link HookMark}), so that whoever leads takes it back, which {@link HookReleases} alone does.
 * One thread of the leader asks it; the commands themselves run beside it.
 */
final class Hooks {
  private final HookedPods pods;
  private final HookCommands commands;
  private final HookOrigin origin;
  private final ClusterRuns runs;
  private final Set<String> allowed;
  private final Clock clock;

  /**
   * Those of a cluster.
   *
   * @param allowed namespaces in whose pods commands may be run
   */
  Hooks(
      HookedPods pods,
      HookCommands commands,
      HookOrigin origin,
      ClusterRuns runs,
      Set<String> allowed,
      Clock clock) {
    this.pods = pods;
    this.commands = commands;
    this.origin = origin;
    this.runs = runs;
    this.allowed = allowed;
    this.clock = clock;
  }

  /**
   * How far the before commands are, in all pods at once. While one of the pods is another run's,
   * none is begun: two runs would wait for each other. Once all hold, that is noted on the Job;
   * nothing is begun any more, and whoever looks next goes on.
   *
   * @throws KubernetesClientException if the API server does not answer, or a pod is gone since it
   *     was read
   */
  Preparation before(Job job) {
    if (!JobLabels.hasHooks(job)) {
      return new Preparation.Ready();
    }
    if (JobLabels.isHeld(job)) {
      return change(job)
          .<Preparation>map(Preparation.Failed::new)
          .orElseGet(Preparation.Ready::new);
    }
    var namespace = job.getMetadata().getNamespace();
    if (!allowed.contains(namespace)) {
      return failed(
          "This operator may not run commands in pods of namespace "
              + namespace
              + ": install it with that in hooks.namespaces.");
    }
    var hooks = HookChoice.hooks(job).orElse(List.of());
    var objection = origin.objection(job, hooks);
    if (objection.isPresent()) {
      return failed(objection.get());
    }
    return switch (chosen(job, hooks)) {
      case HookChoice.Unsuitable(var why) -> failed(why);
      case HookChoice.Awaited(var why) -> awaited(job, hooks, why);
      case HookChoice.Chosen(var chosen) -> before(job, hooks, chosen);
    };
  }

  /** The first mark has a limit of its own; until there is one, as long from the beginning. */
  private Preparation awaited(Job job, List<Hook> hooks, String why) {
    var since = Objects.requireNonNull(JobLabels.preparingSince(job));
    var isLate = HookMark.of(job, hooks, since).limit().isBefore(clock.instant());
    return isLate && !isMarked(job, hooks)
        ? failed(
            "Its hooks could not begin within their own time and "
                + HookMark.LEEWAY.toMinutes()
                + " minutes: "
                + why)
        : new Preparation.Waits(why);
  }

  private boolean isMarked(Job job, List<Hook> hooks) {
    return pods.of(job.getMetadata().getNamespace(), hooks).stream()
        .flatMap(pod -> HookMark.read(pod).stream())
        .anyMatch(mark -> mark.isFor(job));
  }

  /**
   * Why what was noted to hold does not any more, for a run that would claim it; empty: it does.
   */
  Optional<Failure> change(Job job) {
    return !JobLabels.isHeld(job)
        ? Optional.empty()
        : HookChoice.change(job, chosen(job, HookChoice.hooks(job).orElse(List.of())))
            .map(
                why ->
                    Reason.HOOK_FAILED.failure(
                        "What its hooks held still did not until all was read: " + why));
  }

  private HookChoice chosen(Job job, List<Hook> hooks) {
    return HookChoice.of(hooks, pods.of(job.getMetadata().getNamespace(), hooks));
  }

  private Preparation before(Job job, List<Hook> hooks, Map<Pod, List<Integer>> chosen) {
    var obstacle = chosen.keySet().stream().flatMap(pod -> obstacle(job, pod).stream()).findFirst();
    if (obstacle.isPresent()) {
      return obstacle.get();
    }
    // One that failed is looked for in all pods, before any other is begun.
    var failure = chosen.keySet().stream().flatMap(pod -> failure(pod, hooks).stream()).findFirst();
    if (failure.isPresent()) {
      return failure.get();
    }
    var open = new ArrayList<Preparation>();
    for (var entry : chosen.entrySet()) {
      var come = beginning(job, entry.getKey(), hooks, entry.getValue());
      if (come instanceof Preparation.Failed) {
        return come;
      }
      open.add(come);
    }
    return Preparation.worst(open) instanceof Preparation.Waits waits ? waits : hold(job, hooks);
  }

  private Optional<Preparation> obstacle(Job job, Pod pod) {
    var going = commands.find(pod);
    if (going != null && going.side() == Side.AFTER) {
      return Optional.of(busy(pod));
    }
    var mark = HookMark.read(pod);
    if (!HookMark.isMarked(pod) || mark.filter(it -> it.isFor(job)).isPresent()) {
      return Optional.empty();
    }
    var name = pod.getMetadata().getName();
    return Optional.of(
        mark.<Preparation>map(
                it ->
                    new Preparation.Waits("hooks of run " + it.run() + " are in pod " + name + "."))
            .orElseGet(() -> failed(HookReleases.unreadable(pod))));
  }

  /** The mark says it when it is taken back: nothing that is refused now keeps the run waiting. */
  private Optional<Preparation> failure(Pod pod, List<Hook> hooks) {
    var going = commands.find(pod);
    if (going != null && going.isDone()) {
      var outcome = going.end().join();
      return outcome instanceof HookOutcome.Succeeded
          ? Optional.empty()
          : Optional.of(
              failed(
                  words(Objects.requireNonNull(hooks.get(going.hook()).before()), pod, outcome)));
    }
    return HookMark.read(pod)
        .filter(mark -> mark.releasing() || (mark.hasOpen() && going == null))
        .map(
            lost ->
                failed(
                    "The operator ended while hooks ran in pod "
                        + pod.getMetadata().getName()
                        + "; what they began is taken back."));
  }

  /** What is refused of one pod fails the run, so that none of the others waits for it. */
  private Preparation beginning(Job job, Pod pod, List<Hook> hooks, List<Integer> numbers) {
    try {
      return before(job, pod, hooks, numbers);
    } catch (KubernetesClientException e) {
      if (!Refusal.is(e)) {
        throw e;
      }
      return failed(
          "The cluster refuses to mark pod "
              + pod.getMetadata().getName()
              + ": "
              + Refusal.words(e));
    }
  }

  private Preparation before(Job job, Pod pod, List<Hook> hooks, List<Integer> numbers) {
    var now = clock.instant();
    var found = HookMark.read(pod).orElse(null);
    var mark = found == null ? HookMark.of(job, hooks, now) : found;
    var going = commands.find(pod);
    if (going != null && !going.isDone()) {
      return busy(pod);
    }
    if (going != null) {
      mark = mark.before(going.hook(), going.end().join(), now);
    }
    for (var number : numbers) {
      if (!mark.has(number)) {
        var hook = hooks.get(number);
        mark = mark.begin(number, hook, pod, now);
        if (hook.before() != null) {
          pods.mark(pod, mark);
          commands.start(
              Side.BEFORE,
              pod,
              number,
              HookChoice.container(hook, pod),
              hook.before(),
              hook.seconds(),
              now);
          return busy(pod);
        }
      }
    }
    if (!mark.equals(found)) {
      pods.mark(pod, mark);
    }
    commands.forget(pod);
    return mark.holds(pod, numbers)
        ? new Preparation.Ready()
        : failed(
            "A container of pod "
                + pod.getMetadata().getName()
                + " was started anew, and holds nothing any more.");
  }

  /** As they are now: marks were written since they were read. */
  private Preparation hold(Job job, List<Hook> hooks) {
    return switch (chosen(job, hooks)) {
      case HookChoice.Unsuitable(var why) -> failed(why);
      case HookChoice.Awaited(var why) -> new Preparation.Waits(why);
      case HookChoice.Chosen chosen -> {
        var loose = chosen.loose();
        if (loose.isPresent()) {
          yield new Preparation.Waits(
              "pod " + loose.get().getMetadata().getName() + " is not known to hold still.");
        }
        runs.noteHeld(job, chosen.held());
        yield new Preparation.Waits("what its hooks held still is looked at once more.");
      }
    };
  }

  private static Preparation busy(Pod pod) {
    return new Preparation.Waits("hooks run in pod " + pod.getMetadata().getName() + ".");
  }

  /** Of a command that did not succeed. */
  static String words(List<String> command, Pod pod, HookOutcome outcome) {
    return "'"
        + Words.of(String.join(" ", command))
        + "' in pod "
        + pod.getMetadata().getName()
        + ": "
        + outcome.why();
  }

  private static Preparation failed(String why) {
    return new Preparation.Failed(Reason.HOOK_FAILED.failure(why));
  }
}
