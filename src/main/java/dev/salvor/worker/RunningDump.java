package dev.salvor.worker;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.DumpFailures;
import dev.salvor.engine.postgres.ExportedSnapshot;
import dev.salvor.engine.postgres.LockWatch;
import dev.salvor.engine.process.Streams;
import dev.salvor.engine.restic.Stored;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A dump that runs beside the reading of facts. Whichever fails ends the other; and as soon as
 * someone waits for the snapshot's locks while pg_dump still needs some, both are ended, so that
 * the one who waits goes on at once.
 */
final class RunningDump implements AutoCloseable {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private final ExportedSnapshot snapshot;
  private final LockWatch watch;
  private final DumpFormat format;
  private final ErrorLines errorLines = new ErrorLines();
  private final CompletableFuture<Optional<Stored>> result = new CompletableFuture<>();
  private final Thread dump;
  private final Thread looker;
  private volatile @Nullable EngineException cause;

  /** The work itself. */
  @FunctionalInterface
  interface Work {
    Optional<Stored> run(ErrorLines errorLines);
  }

  /** What pg_dump says: its warnings, and its last lines. */
  static final class ErrorLines implements Consumer<String> {
    private static final int MOST_WARNINGS = 20;
    private static final int MOST_LINES = 50;

    private final List<String> warnings = new ArrayList<>();
    private final Deque<String> last = new ArrayDeque<>();

    @Override
    public synchronized void accept(String raw) {
      var line = DumpFailures.line(raw);
      if (DumpFailures.isWarning(raw) && warnings.size() < MOST_WARNINGS) {
        warnings.add(line);
      }
      last.add(line);
      if (last.size() > MOST_LINES) {
        last.removeFirst();
      }
    }

    Streams streams() {
      return Streams.captured().withErrorLines(this);
    }

    synchronized EngineException failed(String what) {
      return DumpFailures.of(what, String.join("\n", last), Reason.INCOMPLETE_BACKUP);
    }

    synchronized List<String> warnings() {
      return List.copyOf(warnings);
    }
  }

  private RunningDump(ExportedSnapshot snapshot, LockWatch watch, DumpFormat format, Work work) {
    this.snapshot = snapshot;
    this.watch = watch;
    this.format = format;
    this.dump = Thread.ofPlatform().name("dump").unstarted(() -> run(work));
    this.looker = Thread.ofVirtual().name("lock-watch").unstarted(this::look);
  }

  static RunningDump start(
      ExportedSnapshot snapshot, LockWatch watch, DumpFormat format, Work work) {
    var running = new RunningDump(snapshot, watch, format, work);
    running.dump.start();
    running.looker.start();
    return running;
  }

  private void run(Work work) {
    try {
      result.complete(work.run(errorLines));
    } catch (EngineException e) {
      end(
          e.reason() == Reason.INCOMPLETE_BACKUP
              ? errorLines.failed("database " + snapshot.session().database() + " was not dumped")
              : e);
    } catch (RuntimeException e) {
      end(new EngineException(Reason.INTERNAL_ERROR, "the dump broke: " + e, e));
    }
  }

  /** Parallel sessions of pg_dump take their locks one table after the other, to the very end. */
  private boolean locksAreHad() {
    return format == DumpFormat.STREAM && watch.dumpHasItsLocks();
  }

  private boolean mayStillLock() {
    return format == DumpFormat.STREAM ? watch.dumpLacksLocks() : watch.dumpIsThere();
  }

  private void look() {
    try {
      while (!result.isDone()) {
        if (locksAreHad()) {
          return;
        }
        var waiting = watch.waiting();
        if (waiting.isPresent() && mayStillLock()) {
          end(
              new EngineException(
                  Reason.DDL_IN_PROGRESS,
                  "in database "
                      + snapshot.session().database()
                      + " "
                      + waiting.get()
                      + " while the dump was taking its locks: it goes on, and the dump is given"
                      + " up"));
          return;
        }
        waitALittle();
      }
    } catch (EngineException e) {
      end(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void waitALittle() throws InterruptedException {
    try {
      result.get(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | java.util.concurrent.ExecutionException lookAgain) {
      return;
    }
  }

  /** The first cause stays; locks go at once, for someone may wait. */
  private void end(EngineException because) {
    synchronized (this) {
      if (cause != null) {
        return;
      }
      cause = because;
    }
    snapshot.session().abort();
    result.completeExceptionally(because);
    dump.interrupt();
  }

  /** What really happened when the facts could not be read to their end. */
  EngineException endedBy(EngineException ofFacts) {
    var first = cause;
    return first == null ? ofFacts : first;
  }

  /**
   * Waits for its end.
   *
   * @throws EngineException why it was not made, or was given up
   */
  Optional<Stored> await() {
    try {
      return result.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof EngineException failure
          ? failure
          : new EngineException(Reason.INTERNAL_ERROR, "the dump broke: " + e.getMessage(), e);
    }
  }

  List<String> warnings() {
    return errorLines.warnings();
  }

  /** Ends it if it still runs, and returns when it has ended: restic's lock is gone then. */
  @Override
  public void close() {
    if (!result.isDone()) {
      dump.interrupt();
    }
    var interrupted = false;
    for (var thread : List.of(dump, looker)) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          dump.interrupt();
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
