package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.task.ExitCode;
import dev.salvor.task.Progress;
import dev.salvor.task.Step;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The real worker in this JVM, for tests: its clock can be set, and something can be done at the
 * very moment at which a step is announced.
 */
public final class InProcessWorker {
  private InProcessWorker() {}

  /**
   * Carries out the Task of this environment.
   *
   * @param atStep called on the worker's own thread before the step begins
   */
  public static ExitCode run(Map<String, String> environment, Clock clock, Consumer<Step> atStep) {
    return new Worker(
            environment,
            new PrintStream(new Announcements(atStep), true, StandardCharsets.UTF_8),
            clock)
        .run();
  }

  /** The step that a line of a worker's standard output announces; null: it announces none. */
  public static @Nullable Step announced(String line) {
    try {
      var progress = Json.mapper().readValue(line, Progress.class);
      return progress.doneBytes() == null ? progress.step() : null;
    } catch (JsonProcessingException otherOutput) {
      return null;
    }
  }

  private static final class Announcements extends OutputStream {
    private final Consumer<Step> atStep;
    private final StringBuilder line = new StringBuilder();

    Announcements(Consumer<Step> atStep) {
      this.atStep = atStep;
    }

    @Override
    public void write(int character) throws IOException {
      if (character != '\n') {
        line.append((char) (character & 0xff));
        return;
      }
      var step = announced(line.toString());
      line.setLength(0);
      if (step != null) {
        atStep.accept(step);
      }
    }
  }
}
