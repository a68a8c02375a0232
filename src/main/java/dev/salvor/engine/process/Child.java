package dev.salvor.engine.process;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One running program with the threads that read it. */
final class Child {
  private static final List<String> SECRET_WORDS = List.of("PASSWORD", "SECRET", "TOKEN", "KEY");

  /** Shorter values would blank out ordinary words. */
  private static final int SHORTEST_SECRET = 5;

  /** In which a program that runs has heard a signal. */
  private static final Duration HEARD = Duration.ofSeconds(2);

  private final Command command;
  private final Process process;
  private final long started = System.nanoTime();
  private final ErrorTail errors;
  private final ByteArrayOutputStream captured = new ByteArrayOutputStream();
  private final AtomicReference<@Nullable Throwable> readFailure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();
  private final StandardOutput standardOutput;
  private @Nullable Thread reader;
  private volatile @Nullable Reason endedFor;
  private volatile boolean endsByInput;

  /** How long the rest of a pipe may take to come once its program is gone. */
  private final Duration rest;

  private Child(Command command, Process process, Duration rest) {
    this.command = command;
    this.rest = rest;
    this.process = process;
    this.standardOutput = new StandardOutput(process.getInputStream());
    this.errors = new ErrorTail(ProcessRunner.ERROR_TAIL_BYTES, secrets(command.environment()));
  }

  /**
   * Starts it.
   *
   * @param inherited its whole environment but for the command's own
   * @param rest that its output may take to come once it is gone
   */
  static Child start(Command command, Map<String, String> inherited, boolean piped, Duration rest) {
    var builder = new ProcessBuilder(command.arguments());
    if (!piped) {
      builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    }
    if (command.directory() != null) {
      builder.directory(command.directory().toFile());
    }
    builder.environment().clear();
    builder.environment().putAll(inherited);
    builder.environment().putAll(command.environment());
    try {
      return new Child(command, builder.start(), rest);
    } catch (IOException e) {
      throw new EngineException(
          Reason.ENGINE_MISSING, command.program() + " cannot be started: " + e.getMessage(), e);
    }
  }

  void readErrors(Consumer<String> lines) {
    thread(
        "stderr",
        () -> {
          var reader =
              new BufferedReader(
                  new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
          for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            lines.accept(errors.add(line));
          }
        });
  }

  void readOutput(Streams.@Nullable Output output) {
    var taking = output == null ? (Streams.Output) this::capture : output;
    reader = thread("stdout", () -> taking.read(standardOutput));
  }

  /** Tells whoever waits for more from whoever is at work with what came. */
  private static final class StandardOutput extends FilterInputStream {
    private volatile boolean isAwaited;

    private StandardOutput(InputStream stream) {
      super(stream);
    }

    @Override
    public int read() throws IOException {
      isAwaited = true;
      try {
        return in.read();
      } finally {
        isAwaited = false;
      }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      isAwaited = true;
      try {
        return in.read(bytes, offset, length);
      } finally {
        isAwaited = false;
      }
    }
  }

  /** Closed only at its end: a program that has seen the end of its input holds it for whole. */
  void writeInput(Streams.Input input) {
    thread(
        "stdin",
        () -> {
          var stream = new StandardInput(process.getOutputStream());
          try {
            input.write(stream);
            stream.close();
          } catch (StoppedReading ignored) {
            // Its exit code says whether that was right.
          } catch (IOException e) {
            // Process.destroy() closes its input at once, which it could take for the end.
            process.toHandle().destroy();
            if (!gone(HEARD)) {
              // It knows that it is to end, and may only wait for what it is still to be given.
              closeInput();
            }
            if (!gone(ProcessRunner.GRACE)) {
              process.destroyForcibly();
            }
            throw new EngineException(
                Reason.INCOMPLETE_BACKUP,
                "what " + command.program() + " was to be given could not be read: " + text(e),
                e);
          }
        });
  }

  /** The program reads no more. */
  private static final class StoppedReading extends IOException {
    private StoppedReading(IOException cause) {
      super(cause);
    }
  }

  /** Tells what could not be written from what its source could not give. */
  private static final class StandardInput extends FilterOutputStream {
    private StandardInput(OutputStream stream) {
      super(stream);
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        throw new StoppedReading(e);
      }
    }

    @Override
    public void close() throws IOException {
      try {
        out.close();
      } catch (IOException e) {
        throw new StoppedReading(e);
      }
    }
  }

  private void capture(InputStream stream) throws IOException {
    var rest = stream.readNBytes(ProcessRunner.CAPTURE_BYTES);
    captured.write(rest);
    if (stream.read() >= 0) {
      throw new IOException(
          command.program() + " wrote more than " + ProcessRunner.CAPTURE_BYTES + " bytes");
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private Thread thread(String stream, Work work) {
    var thread =
        Thread.ofPlatform()
            .daemon()
            .name(command.program() + "-" + stream)
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (IOException | RuntimeException e) {
                    readFailure.compareAndSet(null, e);
                    process.destroy();
                  }
                });
    threads.add(thread);
    return thread;
  }

  /** Waits; false when the deadline passed first. */
  boolean await(Deadline deadline) throws InterruptedException {
    return process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Ends it and all that it started: SIGTERM so that restic removes its lock, and SIGKILL when the
   * grace is over. Returns when it is gone.
   */
  void end(Reason reason, Duration grace) {
    endedFor = reason;
    if (endsByInput) {
      closeInput();
    }
    var tree = process.descendants().toList();
    process.destroy();
    var interrupted = awaitThroughInterrupts(grace);
    if (process.isAlive()) {
      tree = process.descendants().toList();
      process.destroyForcibly();
    }
    tree.forEach(ProcessHandle::destroyForcibly);
    interrupted |= awaitThroughInterrupts(Duration.ofSeconds(10));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** It ends by itself when its standard input does. */
  void endsByInput() {
    endsByInput = true;
  }

  void closeInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException gone) {
      readFailure.compareAndSet(null, gone);
    }
  }

  /** Whether it ended within this time. */
  boolean gone(Duration longest) {
    if (awaitThroughInterrupts(longest)) {
      Thread.currentThread().interrupt();
    }
    return !process.isAlive();
  }

  String errorTail() {
    return errors.text();
  }

  private boolean awaitThroughInterrupts(Duration longest) {
    var until = Deadline.after(longest);
    var interrupted = false;
    while (process.isAlive() && !until.remaining().isZero()) {
      try {
        await(until);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return interrupted;
  }

  /**
   * How it ended, after it did.
   *
   * @throws EngineException if it was ended by {@link #end}, or its output could not be taken
   */
  Completed completed() {
    joinReaders();
    var reason = endedFor;
    if (reason != null) {
      throw new EngineException(
          reason.failure(command.program() + " was ended: " + cause(reason), errors.text()));
    }
    var failure = readFailure.get();
    if (failure instanceof EngineException known) {
      throw known;
    }
    if (failure != null) {
      var full = String.valueOf(failure.getMessage()).contains("No space left");
      throw new EngineException(
          (full ? Reason.SCRATCH_FULL : Reason.ENGINE_FAILED)
              .failure(
                  "the output of " + command.program() + " could not be taken: " + text(failure),
                  errors.text()),
          failure);
    }
    return outcome();
  }

  /** How it ended, whatever the reason. */
  Completed outcome() {
    joinReaders();
    return new Completed(
        process.exitValue(),
        captured.toString(StandardCharsets.UTF_8),
        errors.text(),
        Duration.ofNanos(System.nanoTime() - started));
  }

  private void joinReaders() {
    try {
      var until = Deadline.after(rest);
      for (var thread : threads) {
        var ended = thread.join(until.remaining());
        // What came last may have a long way to go.
        while (!ended && thread == reader && !standardOutput.isAwaited && endedFor == null) {
          ended = thread.join(rest);
        }
        // One that failed by itself says more by how it ended.
        if (!ended && process.exitValue() == 0) {
          readFailure.compareAndSet(
              null, new IOException("something it started still holds its output"));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Process process() {
    return process;
  }

  /** Why {@link #end} was called; null: it was not. */
  @Nullable Reason endedFor() {
    return endedFor;
  }

  private static String text(Throwable failure) {
    var cause = failure instanceof UncheckedIOException io ? io.getCause() : failure;
    var message = cause == null ? null : cause.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  private static String cause(Reason reason) {
    return reason == Reason.DEADLINE_EXCEEDED
        ? "the deadline of the run has passed"
        : "the run is ended from outside";
  }

  private static List<String> secrets(Map<String, String> environment) {
    return environment.entrySet().stream()
        .filter(
            entry ->
                SECRET_WORDS.stream().anyMatch(entry.getKey().toUpperCase(Locale.ROOT)::contains))
        .filter(entry -> !entry.getKey().endsWith("_FILE"))
        .map(Map.Entry::getValue)
        .filter(value -> value.length() >= SHORTEST_SECRET)
        .toList();
  }
}
