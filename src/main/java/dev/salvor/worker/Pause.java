package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.time.Duration;

/** A moment between two looks at what somebody else is to do. */
final class Pause {
  private Pause() {}

  /**
   * Lets it pass.
   *
   * @throws EngineException INTERRUPTED
   */
  static void of(Duration moment) {
    try {
      Thread.sleep(moment);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Reason.INTERRUPTED, "the run was ended from outside", e);
    }
  }
}
