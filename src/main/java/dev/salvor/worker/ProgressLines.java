package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.task.Progress;
import dev.salvor.task.Step;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line of JSON before each step, and while bytes move at most one each second. For people
 * and for tests that end a worker at a step.
 */
public final class ProgressLines {
  private static final Duration BETWEEN = Duration.ofSeconds(1);

  private final PrintStream output;
  private final Clock clock;
  private final String run;
  private Step step = Step.OPEN_REPOSITORY;
  private @Nullable String detail;
  private Instant last = Instant.EPOCH;

  ProgressLines(PrintStream output, Clock clock, String run) {
    this.output = output;
    this.clock = clock;
    this.run = run;
  }

  /** A step begins. */
  public void step(Step next) {
    step(next, null);
  }

  /**
   * A step begins.
   *
   * @param about such as the database
   */
  public synchronized void step(Step next, @Nullable String about) {
    step = next;
    detail = about;
    write(null, null);
  }

  /**
   * Bytes have moved within the step.
   *
   * @param total null: not known
   */
  public synchronized void bytes(long done, @Nullable Long total) {
    if (!clock.instant().isBefore(last.plus(BETWEEN))) {
      write(done, total);
    }
  }

  /** The step that is under way, in words. */
  public synchronized String current() {
    var words = step.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    return detail == null ? words : "%s (%s)".formatted(words, detail);
  }

  private void write(@Nullable Long done, @Nullable Long total) {
    last = clock.instant();
    try {
      output.println(
          Json.mapper().writeValueAsString(new Progress(last, run, step, detail, done, total)));
      output.flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("progress cannot be written", e);
    }
  }
}
