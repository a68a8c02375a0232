package dev.salvor.engine.supabase;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one table as a dump has them, for a table that has other columns. A column that is
 * not there may be left out where it says nothing.
 *
 * @param table for messages
 * @param columns of the dump
 * @param kept which of them go on
 */
public record CopiedRows(String table, List<String> columns, List<Boolean> kept) {
  private static final String NULL = "\\N";

  /**
   * Of a statement {@code COPY table (columns) FROM stdin;}.
   *
   * @param there columns of the table that they go into
   */
  public static CopiedRows of(String table, String copy, List<String> there) {
    var columns = columns(copy);
    return new CopiedRows(table, columns, columns.stream().map(there::contains).toList());
  }

  /** Names in a statement {@code COPY table (columns) FROM stdin;}. */
  public static List<String> columns(String copy) {
    var end = copy.lastIndexOf(") FROM stdin");
    var begin = beginOfColumns(copy);
    if (begin < 0 || end < begin) {
      return List.of();
    }
    var columns = new ArrayList<String>();
    var name = new StringBuilder();
    var quoted = false;
    var list = copy.substring(begin, end);
    for (var at = 0; at < list.length(); at++) {
      var c = list.charAt(at);
      if (c == '"') {
        if (quoted && at + 1 < list.length() && list.charAt(at + 1) == '"') {
          name.append('"');
          at++;
        } else {
          quoted = !quoted;
        }
      } else if (quoted || (c != ',' && c != ' ')) {
        name.append(c);
      } else if (c == ',') {
        columns.add(name.toString());
        name.setLength(0);
      }
    }
    columns.add(name.toString());
    return columns;
  }

  /** Behind the first bracket that is in no name. */
  private static int beginOfColumns(String copy) {
    var quoted = false;
    for (var at = 0; at < copy.length(); at++) {
      var c = copy.charAt(at);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '(' && !quoted) {
        return at + 1;
      }
    }
    return -1;
  }

  /** Whether all go on as they are. */
  public boolean isWhole() {
    return !kept.contains(false);
  }

  /** The statement for what goes on. */
  public String statement(String schema, String name) {
    return "COPY " + qualified(schema, name) + " (" + list() + ") FROM stdin";
  }

  /** The one that gives the same again. */
  public String again(String schema, String name) {
    return "COPY (SELECT " + list() + " FROM " + qualified(schema, name) + ") TO stdout";
  }

  private static String qualified(String schema, String name) {
    return PostgresSession.identifier(schema) + "." + PostgresSession.identifier(name);
  }

  private String list() {
    return IntStream.range(0, columns.size())
        .filter(kept::get)
        .mapToObj(at -> PostgresSession.identifier(columns.get(at)))
        .collect(Collectors.joining(", "));
  }

  /**
   * One row without what does not go on.
   *
   * @param line with its end
   * @throws EngineException TARGET_UNUSABLE where something would be lost by it
   */
  public byte[] row(byte[] line) {
    var left = new ByteArrayOutputStream(line.length);
    var column = 0;
    var begin = 0;
    for (var at = 0; at < line.length; at++) {
      // Within a value they are written as two characters.
      if (line[at] == '\t' || line[at] == '\n') {
        field(line, begin, at, column++, left);
        begin = at + 1;
      }
    }
    left.write('\n');
    return left.toByteArray();
  }

  private void field(byte[] line, int begin, int end, int column, ByteArrayOutputStream left) {
    if (column >= kept.size()) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT, "a row of " + table + " has more values than columns");
    }
    if (kept.get(column)) {
      if (kept.subList(0, column).contains(true)) {
        left.write('\t');
      }
      left.write(line, begin, end - begin);
    } else if (!new String(line, begin, end - begin, StandardCharsets.UTF_8).equals(NULL)) {
      throw new EngineException(
          Reason.TARGET_UNUSABLE,
          "Column "
              + columns.get(column)
              + " of "
              + table
              + " holds values, and the project there has no such column: its services are older,"
              + " or so much newer that it is gone. Upgrade the project, or restore to one of the"
              + " version that the source had. Nothing was changed.");
    }
  }

  /** The values of one row, each as it was; null as null. */
  public static List<@Nullable String> values(String line) {
    var values = new ArrayList<@Nullable String>();
    for (var field : line.split("\t", -1)) {
      values.add(field.equals(NULL) ? null : unescaped(field));
    }
    return values;
  }

  /**
   * As COPY escapes what would end a value or a row.
   *
   * @see <a href="https://www.postgresql.org/docs/17/sql-copy.html">Text format</a>
   */
  private static String unescaped(String field) {
    var text = new StringBuilder(field.length());
    var at = 0;
    while (at < field.length()) {
      var c = field.charAt(at++);
      text.append(c != '\\' || at == field.length() ? c : unescaped(field.charAt(at++)));
    }
    return text.toString();
  }

  private static char unescaped(char c) {
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'v' -> '\u000b';
      default -> c;
    };
  }
}
