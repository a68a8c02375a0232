package dev.salvor.engine.postgres.restore;

import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.task.DatabaseProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** SQL that makes a database and gives it what no dump of its content holds. */
public final class DatabaseStatements {
  /** Settings whose value is a list, stored as it was written (pg_dump's dumputils.c). */
  private static final Set<String> LIST_SETTINGS =
      Set.of(
          "search_path",
          "temp_tablespaces",
          "session_preload_libraries",
          "local_preload_libraries");

  private DatabaseStatements() {}

  /** Made from template0, which alone may have another encoding and locale than its copy. */
  public static String create(String name, DatabaseProperties like) {
    var sql = new StringBuilder("CREATE DATABASE " + PostgresSession.identifier(name));
    sql.append(" TEMPLATE template0 ENCODING ").append(PostgresSession.literal(like.encoding()));
    sql.append(" LC_COLLATE ").append(PostgresSession.literal(like.collate()));
    sql.append(" LC_CTYPE ").append(PostgresSession.literal(like.ctype()));
    var locale = like.locale();
    switch (like.localeProvider()) {
      case "icu" -> sql.append(" LOCALE_PROVIDER icu ICU_LOCALE ").append(quoted(locale));
      case "builtin" ->
          sql.append(" LOCALE_PROVIDER builtin BUILTIN_LOCALE ").append(quoted(locale));
      default -> sql.append(" LOCALE_PROVIDER libc");
    }
    return sql.toString();
  }

  private static String quoted(@Nullable String locale) {
    return PostgresSession.literal(locale == null ? "" : locale);
  }

  /** The tablespace goes into the statement that makes the database. */
  public static String tablespace(String tablespace) {
    return " TABLESPACE " + PostgresSession.identifier(tablespace);
  }

  /** Owner, rights, settings, connection limit and comment, for a database that is like new. */
  public static List<String> properties(String name, DatabaseProperties like) {
    var database = PostgresSession.identifier(name);
    var statements = new ArrayList<String>();
    statements.add(
        "ALTER DATABASE " + database + " OWNER TO " + PostgresSession.identifier(like.owner()));
    statements.addAll(DatabaseAcl.statements(name, like.owner(), like.acl()));
    statements.addAll(settings(name, like));
    statements.add("ALTER DATABASE " + database + " CONNECTION LIMIT " + like.connectionLimit());
    statements.add(comment(name, like.comment()));
    return List.copyOf(statements);
  }

  /** Roles that its properties name. */
  public static Set<String> roles(DatabaseProperties like) {
    var roles = new TreeSet<>(DatabaseAcl.grantees(like.acl()));
    roles.add(like.owner());
    for (var setting : like.settings()) {
      if (setting.startsWith("\"")) {
        roles.add(setting.substring(1, closingQuote(setting)).replace("\"\"", "\""));
      }
    }
    return roles;
  }

  private static List<String> settings(String name, DatabaseProperties like) {
    var database = PostgresSession.identifier(name);
    return like.settings().stream().map(text -> setting(database, text)).toList();
  }

  /** The comment alone. */
  public static String comment(String name, @Nullable String comment) {
    return "COMMENT ON DATABASE "
        + PostgresSession.identifier(name)
        + " IS "
        + (comment == null ? "NULL" : PostgresSession.literal(comment));
  }

  /**
   * One of them.
   *
   * @param database as an identifier
   * @param text {@code name=value}, or that behind a role in double quotes and a space
   */
  public static String setting(String database, String text) {
    if (!text.startsWith("\"")) {
      return "ALTER DATABASE " + database + " SET " + assignment(text);
    }
    var end = closingQuote(text);
    return "ALTER ROLE "
        + text.substring(0, end + 1)
        + " IN DATABASE "
        + database
        + " SET "
        + assignment(text.substring(end + 2));
  }

  /** Of a setting, without its value. */
  public static String nameOf(String setting) {
    return setting.substring(0, setting.indexOf('=', roleEnd(setting)));
  }

  private static int roleEnd(String setting) {
    return setting.startsWith("\"") ? closingQuote(setting) : 0;
  }

  private static int closingQuote(String text) {
    var end = 1;
    while (text.charAt(end) != '"' || (end + 1 < text.length() && text.charAt(end + 1) == '"')) {
      end += text.charAt(end) == '"' ? 2 : 1;
    }
    return end;
  }

  private static String assignment(String text) {
    var equals = text.indexOf('=');
    var name = text.substring(0, equals);
    var value = text.substring(equals + 1);
    return name
        + " TO "
        + (LIST_SETTINGS.contains(name) ? list(value) : PostgresSession.literal(value));
  }

  /** Each name by itself: quoted as one, a list would be one name. */
  private static String list(String value) {
    var items = new ArrayList<String>();
    var item = new StringBuilder();
    var quoted = false;
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      if (c == '"' && quoted && i + 1 < value.length() && value.charAt(i + 1) == '"') {
        item.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        items.add(item.toString());
        item.setLength(0);
      } else if (quoted || c != ' ') {
        item.append(c);
      }
    }
    items.add(item.toString());
    return items.stream().map(PostgresSession::literal).collect(Collectors.joining(", "));
  }
}
