package dev.salvor.defects;

import dev.salvor.task.Step;
import dev.salvor.testing.BuiltProgram;
import dev.salvor.worker.InProcessWorker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The worker in a process of its own, where it can be killed, or its machine be made small. */
final class ChildWorker {
  private static final long LONGEST_SECONDS = 150;

  private final Process process;
  private final BufferedReader lines;

  private ChildWorker(Process process) {
    this.process = process;
    this.lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  static ChildWorker start(Map<String, String> environment) {
    return start(environment, List.of());
  }

  /**
   * Starts it in mounts of its own that a line of shell made, such as a small tmpfs; root is not
   * needed where the kernel lets users have namespaces.
   */
  static ChildWorker start(Map<String, String> environment, String preparation) {
    var own = new ArrayList<String>();
    own.add("unshare");
    own.add(System.getProperty("user.name").equals("root") ? "--mount" : "--map-root-user");
    own.addAll(
        List.of("--mount", "--", "bash", "-ec", preparation + "\nexec \"$@\"", "small-machine"));
    return start(environment, own);
  }

  private static ChildWorker start(Map<String, String> environment, List<String> before) {
    var command = new ArrayList<>(before);
    command.addAll(BuiltProgram.worker());
    return begin(command, environment);
  }

  private static ChildWorker begin(List<String> command, Map<String, String> environment) {
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(environment);
    try {
      return new ChildWorker(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One that is gone in the very moment in which it announces the step, as by kill -9. */
  static void killedAt(Step step, Map<String, String> environment) {
    var command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            KilledWorker.class.getName(),
            step.name());
    var worker = begin(command, environment);
    worker.await();
    if (worker.process.exitValue() != KilledWorker.EXIT) {
      throw new AssertionError(
          "it ended by itself before " + step + ": " + worker.process.exitValue());
    }
  }

  /** Sends SIGTERM as soon as it announces the step, and waits for its end. */
  void terminateAt(Step step) {
    awaitStep(step);
    // Process.destroy would close the worker's output as well.
    process.toHandle().destroy();
    await();
  }

  private void awaitStep(Step step) {
    var steps = new ArrayList<Step>();
    try {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        var announced = InProcessWorker.announced(line);
        if (announced == step) {
          return;
        }
        if (announced != null) {
          steps.add(announced);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("it ended before " + step + "; announced were " + steps);
  }

  /** Waits for its end. */
  void await() {
    try {
      lines.transferTo(Writer.nullWriter());
      if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the worker did not end");
      }
    } catch (IOException closed) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
