package dev.salvor.engine.process;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs outside programs: no shell, one deadline, bounded output, nothing left behind. When the
 * deadline passes, the thread is interrupted or {@link #endAll} is called, a program gets SIGTERM,
 * {@link #GRACE} to remove its locks, and then the whole tree that it started is killed.
 *
 * <p>A child gets this process's environment without what would steer an engine from outside:
 * Salvor's own variables and those of restic, S3 and libpq come from the {@link Command} alone.
 */
public final class ProcessRunner {
  /**
   * Most of standard output that is held in memory. A list of 10,000 snapshots takes some 8 MiB.
   */
  public static final int CAPTURE_BYTES = 128 * 1024 * 1024;

  public static final int ERROR_TAIL_BYTES = 4096;

  /** What restic may take to remove its lock from a slow store; pods get 60 seconds in all. */
  public static final Duration GRACE = Duration.ofSeconds(30);

  private static final List<String> STEERING = List.of("SALVOR_", "RESTIC_", "AWS_", "PG");
  private static final int BUFFER_BYTES = 256 * 1024;

  private final Map<String, String> inherited;
  private final Deadline deadline;
  private final Duration grace;
  private final Running running;

  /** What several runners with different deadlines share. */
  private record Running(Set<Child> children, AtomicBoolean ended) {}

  private ProcessRunner(
      Map<String, String> inherited, Deadline deadline, Duration grace, Running running) {
    this.inherited = inherited;
    this.deadline = deadline;
    this.grace = grace;
    this.running = running;
  }

  public ProcessRunner(Map<String, String> environment, Deadline deadline) {
    this(
        childEnvironment(environment),
        deadline,
        GRACE,
        new Running(ConcurrentHashMap.newKeySet(), new AtomicBoolean()));
  }

  private static Map<String, String> childEnvironment(Map<String, String> environment) {
    var kept = new HashMap<>(environment);
    kept.keySet().removeIf(name -> STEERING.stream().anyMatch(name::startsWith));
    // Messages are read: they must not be translated.
    kept.put("LC_ALL", "C.UTF-8");
    return Map.copyOf(kept);
  }

  /** One that ends programs after this long at the latest. */
  public ProcessRunner within(Duration duration) {
    return new ProcessRunner(inherited, deadline.within(duration), grace, running);
  }

  /**
   * One that waits this long between SIGTERM and SIGKILL, and for output that something else holds
   * open when a program is gone.
   */
  public ProcessRunner withGrace(Duration duration) {
    return new ProcessRunner(inherited, deadline, duration, running);
  }

  public Deadline deadline() {
    return deadline;
  }

  /** Runs it with no input and captures its output. */
  public Completed run(Command command) {
    return run(command, Streams.captured());
  }

  /**
   * Runs it to its end. Its exit code is the caller's to judge.
   *
   * @throws EngineException ENGINE_MISSING if it cannot be started, DEADLINE_EXCEEDED, INTERRUPTED,
   *     SCRATCH_FULL or ENGINE_FAILED if its output could not be taken; it is gone in each case
   */
  public Completed run(Command command, Streams streams) {
    var child = start(command, streams.input() != null);
    try {
      child.readErrors(streams.errorLines());
      child.readOutput(streams.output());
      var input = streams.input();
      if (input != null) {
        child.writeInput(input);
      }
      await(child);
      return child.completed();
    } finally {
      running.children().remove(child);
    }
  }

  /**
   * Starts a program that serves until it is closed. It must end by itself when its standard input
   * does: so it ends, too, when this process is killed.
   *
   * @throws EngineException ENGINE_MISSING if it cannot be started, DEADLINE_EXCEEDED, INTERRUPTED
   */
  public Service serve(Command command) {
    var child = start(command, true);
    child.endsByInput();
    child.readErrors(line -> {});
    child.readOutput(stream -> stream.transferTo(OutputStream.nullOutputStream()));
    return new Service(
        child,
        () -> {
          running.children().remove(child);
        });
  }

  /** Joins two programs; the consumer's output is captured. */
  public Piped pipe(Command producer, Command consumer) {
    return pipe(producer, consumer, Streams.captured());
  }

  /**
   * Joins the output of one program with the input of another. The consumer sees the end of its
   * input only after the producer exited by 0: otherwise it is ended before, since a stream that
   * stops half-way looks whole to many programs.
   *
   * @param streams output and errors of the consumer
   * @throws EngineException as {@link #run}; both are gone
   */
  public Piped pipe(Command producer, Command consumer, Streams streams) {
    var from = start(producer, false);
    Child to;
    try {
      to = start(consumer, true);
    } catch (EngineException e) {
      from.end(Reason.INTERRUPTED, grace);
      running.children().remove(from);
      throw e;
    }
    try {
      from.readErrors(line -> {});
      to.readErrors(streams.errorLines());
      to.readOutput(streams.output());
      return join(from, to);
    } finally {
      running.children().remove(from);
      running.children().remove(to);
    }
  }

  private Piped join(Child from, Child to) {
    var copy = new Copy(from, to);
    var thread = Thread.ofPlatform().daemon().name("pipe").start(copy);
    var watch = to.process().onExit().thenRun(copy::consumerEnded);
    await(from);
    watch.cancel(false);
    awaitCopy(thread);
    if (from.endedFor() != null) {
      to.end(Reason.INTERRUPTED, grace);
      return new Piped(from.completed(), to.outcome(), copy.bytes(), copy.closedEarly());
    }
    var produced = from.outcome();
    if (!produced.succeeded() && !copy.closedEarly()) {
      to.end(Reason.INTERRUPTED, grace);
      return new Piped(produced, to.outcome(), copy.bytes(), false);
    }
    copy.finish();
    await(to);
    return new Piped(produced, to.completed(), copy.bytes(), copy.closedEarly());
  }

  private static void awaitCopy(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Copies until the end, or until the consumer takes no more. */
  private static final class Copy implements Runnable {
    private final Child from;
    private final Child to;
    private volatile long bytes;
    private volatile boolean closedEarly;

    Copy(Child from, Child to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public void run() {
      var source = from.process().getInputStream();
      var sink = to.process().getOutputStream();
      var buffer = new byte[BUFFER_BYTES];
      var total = 0L;
      try {
        for (var read = source.read(buffer); read >= 0; read = source.read(buffer)) {
          if (!write(sink, buffer, read)) {
            return;
          }
          total += read;
          bytes = total;
        }
      } catch (IOException closed) {
        // The producer is gone; its exit code tells.
        return;
      }
    }

    private boolean write(OutputStream sink, byte[] buffer, int length) {
      try {
        sink.write(buffer, 0, length);
        sink.flush();
        return true;
      } catch (IOException consumerGone) {
        consumerEnded();
        return false;
      }
    }

    /** A producer that still writes has nobody to write to. */
    void consumerEnded() {
      if (from.process().isAlive()) {
        closedEarly = true;
        from.process().destroy();
      }
    }

    void finish() {
      try {
        to.process().getOutputStream().close();
      } catch (IOException consumerGone) {
        closedEarly = true;
      }
    }

    long bytes() {
      return bytes;
    }

    boolean closedEarly() {
      return closedEarly;
    }
  }

  /** Ends every program and lets none start any more. Returns when all are gone. */
  public void endAll() {
    running.ended().set(true);
    var threads =
        running.children().stream()
            .map(child -> Thread.ofPlatform().start(() -> child.end(Reason.INTERRUPTED, grace)))
            .toList();
    for (var thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Child start(Command command, boolean piped) {
    if (running.ended().get()) {
      throw new EngineException(
          Reason.INTERRUPTED, command.program() + " was not started: the run is ended");
    }
    if (deadline.remaining().isZero()) {
      throw new EngineException(
          Reason.DEADLINE_EXCEEDED,
          command.program() + " was not started: the deadline of the run has passed");
    }
    var child = Child.start(command, inherited, piped, grace);
    running.children().add(child);
    if (running.ended().get()) {
      child.end(Reason.INTERRUPTED, grace);
    }
    return child;
  }

  private void await(Child child) {
    try {
      if (!child.await(deadline)) {
        child.end(Reason.DEADLINE_EXCEEDED, grace);
      }
    } catch (InterruptedException e) {
      child.end(Reason.INTERRUPTED, grace);
      Thread.currentThread().interrupt();
    }
  }
}
