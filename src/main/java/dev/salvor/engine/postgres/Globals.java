package dev.salvor.engine.postgres;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What pg_dumpall wrote about roles. It stands outside of every snapshot and is taken after the
 * dumps, so that whoever owns or is granted something in them must be in it.
 */
public final class Globals {
  private static final Pattern CREATE_ROLE =
      Pattern.compile("^CREATE ROLE (?:\"((?:[^\"]|\"\")+)\"|([^\";]+));$", Pattern.MULTILINE);

  /** pg_dumpall's last line: without it the output was cut off. */
  private static final String TRAILER = "-- PostgreSQL database cluster dump complete";

  private Globals() {}

  /** The roles that it makes. */
  static Set<String> roles(String sql) {
    return CREATE_ROLE
        .matcher(sql)
        .results()
        .map(
            result ->
                result.group(1) == null ? result.group(2) : result.group(1).replace("\"\"", "\""))
        .collect(Collectors.toSet());
  }

  /** Of the roles, those that are not in it. The predefined ones are in every cluster. */
  public static List<String> missing(String sql, Collection<String> roles) {
    var made = roles(sql);
    return roles.stream()
        .filter(role -> !role.startsWith("pg_") && !made.contains(role))
        .sorted()
        .toList();
  }

  /** Whether it was written to its end. */
  public static boolean whole(String sql) {
    return sql.contains(TRAILER);
  }
}
