package dev.salvor.engine.postgres.restore;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One statement of a globals script by what it does to which role.
 *
 * @param role that it makes, alters, or makes a member
 * @param group of a grant, else the same as {@code role}
 * @param sql as pg_dumpall wrote it; may hold the hash of a password
 */
record RoleStatement(Kind kind, String role, String group, String sql) {
  /** What it does. */
  enum Kind {
    CREATE,
    /** ALTER ROLE ... WITH: attributes and password. */
    ATTRIBUTES,
    /** ALTER ROLE ... SET. */
    SETTING,
    COMMENT,
    MEMBERSHIP
  }

  private static final String NAME = "((?:\"(?:[^\"]|\"\")+\")|[^\\s\";]+)";
  private static final Pattern CREATE = Pattern.compile("(?s)CREATE ROLE " + NAME + "\\s*");
  private static final Pattern ATTRIBUTES = Pattern.compile("(?s)ALTER ROLE " + NAME + " WITH .*");
  private static final Pattern SETTING = Pattern.compile("(?s)ALTER ROLE " + NAME + " SET .*");
  private static final Pattern SET =
      Pattern.compile("(?s)ALTER ROLE " + NAME + " SET ([\\w.\"]+) .*");
  private static final Pattern COMMENT = Pattern.compile("(?s)COMMENT ON ROLE " + NAME + " IS .*");
  private static final Pattern MEMBERSHIP =
      Pattern.compile("(?s)GRANT " + NAME + " TO " + NAME + "(?: WITH .*| GRANTED BY .*|)");

  /** Empty for what is about no role: settings of the session, tablespaces, parameters. */
  static Optional<RoleStatement> of(String sql) {
    var create = CREATE.matcher(sql);
    if (create.matches()) {
      return Optional.of(about(Kind.CREATE, create.group(1), sql));
    }
    var attributes = ATTRIBUTES.matcher(sql);
    if (attributes.matches()) {
      return Optional.of(about(Kind.ATTRIBUTES, attributes.group(1), sql));
    }
    var setting = SETTING.matcher(sql);
    if (setting.matches()) {
      return Optional.of(about(Kind.SETTING, setting.group(1), sql));
    }
    var comment = COMMENT.matcher(sql);
    if (comment.matches()) {
      return Optional.of(about(Kind.COMMENT, comment.group(1), sql));
    }
    var membership = MEMBERSHIP.matcher(sql);
    if (membership.matches()) {
      return Optional.of(
          new RoleStatement(
              Kind.MEMBERSHIP, unquoted(membership.group(2)), unquoted(membership.group(1)), sql));
    }
    return Optional.empty();
  }

  /** Without the clause that names who granted: that role may not be there, or not allowed to. */
  String sqlWithoutGrantor() {
    return sql.replaceFirst("(?s) GRANTED BY " + NAME + "\\s*$", "");
  }

  /** What an {@code ALTER ROLE ... SET} sets, in lower case; empty for what sets nothing. */
  String setting() {
    var found = SET.matcher(sql);
    return kind == Kind.SETTING && found.matches()
        ? found.group(2).replace("\"", "").toLowerCase(Locale.ROOT)
        : "";
  }

  private static RoleStatement about(Kind kind, String name, String sql) {
    return new RoleStatement(kind, unquoted(name), unquoted(name), sql);
  }

  private static String unquoted(String name) {
    return name.startsWith("\"")
        ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
        : name;
  }

  @Override
  public String toString() {
    return kind + " " + role;
  }
}
