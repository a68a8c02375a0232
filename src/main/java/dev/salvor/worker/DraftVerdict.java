package dev.salvor.worker;

import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * What Compare would say of a recovery point if nothing came after it. It lies in the sandbox
 * folder, out of reach of the checks that come after it: they see the file trees only.
 *
 * @param started when the comparison began
 */
record DraftVerdict(String recoveryPoint, Instant started, TaskResult.Compared verdict) {
  private static final String FILE = "verdict.json";

  void write(Path sandbox) {
    try {
      Json.mapper().writeValue(sandbox.resolve(FILE).toFile(), this);
    } catch (IOException e) {
      throw new EngineException(
          Reason.SCRATCH_FULL, "the sandbox folder " + sandbox + " cannot be written", e);
    }
  }

  /**
   * Reads what Compare left.
   *
   * @throws EngineException INTERNAL_ERROR if it is not there or of another point
   */
  static DraftVerdict read(Path sandbox, String point) {
    try {
      var draft =
          Json.mapper().readValue(Files.readString(sandbox.resolve(FILE)), DraftVerdict.class);
      if (draft.recoveryPoint().equals(point)) {
        return draft;
      }
      throw new EngineException(
          Reason.INTERNAL_ERROR,
          "the sandbox folder has a verdict of " + draft.recoveryPoint() + " instead of " + point);
    } catch (IOException e) {
      throw new EngineException(
          Reason.INTERNAL_ERROR, "the sandbox folder holds no verdict: compare first", e);
    }
  }
}
