package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.process.Deadline;

/** Ends a run at its deadline, whatever it waits for. */
final class Watch implements AutoCloseable {
  private final Thread thread;

  private Watch(Thread thread) {
    this.thread = thread;
  }

  static Watch start(Ending ending, Deadline deadline) {
    return new Watch(
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Thread.sleep(deadline.remaining());
                    ending.end(Reason.DEADLINE_EXCEEDED);
                  } catch (InterruptedException finished) {
                    // The run ended before its time.
                    Thread.currentThread().interrupt();
                  }
                }));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
