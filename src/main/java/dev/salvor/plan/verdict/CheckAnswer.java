package dev.salvor.plan.verdict;

import dev.salvor.api.Verification.SqlCheck;
import org.jspecify.annotations.Nullable;

/** What a restored copy said to one of the user's checks. */
public sealed interface CheckAnswer {
  String check();

  /** What was expected. */
  record Agreed(String check) implements CheckAnswer {}

  /** Something else. */
  record Disagreed(String check, String expected, String answered) implements CheckAnswer {}

  /** Nothing: it could not be asked, timed out, or gave no single value. */
  record Errored(String check, String why) implements CheckAnswer {}

  /** Most of an answer that a status shows: it is the user's data. */
  int SHOWN_CHARACTERS = 60;

  /**
   * Compares an answer with what was expected. SQL's NULL agrees with nothing: {@code
   * max(created_at) > now() - interval '1 day'} is NULL on an emptied table.
   *
   * @param value as PostgreSQL prints it; null for NULL
   */
  static CheckAnswer of(String check, SqlCheck asked, @Nullable String value) {
    var expected = asked.expect();
    if (value != null && (value.equals(expected) || value.equals(printed(expected)))) {
      return new Agreed(check);
    }
    return new Disagreed(check, shown(expected), value == null ? "NULL" : shown(value));
  }

  /** PostgreSQL prints booleans as one letter; people spell them out. */
  private static String printed(String expected) {
    return switch (expected) {
      case "true" -> "t";
      case "false" -> "f";
      case "t" -> "true";
      case "f" -> "false";
      default -> expected;
    };
  }

  private static String shown(String value) {
    return value.length() <= SHOWN_CHARACTERS
        ? "'" + value + "'"
        : "'" + value.substring(0, SHOWN_CHARACTERS) + "...'";
  }
}
