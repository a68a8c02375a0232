package dev.salvor.operator;

import dev.salvor.operator.jobs.HookMark.Tried;
import dev.salvor.operator.jobs.HookOutcome;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands that run in pods beside the leader's thread, which alone asks this, one in a pod at a
 * time. Pods are known by their uid.
 */
final class HookCommands {
  /** What whoever runs it may be late by, before it is given up for them. */
  private static final Duration LATE = KubernetesConnection.COMMAND_BEGINS.multipliedBy(2);

  /** After this a leader that stood still may not be one any more, or others went on. */
  private static final Duration DECIDED = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(HookCommands.class);

  private final PodCommands commands;
  private final BooleanSupplier leading;
  private final Runnable wake;
  private final Clock clock;
  private final Map<String, Going> going = new HashMap<>();
  private final Map<String, Map<Integer, Tried>> tried = new HashMap<>();

  /**
   * None runs yet.
   *
   * @param leading without which nothing is begun
   * @param wake called when one has ended
   */
  HookCommands(PodCommands commands, BooleanSupplier leading, Runnable wake, Clock clock) {
    this.commands = commands;
    this.leading = leading;
    this.wake = wake;
    this.clock = clock;
  }

  enum Side {
    BEFORE,
    AFTER
  }

  /** A command that was begun. */
  record Going(Side side, int hook, Instant since, CompletableFuture<HookOutcome> end) {
    boolean isDone() {
      return end.isDone();
    }
  }

  /** What runs in a pod, or has ended and was not taken yet. */
  @Nullable Going find(Pod pod) {
    return going.get(uid(pod));
  }

  /** When and how often the after command of a hook was begun in a pod. */
  Map<Integer, Tried> tried(Pod pod) {
    return tried.getOrDefault(uid(pod), Map.of());
  }

  /** What has ended was taken. */
  void forget(Pod pod) {
    going.remove(uid(pod));
  }

  /** Nothing is in the pod any more; what comes next there has not been tried. */
  void end(Pod pod) {
    going.remove(uid(pod));
    tried.remove(uid(pod));
  }

  /** All other pods are gone, or nothing is in them any more. */
  void forgetAllBut(Collection<Pod> pods) {
    var uids = pods.stream().map(HookCommands::uid).toList();
    going.keySet().retainAll(uids);
    tried.keySet().retainAll(uids);
  }

  /**
   * Begins one, at once or not at all.
   *
   * @param decided when it was, before that was written down
   */
  void start(
      Side side,
      Pod pod,
      int hook,
      String container,
      List<String> command,
      int seconds,
      Instant decided) {
    var now = clock.instant();
    var timeout = Duration.ofSeconds(seconds);
    var end = new CompletableFuture<HookOutcome>();
    Thread.ofVirtual()
        .name("hook")
        .start(
            () ->
                end.complete(
                    isLate(decided)
                        ? new HookOutcome.Refused(
                            "it was not begun, since this operator was late; it is tried again")
                        : run(pod, container, command, timeout)));
    end.completeOnTimeout(
        new HookOutcome.Lost("no end within " + seconds + " s; it may go on"),
        timeout.plus(LATE).toMillis(),
        TimeUnit.MILLISECONDS);
    going.put(uid(pod), new Going(side, hook, now, end));
    // Only once it has ended for whoever looks then.
    var _ = end.thenAccept(outcome -> ended(side, pod, hook, outcome));
    if (side == Side.AFTER) {
      tried
          .computeIfAbsent(uid(pod), none -> new HashMap<>())
          .compute(hook, (same, before) -> Tried.of(before, now));
    }
  }

  private void ended(Side side, Pod pod, int hook, HookOutcome outcome) {
    LOG.atInfo()
        .addKeyValue("namespace", pod.getMetadata().getNamespace())
        .addKeyValue("pod", pod.getMetadata().getName())
        .addKeyValue("hook", hook)
        .addKeyValue("side", side)
        .addKeyValue("outcome", outcome.getClass().getSimpleName())
        .log("a command ended");
    wake.run();
  }

  /**
   * Whether nothing is to be begun any more on what was decided then: whoever leads now may have
   * taken back what is marked, and would not look again; or the next run holds what would be taken
   * back.
   */
  boolean isLate(Instant decided) {
    return !leading.getAsBoolean() || decided.plus(DECIDED).isBefore(clock.instant());
  }

  /** Whatever is thrown, nobody knows how it ended. */
  private HookOutcome run(Pod pod, String container, List<String> command, Duration timeout) {
    try {
      return commands.run(pod, container, command, timeout);
    } catch (RuntimeException e) {
      LOG.atWarn().setCause(e).log("a command in a pod is lost");
      return new HookOutcome.Lost(String.valueOf(e.getMessage()));
    }
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }
}
