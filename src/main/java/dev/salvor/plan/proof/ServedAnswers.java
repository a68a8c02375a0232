package dev.salvor.plan.proof;

/**
 * When Storage is asked for no other object: where it gives none, and not where it does not give
 * this one. Objects that lie side by side may all be unreadable, and those behind them are not.
 */
public final class ServedAnswers {
  /** So many failures in a row, each tried for long, are the server's own. */
  private static final int MOST_IN_A_ROW = 100;

  /** Each was waited for some minutes. */
  private static final int A_SILENCE = 10;

  /** What came of a request for one object. */
  public enum Answer {
    /** It came, or is said not to be there any more. */
    SERVED,
    /** It cannot be had, by an answer of Storage on this object. */
    OF_THE_OBJECT,
    /** It is refused: this one, or any. */
    DENIED,
    /** The keys are none. */
    KEYS_UNKNOWN,
    /** Storage, or what is before it, fails or cannot be reached. */
    FAILED,
    /** Nothing came for as long as it was waited for. */
    SILENT
  }

  /** Whether the keys are good for anything. */
  private boolean hasAnswered;

  private int inARow;

  /** Takes another answer: whether it is the last. */
  public boolean end(Answer answer) {
    switch (answer) {
      case SERVED, OF_THE_OBJECT -> {
        hasAnswered = true;
        inARow = 0;
      }
      case DENIED -> inARow = hasAnswered ? 0 : inARow + 1;
      case KEYS_UNKNOWN -> inARow += hasAnswered ? 1 : MOST_IN_A_ROW;
      case FAILED -> inARow++;
      case SILENT -> inARow += A_SILENCE;
    }
    return inARow >= MOST_IN_A_ROW;
  }
}
