package dev.salvor.operator;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread for what only the leader does over all runs at once; others only wake it. */
final class LeaderLoop implements AutoCloseable {
  /** How often it looks without being woken. */
  private static final Duration POLL = Duration.ofSeconds(15);

  /**
   * After a look that did not succeed whole, or while something is waited for that tells nobody.
   */
  private static final Duration SOON = Duration.ofSeconds(1);

  /** After a look, so that a burst of changes is one look; as long as the look took, if longer. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(LeaderLoop.class);

  private final BooleanSupplier leading;
  private final BooleanSupplier waiting;
  private final List<Runnable> chores;
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closed;

  /**
   * A loop that is not started yet.
   *
   * @param waiting whether a chore waits for what nobody tells of
   */
  LeaderLoop(BooleanSupplier leading, BooleanSupplier waiting, List<Runnable> chores) {
    this.leading = leading;
    this.waiting = waiting;
    this.chores = List.copyOf(chores);
    this.thread = Thread.ofPlatform().name("leader-loop").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void wake() {
    if (wake.availablePermits() == 0) {
      wake.release();
    }
  }

  @Override
  public void close() {
    closed = true;
    wake.release();
    if (!thread.isAlive()) {
      return; // it never began
    }
    try {
      thread.join(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!closed) {
        var started = System.nanoTime();
        var isDone = !leading.getAsBoolean() || (look() && !waiting.getAsBoolean());
        var wait = isDone ? POLL : SOON;
        var took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        if (wake.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
          // With a thousand Jobs in the queue, looking at each change would be all that is done.
          TimeUnit.MILLISECONDS.sleep(Math.clamp(took, PAUSE.toMillis(), LONGEST_PAUSE.toMillis()));
          wake.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What fails now is tried at the next look; the others are not held up. */
  private boolean look() {
    var succeeded = true;
    for (var chore : chores) {
      try {
        chore.run();
      } catch (KubernetesClientException e) {
        succeeded = false;
        LOG.warn("the API server refused or did not answer, it is tried again: {}", e.getMessage());
      } catch (RuntimeException e) {
        succeeded = false;
        LOG.atWarn().setCause(e).log("it is tried again");
      }
    }
    return succeeded;
  }
}
