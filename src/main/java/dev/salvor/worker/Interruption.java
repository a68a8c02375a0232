package dev.salvor.worker;

/**
 * Interrupts the thread of a run until that is over, and not a moment later: whoever ends the run
 * may have begun to before it was.
 */
final class Interruption {
  private final Thread thread = Thread.currentThread();
  private boolean over;

  synchronized void interrupt() {
    if (!over) {
      thread.interrupt();
    }
  }

  /** From now on the thread, which is this one, is left alone: what follows must not be cut off. */
  synchronized void end() {
    over = true;
    Thread.interrupted();
  }
}
