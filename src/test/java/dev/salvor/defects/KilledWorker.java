package dev.salvor.defects;

import dev.salvor.task.Step;
import dev.salvor.worker.InProcessWorker;
import java.time.Clock;

/**
 * The worker, in a process of its own that halts as it announces a step: neither it nor what it
 * started is asked, and nothing of the step is done. A signal from outside would come a moment
 * later, when a short step is over.
 */
final class KilledWorker {
  /** As a shell says it of kill -9. */
  static final int EXIT = 137;

  private KilledWorker() {}

  public static void main(String[] words) {
    var last = Step.valueOf(words[0]);
    var end =
        InProcessWorker.run(
            System.getenv(),
            Clock.systemUTC(),
            step -> {
              if (step == last) {
                Runtime.getRuntime().halt(EXIT);
              }
            });
    System.exit(end.code());
  }
}
