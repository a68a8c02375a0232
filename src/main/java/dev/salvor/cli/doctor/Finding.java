package dev.salvor.cli.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What one check found.
 *
 * @param what was looked at
 * @param message what was found
 * @param mend what to do; null where nothing is to be done
 */
public record Finding(Level level, String what, String message, @Nullable String mend) {
  /** How bad it is. */
  public enum Level {
    GOOD,
    /** It cannot be found out from here. */
    UNKNOWN,
    /** Something works less well, or will not work for everyone. */
    WARNING,
    /** Backups, proofs or restores do not work. */
    BROKEN
  }

  static Finding good(String what, String message) {
    return new Finding(Level.GOOD, what, message, null);
  }

  static Finding unknown(String what, String message, String mend) {
    return new Finding(Level.UNKNOWN, what, message, mend);
  }

  static Finding warning(String what, String message, String mend) {
    return new Finding(Level.WARNING, what, message, mend);
  }

  static Finding broken(String what, String message, @Nullable String mend) {
    return new Finding(Level.BROKEN, what, message, mend);
  }
}
