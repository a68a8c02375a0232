package dev.salvor.engine.postgres;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern as psql and pg_dump read it, turned into the regular expressions that they make of it:
 * the tables that we lock must be those that pg_dump takes.
 *
 * @param text as it was written
 * @param expressions one for each part between dots, anchored at both ends
 * @see <a href="https://www.postgresql.org/docs/17/app-psql.html#APP-PSQL-PATTERNS">psql,
 *     Patterns</a>; patternToSQLRegex in PostgreSQL's string_utils.c
 */
record NamePattern(String text, List<String> expressions) {
  private static final String SPECIAL = "|*+?()[]{}.^$\\";

  static NamePattern parse(String text) {
    var expressions = new ArrayList<String>();
    var current = new StringBuilder();
    var quoted = false;
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          current.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == '.' && !quoted) {
        expressions.add(anchored(current));
        current.setLength(0);
      } else {
        append(current, text, i, quoted);
      }
    }
    if (quoted) {
      throw new IllegalArgumentException(text + " has a quote that does not end");
    }
    expressions.add(anchored(current));
    return new NamePattern(text, List.copyOf(expressions));
  }

  private static void append(StringBuilder current, String text, int index, boolean quoted) {
    var c = text.charAt(index);
    if (!quoted && c >= 'A' && c <= 'Z') {
      current.append((char) (c + 'a' - 'A'));
    } else if (!quoted && c == '*') {
      current.append(".*");
    } else if (!quoted && c == '?') {
      current.append('.');
    } else if (c == '$') {
      current.append("\\$");
    } else if ((quoted && SPECIAL.indexOf(c) >= 0)
        || (c == '[' && index + 1 < text.length() && text.charAt(index + 1) == ']')) {
      current.append('\\').append(c);
    } else {
      current.append(c);
    }
  }

  private static String anchored(StringBuilder expression) {
    return "^(" + expression + ")$";
  }
}
