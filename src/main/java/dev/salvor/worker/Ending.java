package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a run from outside: at its deadline or on SIGTERM. What cannot be interrupted (a query that
 * waits for a lock) registers how it is cut off; the last registered goes first.
 */
public final class Ending {
  private static final Logger LOG = LoggerFactory.getLogger(Ending.class);

  private final Deque<Runnable> endings = new ArrayDeque<>();
  private @Nullable Reason reason;
  private @Nullable Failure failure;

  /** Cuts something off. */
  public interface Registration extends AutoCloseable {
    /** It ended by itself. */
    @Override
    void close();
  }

  /** To be called from another thread when the run is ended; at once if it already is. */
  public Registration register(Runnable ending) {
    synchronized (this) {
      if (reason == null) {
        endings.push(ending);
        return () -> remove(ending);
      }
    }
    ending.run();
    return () -> {};
  }

  private synchronized void remove(Runnable ending) {
    endings.removeFirstOccurrence(ending);
  }

  /** Why the run was ended; null: it was not. */
  public synchronized @Nullable Reason reason() {
    return reason;
  }

  /** What its host says of it; null: no more than the reason. */
  synchronized @Nullable Failure failure() {
    return failure;
  }

  /** Ends it for what the host says. */
  void end(Failure because) {
    synchronized (this) {
      failure = reason == null ? because : failure;
    }
    end(because.reason());
  }

  /** The first reason stays. */
  void end(Reason because) {
    Deque<Runnable> all;
    synchronized (this) {
      if (reason != null) {
        return;
      }
      reason = because;
      all = new ArrayDeque<>(endings);
    }
    for (var ending : all) {
      try {
        ending.run();
      } catch (RuntimeException e) {
        LOG.atWarn().setCause(e).log("a part of the run could not be ended");
      }
    }
  }
}
