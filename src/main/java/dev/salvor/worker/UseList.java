package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of {@code pg_restore --use-list}. */
final class UseList {
  private UseList() {}

  /**
   * Writes it; the one before is replaced.
   *
   * @throws EngineException SCRATCH_FULL
   */
  static Path write(WorkerContext context, String lines) {
    try {
      return Files.writeString(context.scratch().resolve("use-list"), lines);
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "the scratch folder cannot be written", e);
    }
  }
}
