package dev.salvor.engine.postgres.restore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits what {@code pg_dumpall --globals-only} wrote into statements, so that each is judged and
 * sent by itself. The script is never given to psql: a role with a crafted name could make it run a
 * program by {@code \!} in a process that holds credentials (SAFETY 14).
 */
final class GlobalsScript {
  private final String text;
  private final List<String> statements = new ArrayList<>();
  private final StringBuilder statement = new StringBuilder();
  private int at;

  private GlobalsScript(String text) {
    this.text = text;
  }

  /**
   * The statements, without comments and without the commands of psql that pg_dumpall writes
   * ({@code \restrict}, {@code \connect}).
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT if a quote or statement has no end, or there is
   *     another command of psql
   */
  static List<String> statements(String text) {
    return new GlobalsScript(text).split();
  }

  private List<String> split() {
    while (at < text.length()) {
      var c = text.charAt(at);
      if (c == '\'') {
        quoted('\'', escapes());
      } else if (c == '"') {
        quoted('"', false);
      } else if (text.startsWith("--", at)) {
        skipLine();
      } else if (c == '\\' && statement.toString().isBlank()) {
        command();
      } else if (c == ';') {
        at++;
        flush();
      } else {
        statement.append(c);
        at++;
      }
    }
    if (!statement.toString().isBlank()) {
      throw corrupt("ends within a statement");
    }
    return List.copyOf(statements);
  }

  /** Whether the quote that begins here is {@code E'...'}, in which a backslash escapes. */
  private boolean escapes() {
    var length = statement.length();
    return length > 0
        && (statement.charAt(length - 1) == 'E' || statement.charAt(length - 1) == 'e')
        && (length == 1 || !Character.isLetterOrDigit(statement.charAt(length - 2)));
  }

  private void quoted(char quote, boolean escapes) {
    statement.append(quote);
    at++;
    while (at < text.length()) {
      var c = text.charAt(at);
      statement.append(c);
      at++;
      if (escapes && c == '\\' && at < text.length()) {
        statement.append(text.charAt(at));
        at++;
      } else if (c == quote) {
        if (at >= text.length() || text.charAt(at) != quote) {
          return;
        }
        statement.append(quote);
        at++;
      }
    }
    throw corrupt("ends within a quote");
  }

  private void skipLine() {
    var end = text.indexOf('\n', at);
    at = end < 0 ? text.length() : end;
  }

  private void command() {
    var end = text.indexOf('\n', at);
    var line = end < 0 ? text.substring(at) : text.substring(at, end);
    if (!line.matches("\\\\(restrict|unrestrict|connect) .*")) {
      throw corrupt("holds a command of psql");
    }
    at = end < 0 ? text.length() : end;
    statement.setLength(0);
  }

  private void flush() {
    var one = statement.toString().strip();
    if (!one.isEmpty()) {
      statements.add(one);
    }
    statement.setLength(0);
  }

  private static EngineException corrupt(String what) {
    return new EngineException(
        Reason.CORRUPT_RECOVERY_POINT, "the roles of the recovery point (globals.sql) " + what);
  }
}
