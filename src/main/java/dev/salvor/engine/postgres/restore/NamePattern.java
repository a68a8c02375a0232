package dev.salvor.engine.postgres.restore;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A name as psql's patterns write it: {@code *} is any text, {@code ?} one character, letters are
 * folded to lower case unless quoted by {@code "}, a dot outside of quotes parts schema and name.
 *
 * @param text as it was written
 * @param schema null: in any schema
 * @see <a href="https://www.postgresql.org/docs/17/app-psql.html#APP-PSQL-PATTERNS">Patterns</a>
 */
record NamePattern(String text, @Nullable Pattern schema, Pattern name) {

  /** For a name without a schema, such as that of a schema. */
  static NamePattern plain(String text) {
    return new NamePattern(text, null, Pattern.compile(String.join("\\.", parts(text))));
  }

  /** For a name with or without a schema. */
  static NamePattern qualified(String text) {
    var parts = parts(text);
    if (parts.size() == 1) {
      return new NamePattern(text, null, Pattern.compile(parts.getFirst()));
    }
    var schema = parts.getFirst();
    var name = String.join("\\.", parts.subList(1, parts.size()));
    return new NamePattern(text, Pattern.compile(schema), Pattern.compile(name));
  }

  boolean matches(String candidate) {
    return name.matcher(candidate).matches();
  }

  boolean matches(String candidateSchema, String candidate) {
    return (schema == null || schema.matcher(candidateSchema).matches())
        && name.matcher(candidate).matches();
  }

  private static List<String> parts(String text) {
    var parts = new ArrayList<String>();
    var part = new StringBuilder();
    var quoted = false;
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          part.append(Pattern.quote("\""));
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (quoted) {
        part.append(Pattern.quote(String.valueOf(c)));
      } else {
        switch (c) {
          case '.' -> {
            parts.add(part.toString());
            part.setLength(0);
          }
          case '*' -> part.append("(?s:.*)");
          case '?' -> part.append("(?s:.)");
          default -> part.append(Pattern.quote(String.valueOf(c).toLowerCase(Locale.ROOT)));
        }
      }
    }
    parts.add(part.toString());
    return parts;
  }
}
