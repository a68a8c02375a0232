package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Who may do what in a schema of the customers', as a dump says it: beside what is there. A schema
 * that a new project has of itself comes with rights that nobody had at the source, and no dump
 * takes any away.
 *
 * @param entries of these rights in the dump
 */
public record SchemaRights(String schema, List<DumpEntry> entries) {
  private static final String PUBLIC = "public";
  private static final String NAME = "(\"(?:[^\"]|\"\")+\"|[^\\s\";]+)";

  /** As pg_dump writes them (dumputils.c, buildACLCommands). */
  private static final Pattern STATEMENT =
      Pattern.compile(
          "(GRANT|REVOKE) (GRANT OPTION FOR )?(ALL|USAGE|CREATE)(?:,(USAGE|CREATE))? ON SCHEMA "
              + NAME
              + " (?:TO|FROM) "
              + NAME
              + "( WITH GRANT OPTION)?;");

  private static final String THERE =
      """
      SELECT CASE a.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END,
             a.privilege_type, pg_catalog.bool_or(a.is_grantable)
      FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(
        coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
      WHERE n.nspname = ? AND a.grantee <> n.nspowner
      GROUP BY 1, 2
      """;

  /**
   * One.
   *
   * @param grantee empty: everybody
   * @param passedOn whether it may be
   */
  record Right(String grantee, String what, boolean passedOn) {
    String text() {
      return what
          + " of "
          + (grantee.isEmpty() ? "PUBLIC" : grantee)
          + (passedOn ? " with grant option" : "");
    }

    String identifier() {
      return grantee.isEmpty() ? "PUBLIC" : PostgresSession.identifier(grantee);
    }

    boolean isOf(String role, String some) {
      return grantee.equals(role) && what.equals(some);
    }
  }

  /** Of all schemas of the customers' in a dump; {@code public} is in none that leaves it alone. */
  static List<SchemaRights> of(List<DumpEntry> entries) {
    return Stream.concat(
            Stream.of(PUBLIC),
            entries.stream().filter(entry -> entry.type().equals("SCHEMA")).map(DumpEntry::tag))
        .distinct()
        .filter(schema -> !HostedDatabase.isManaged(schema))
        .map(
            schema ->
                new SchemaRights(
                    schema,
                    entries.stream()
                        .filter(entry -> entry.type().equals("ACL"))
                        .filter(entry -> entry.tag().equals("SCHEMA " + schema))
                        .toList()))
        .toList();
  }

  /** What has to be granted so that all is there that was at the source. */
  List<String> grants(PostgresSession session) {
    return lacking(session).stream()
        .map(
            right ->
                "GRANT "
                    + on(right)
                    + " TO "
                    + right.identifier()
                    + (right.passedOn() ? " WITH GRANT OPTION" : ""))
        .toList();
  }

  /** What has to be taken so that nobody has more. */
  List<String> revocations(String user, PostgresSession session) {
    return added(user, session).stream()
        .map(right -> "REVOKE " + on(right) + " FROM " + right.identifier() + " CASCADE")
        .toList();
  }

  private String on(Right right) {
    return right.what() + " ON SCHEMA " + PostgresSession.identifier(schema);
  }

  /**
   * What is other than at the source, for people.
   *
   * @param user that Supabase gives its customers: what that has more is no matter
   */
  public List<String> differences(String user, PostgresSession session) {
    var differences = new ArrayList<String>();
    added(user, session).forEach(right -> differences.add(text(right, "was not at the source")));
    lacking(session).forEach(right -> differences.add(text(right, "is not there")));
    return differences.stream().sorted().toList();
  }

  private String text(Right right, String what) {
    return "rights on schema " + schema + ": " + right.text() + " " + what;
  }

  private Set<Right> added(String user, PostgresSession session) {
    var added = there(session);
    added.removeAll(atSource());
    added.removeIf(right -> right.grantee().equals(user));
    return added;
  }

  private Set<Right> lacking(PostgresSession session) {
    var there = there(session);
    var lacking = atSource();
    // Who may pass it on has it; and that more is what was added.
    lacking.removeIf(
        right ->
            there.contains(right)
                || there.contains(new Right(right.grantee(), right.what(), true)));
    owner(session).ifPresent(owner -> lacking.removeIf(right -> right.grantee().equals(owner)));
    return lacking;
  }

  /** Empty where there is no such schema. */
  Optional<String> owner(PostgresSession session) {
    return session.first(
        "SELECT pg_catalog.pg_get_userbyid(n.nspowner) FROM pg_catalog.pg_namespace n WHERE"
            + " n.nspname = ?",
        row -> row.getString(1),
        schema);
  }

  private Set<Right> there(PostgresSession session) {
    return new HashSet<>(
        session.rows(
            THERE,
            row -> new Right(row.getString(1), row.getString(2), row.getBoolean(3)),
            schema));
  }

  /** A dump says what is not as PostgreSQL makes it: all may use {@code public}. */
  Set<Right> atSource() {
    var rights = new HashSet<Right>();
    if (schema.equals(PUBLIC)) {
      rights.add(new Right("", "USAGE", false));
    }
    for (var entry : entries) {
      var statements = STATEMENT.matcher(entry.definition());
      while (statements.find()) {
        var grantee = role(statements.group(6));
        var passedOn = statements.group(7) != null;
        var all = statements.group(3).equals("ALL");
        for (var what : List.of("USAGE", "CREATE")) {
          if (all || what.equals(statements.group(3)) || what.equals(statements.group(4))) {
            var held = rights.removeIf(right -> right.isOf(grantee, what));
            if (statements.group(1).equals("GRANT")) {
              rights.add(new Right(grantee, what, passedOn));
            } else if (held && statements.group(2) != null) {
              rights.add(new Right(grantee, what, false));
            }
          }
        }
      }
      rights.removeIf(right -> right.grantee().equals(entry.owner()));
    }
    return rights;
  }

  /** Of an identifier as pg_dump writes it; empty: everybody. */
  static String role(String identifier) {
    return identifier.equals("PUBLIC")
        ? ""
        : identifier.startsWith("\"")
            ? identifier.substring(1, identifier.length() - 1).replace("\"\"", "\"")
            : identifier;
  }
}
