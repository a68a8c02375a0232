package dev.salvor.operator;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.operator.HookCommands.Going;
import dev.salvor.operator.HookCommands.Side;
import dev.salvor.operator.jobs.HookChoice;
import dev.salvor.operator.jobs.HookMark;
import dev.salvor.operator.jobs.HookMark.Begun;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.JobLabels;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Takes back what hooks began, in every pod that bears the mark of a run that has ended, is gone,
 * or needs it no more: for as long as the pod is there. One thread of the leader asks it.
 */
final class HookReleases {
  /** What is due later than this is not waited for each second. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private final HookedPods pods;
  private final HookCommands commands;
  private final JobCache cache;
  private final ClusterRuns runs;
  private final Announcer announcer;
  private final Set<String> allowed;
  private final Clock clock;
  private final Set<String> told = new HashSet<>();
  private volatile boolean waiting;

  /**
   * Those of a cluster.
   *
   * @param allowed namespaces in whose pods commands may be run
   */
  HookReleases(
      HookedPods pods,
      HookCommands commands,
      JobCache cache,
      ClusterRuns runs,
      Announcer announcer,
      Set<String> allowed,
      Clock clock) {
    this.pods = pods;
    this.commands = commands;
    this.cache = cache;
    this.runs = runs;
    this.announcer = announcer;
    this.allowed = allowed;
    this.clock = clock;
  }

  /** Whether something is to be taken back, of which nobody tells when it can be. */
  boolean isWaiting() {
    return waiting;
  }

  /** One look at all pods that are known to be marked. */
  void release() {
    waiting = false;
    var decided = clock.instant();
    var marked = new ArrayList<Pod>();
    try {
      pods.addMarked(marked, decided);
      commands.forgetAllBut(marked);
    } finally {
      // Those of one namespace do not wait for another that cannot be listed.
      OneByOne.each(marked, pod -> release(pod, decided));
    }
  }

  private void release(Pod pod, Instant decided) {
    try {
      takeBack(pod, decided);
    } catch (KubernetesClientException e) {
      if (Refusal.is(e)) {
        announcer.announce(pod, ClusterNews.refused(e));
      }
      throw e;
    }
  }

  private void takeBack(Pod pod, Instant decided) {
    var mark = HookMark.read(pod).orElse(null);
    if (mark == null) {
      if (told.add(pod.getMetadata().getUid())) {
        announcer.announce(pod, ClusterNews.unreadableMark(unreadable(pod)));
      }
      return;
    }
    if (!allowed.contains(pod.getMetadata().getNamespace()) && !HookChoice.hasEnded(pod)) {
      if (told.add(pod.getMetadata().getUid())) {
        announcer.announce(pod, ClusterNews.notAllowed(pod.getMetadata().getNamespace()));
      }
      return;
    }
    var going = commands.find(pod);
    if (isHeld(pod, mark) || (going != null && !going.isDone())) {
      return;
    }
    // Nothing is believed to be held from before the first of the after commands.
    var then = (going == null ? mark : settled(pod, mark, going)).release();
    if (then.begun().isEmpty() || HookChoice.hasEnded(pod)) {
      pods.unmark(pod);
      commands.end(pod);
      return;
    }
    var due = then.due(commands.tried(pod), clock.instant());
    if ((going != null || due.isPresent()) && (then.equals(mark) || isWritten(pod, then))) {
      commands.forget(pod);
      // What was just written over the mark as it was read is as fresh as can be.
      var known = then.equals(mark) ? decided : clock.instant();
      due.ifPresent(hook -> start(pod, hook, known));
    }
    var soon = clock.instant().plus(SOON);
    waiting |= then.next(commands.tried(pod)).filter(soon::isAfter).isPresent();
  }

  private void start(Pod pod, Begun hook, Instant decided) {
    if (commands.isLate(decided)) {
      // The next look begins it, and does not wait as after an attempt.
      return;
    }
    commands.start(
        Side.AFTER,
        pod,
        hook.hook(),
        hook.container(),
        Objects.requireNonNull(hook.after()),
        hook.timeoutSeconds(),
        decided);
  }

  /** What its run waits for may never come. */
  private boolean isHeld(Pod pod, HookMark mark) {
    var namespace = pod.getMetadata().getNamespace();
    if (!mark.releasing() && mark.limit().isBefore(clock.instant())) {
      cache
          .find(namespace, mark.run())
          .filter(mark::isFor)
          .filter(runs::isHeldUnread)
          .ifPresent(job -> runs.giveUp(job, late(job)));
    }
    return !mark.releasing() && runs.holdsStill(namespace, mark);
  }

  private static Failure late(Job job) {
    return Reason.HOOK_FAILED.failure(
        "What its hooks held still is taken back: it could not begin within their own time and "
            + HookMark.LEEWAY.toMinutes()
            + " minutes. Last it waited: "
            + Objects.requireNonNullElse(JobLabels.waiting(job), "nothing was said.")
            + " See to that first; with snapshots of all claims it holds until they are cut only.");
  }

  /**
   * Nobody believes any more that it holds, since its run has ended: that an application goes on is
   * worth more than a mark that says how far that is.
   *
   * @return false: the pod is gone
   */
  private boolean isWritten(Pod pod, HookMark mark) {
    try {
      return pods.change(pod, mark);
    } catch (KubernetesClientException e) {
      // Not only a refusal: a webhook of pods that does not answer is an error of the server.
      if (!Refusal.is(e) && e.getCode() < HttpURLConnection.HTTP_INTERNAL_ERROR) {
        throw e;
      }
      announcer.announce(pod, ClusterNews.refused(e));
      return true;
    }
  }

  private HookMark settled(Pod pod, HookMark mark, Going going) {
    var outcome = going.end().join();
    if (going.side() == Side.BEFORE) {
      return mark.before(going.hook(), outcome, clock.instant());
    }
    var then = mark.after(going.hook(), outcome, going.since(), clock.instant());
    if (!(outcome instanceof HookOutcome.Succeeded)) {
      var why = Hooks.words(command(mark, going.hook()), pod, outcome);
      announcer.announce(
          pod,
          then.has(going.hook())
              ? ClusterNews.notTakenBack(mark.run(), going.hook(), outcome, why)
              : ClusterNews.leftAsItIs(mark.run(), going.hook(), outcome, why));
    }
    return then;
  }

  private static List<String> command(HookMark mark, int number) {
    return mark.begun().stream()
        .filter(one -> one.hook() == number)
        .findFirst()
        .map(Begun::after)
        .orElse(List.of());
  }

  /** For whoever reads of it. */
  static String unreadable(Pod pod) {
    return "Pod "
        + pod.getMetadata().getName()
        + " bears a mark "
        + HookMark.MARK
        + " that cannot be read here: another version of Salvor wrote it, or somebody changed it."
        + " What it began may not be taken back: look at the application, then remove label and"
        + " annotation.";
  }
}
