package dev.salvor.engine.postgres;

import java.util.Locale;

/**
 * Which of several servers is taken: libpq's target_session_attrs.
 *
 * @see <a href="https://www.postgresql.org/docs/17/libpq-connect.html">libpq, 32.1.2</a>
 */
public enum TargetSession {
  ANY,
  READ_WRITE,
  READ_ONLY,
  PRIMARY,
  STANDBY,
  PREFER_STANDBY;

  /**
   * Reads libpq's text.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  static TargetSession of(String text) {
    for (var target : values()) {
      if (target.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(text)) {
        return target;
      }
    }
    throw new IllegalArgumentException("target_session_attrs is " + text + ", which is unknown");
  }

  boolean accepts(boolean standby, boolean readOnly) {
    return switch (this) {
      case ANY -> true;
      case READ_WRITE -> !readOnly;
      case READ_ONLY -> readOnly;
      case PRIMARY -> !standby;
      case STANDBY, PREFER_STANDBY -> standby;
    };
  }
}
