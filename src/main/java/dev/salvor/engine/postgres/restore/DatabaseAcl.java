package dev.salvor.engine.postgres.restore;

import dev.salvor.engine.postgres.PostgresSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Access rights of a database. A new database lets everyone connect: without its list replayed, a
 * {@code REVOKE ... FROM PUBLIC} is lost and rights widen (SAFETY 12).
 */
final class DatabaseAcl {
  /** Everyone. */
  private static final String PUBLIC = "";

  private static final Map<Character, String> RIGHTS =
      Map.of('C', "CREATE", 'T', "TEMPORARY", 'c', "CONNECT");

  /**
   * One entry: {@code grantee=rights/grantor}.
   *
   * @param rights by letter; true: may be passed on
   */
  private record Entry(String grantee, Map<Character, Boolean> rights) {}

  private DatabaseAcl() {}

  /**
   * What makes the rights of a database that has only just been made.
   *
   * @param acl as the catalogue shows it; never empty where it was read, since defaults are spelled
   *     out
   */
  static List<String> statements(String database, String owner, Collection<String> acl) {
    if (acl.isEmpty()) {
      return List.of();
    }
    var on = " ON DATABASE " + PostgresSession.identifier(database);
    var statements = new ArrayList<String>();
    statements.add("REVOKE ALL" + on + " FROM PUBLIC");
    statements.add("REVOKE ALL" + on + " FROM " + PostgresSession.identifier(owner));
    for (var text : acl) {
      var entry = parse(text);
      entry
          .rights()
          .forEach(
              (letter, passedOn) -> {
                if (RIGHTS.containsKey(letter)) {
                  statements.add(
                      "GRANT "
                          + RIGHTS.get(letter)
                          + on
                          + " TO "
                          + (entry.grantee().equals(PUBLIC)
                              ? "PUBLIC"
                              : PostgresSession.identifier(entry.grantee()))
                          + (passedOn ? " WITH GRANT OPTION" : ""));
                }
              });
    }
    return List.copyOf(statements);
  }

  /** Who may do what, whoever granted it: comparable between servers. */
  static SortedSet<String> comparable(Collection<String> acl) {
    var lines = new TreeSet<String>();
    for (var text : acl) {
      var entry = parse(text);
      entry
          .rights()
          .forEach(
              (letter, passedOn) ->
                  lines.add(
                      (entry.grantee().equals(PUBLIC) ? "PUBLIC" : entry.grantee())
                          + " "
                          + RIGHTS.getOrDefault(letter, letter.toString())
                          + (passedOn ? " WITH GRANT OPTION" : "")));
    }
    return lines;
  }

  /** Who is granted anything, but everyone. */
  static SortedSet<String> grantees(Collection<String> acl) {
    var grantees = new TreeSet<String>();
    acl.forEach(text -> grantees.add(parse(text).grantee()));
    grantees.remove(PUBLIC);
    return grantees;
  }

  private static Entry parse(String text) {
    var at = 0;
    var grantee = new StringBuilder();
    var quoted = false;
    while (at < text.length() && (quoted || text.charAt(at) != '=')) {
      var c = text.charAt(at);
      if (c != '"') {
        grantee.append(c);
      } else if (quoted && at + 1 < text.length() && text.charAt(at + 1) == '"') {
        grantee.append('"');
        at++;
      } else {
        quoted = !quoted;
      }
      at++;
    }
    var rights = new TreeMap<Character, Boolean>();
    for (at++; at < text.length() && text.charAt(at) != '/'; at++) {
      var passedOn = at + 1 < text.length() && text.charAt(at + 1) == '*';
      rights.put(text.charAt(at), passedOn);
      if (passedOn) {
        at++;
      }
    }
    return new Entry(grantee.toString(), rights);
  }
}
