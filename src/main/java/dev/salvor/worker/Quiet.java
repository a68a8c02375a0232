package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.engine.EngineException;
import dev.salvor.task.HoldAnswer;
import dev.salvor.task.HoldFiles;
import dev.salvor.task.WorkerEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The time in which nobody else writes to what a run reads or writes. The host sees to it, when it
 * is asked; where it was not told to, this does nothing.
 */
final class Quiet implements AutoCloseable {
  /** Applications are down for as long as an answer lies unread. */
  private static final Duration BETWEEN = Duration.ofMillis(20);

  private final WorkerContext context;
  private final @Nullable HoldFiles files;
  private @Nullable Thread watch;

  private Quiet(WorkerContext context, @Nullable HoldFiles files) {
    this.context = context;
    this.files = files;
  }

  static Quiet of(WorkerContext context) {
    return new Quiet(
        context,
        Optional.ofNullable(context.environment().get(WorkerEnvironment.HOLD))
            .map(folder -> new HoldFiles(Path.of(folder)))
            .orElse(null));
  }

  /** Whose caller reads beside whoever writes. */
  static Quiet unasked(WorkerContext context) {
    return new Quiet(context, null);
  }

  /** Whether the host was told to see to it. */
  boolean isWanted() {
    return files != null;
  }

  /**
   * Has it begin, when all else is prepared. Idempotent.
   *
   * @throws EngineException with the host's own reason where it cannot be had; nothing was done
   */
  void begin() {
    if (files != null && watch == null) {
      ask(files.wanted(), files.held());
      var confirmed = files.confirmed();
      watch = Thread.ofVirtual().start(() -> endIfBroken(confirmed));
    }
  }

  /**
   * Has it end: others may write from now on.
   *
   * @throws EngineException with the host's own reason if it was not quiet all the time
   */
  void end() {
    if (files != null) {
      close();
      ask(files.over(), files.confirmed());
    }
  }

  private void ask(Path question, Path answer) {
    try {
      Files.createFile(question);
    } catch (FileAlreadyExistsException asked) {
      throw new IllegalStateException("asked twice: " + question, asked);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot ask for " + question, e);
    }
    var said = await(answer);
    if (said.failure() != null) {
      throw new EngineException(said.failure());
    }
    if (said.warning() != null) {
      context.warnings().add(said.warning());
    }
  }

  private static HoldAnswer await(Path answer) {
    while (true) {
      var said = read(answer);
      if (said.isPresent()) {
        return said.get();
      }
      Pause.of(BETWEEN);
    }
  }

  /** Who reads for hours what others write to meanwhile reads for nothing. */
  private void endIfBroken(Path answer) {
    try {
      var failure = await(answer).failure();
      if (failure != null) {
        context.ending().end(failure);
      }
    } catch (EngineException over) {
      // Nobody waits for it any more.
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<HoldAnswer> read(Path answer) {
    try {
      return Optional.of(Json.mapper().readValue(Files.readString(answer), HoldAnswer.class));
    } catch (NoSuchFileException notYet) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no answer: " + answer, e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + answer, e);
    }
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.interrupt();
    }
  }
}
