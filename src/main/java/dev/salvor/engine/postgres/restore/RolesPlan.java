package dev.salvor.engine.postgres.restore;

import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.engine.EngineException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which statements make the roles that a restore needs. What exists on the server is neither
 * altered nor granted anything, in any mode: replaying globals on a live server sets passwords back
 * and locks applications out (SAFETY 9).
 *
 * @param created roles that will be made
 * @param statements in their order; may hold hashes of passwords
 * @param leftOut what the source's roles had and the new ones will not, for people
 */
record RolesPlan(List<String> created, List<String> statements, List<String> leftOut) {

  /** Attributes that only a superuser may give, and whether this connection may. */
  enum Power {
    SUPERUSER,
    ORDINARY
  }

  /** Which memberships are made. */
  enum Memberships {
    /** Of new roles in new roles. */
    AMONG_NEW,
    /** Also of a new role in one that exists, and the other way round. */
    WITH_NEW
  }

  /** Roles that every server has. */
  private static final String BUILT_IN = "pg_";

  /** Plans, with memberships among new roles only. */
  static RolesPlan of(
      RolesMode mode,
      String globals,
      Collection<String> needed,
      Collection<String> existing,
      Power power) {
    return of(mode, globals, needed, existing, power, Memberships.AMONG_NEW);
  }

  /**
   * Plans.
   *
   * @param globals what pg_dumpall wrote; empty where the point has none
   * @param needed owners and grantees in what is restored
   * @param existing all roles of the server
   * @throws EngineException RESTORE_FAILED if roles are needed and may not be made
   */
  static RolesPlan of(
      RolesMode mode,
      String globals,
      Collection<String> needed,
      Collection<String> existing,
      Power power,
      Memberships memberships) {
    var script =
        GlobalsScript.statements(globals).stream()
            .flatMap(sql -> RoleStatement.of(sql).stream())
            .toList();
    var missing = new LinkedHashSet<>(needed);
    missing.removeAll(existing);
    missing.removeIf(role -> role.startsWith(BUILT_IN) || role.equals("public"));
    return switch (mode) {
      case NONE, UNKNOWN -> none(missing);
      case MISSING -> creating(script, missing, existing, power, memberships);
      case ALL -> {
        var all = new LinkedHashSet<String>();
        script.stream()
            .filter(one -> one.kind() == RoleStatement.Kind.CREATE)
            .map(RoleStatement::role)
            .filter(role -> !existing.contains(role))
            .forEach(all::add);
        all.addAll(missing);
        yield creating(script, all, existing, power, memberships);
      }
    };
  }

  /** Whether a script has roles at all. */
  static boolean makesAny(String globals) {
    return !made(globals).isEmpty();
  }

  /** Roles that a script makes. */
  static List<String> made(String globals) {
    return of(globals, RoleStatement.Kind.CREATE).map(RoleStatement::role).toList();
  }

  /** Statements of a script that set something of a role that exists. */
  static List<String> settings(
      String globals, Collection<String> existing, Predicate<String> known) {
    return of(globals, RoleStatement.Kind.SETTING)
        .filter(one -> existing.contains(one.role()))
        .filter(one -> known.test(one.setting()))
        .map(RoleStatement::sql)
        .toList();
  }

  private static Stream<RoleStatement> of(String globals, RoleStatement.Kind kind) {
    return GlobalsScript.statements(globals).stream()
        .flatMap(sql -> RoleStatement.of(sql).stream())
        .filter(one -> one.kind() == kind);
  }

  private static RolesPlan none(Set<String> missing) {
    if (!missing.isEmpty()) {
      throw new EngineException(
          Reason.RESTORE_FAILED,
          "the server lacks roles that own or may use what is restored, and roles is None: "
              + String.join(", ", missing)
              + "; nothing was touched");
    }
    return new RolesPlan(List.of(), List.of(), List.of());
  }

  private static RolesPlan creating(
      List<RoleStatement> script,
      Set<String> wanted,
      Collection<String> existing,
      Power power,
      Memberships memberships) {
    var statements = new ArrayList<String>();
    var leftOut = new ArrayList<String>();
    var known = new LinkedHashSet<String>();
    for (var one : script) {
      if (!wanted.contains(one.role())) {
        if (one.kind() != RoleStatement.Kind.MEMBERSHIP || !wanted.contains(one.group())) {
          continue;
        }
        if (memberships == Memberships.WITH_NEW && existing.contains(one.role())) {
          statements.add(one.sqlWithoutGrantor());
        } else {
          leftOut.add(
              "role " + one.role() + ", which exists, is not made a member of " + one.group());
        }
        continue;
      }
      switch (one.kind()) {
        case CREATE -> {
          known.add(one.role());
          statements.add(one.sql());
        }
        case ATTRIBUTES -> statements.add(attributes(one, power, leftOut));
        case SETTING, COMMENT -> statements.add(one.sql());
        case MEMBERSHIP -> {
          if (memberships == Memberships.WITH_NEW && existing.contains(one.group())) {
            statements.add(one.sqlWithoutGrantor());
          } else {
            membership(one, wanted, existing, statements, leftOut);
          }
        }
      }
    }
    // A point without globals names its owners all the same: they cannot log in.
    for (var role : wanted) {
      if (!known.contains(role)) {
        statements.addFirst("CREATE ROLE " + quote(role) + " NOLOGIN");
        leftOut.add("role " + role + " is made without rights: the point has none of its own");
      }
    }
    return new RolesPlan(List.copyOf(wanted), List.copyOf(statements), List.copyOf(leftOut));
  }

  private static String attributes(RoleStatement one, Power power, List<String> leftOut) {
    if (power == Power.SUPERUSER) {
      return one.sql();
    }
    var sql = one.sql();
    for (var attribute : List.of("SUPERUSER", "REPLICATION", "BYPASSRLS")) {
      // Before the password, in which a word may look the same.
      var password = sql.indexOf(" PASSWORD ");
      var head = password < 0 ? sql : sql.substring(0, password);
      var tail = password < 0 ? "" : sql.substring(password);
      if (head.contains(" " + attribute)) {
        leftOut.add("role " + one.role() + " is made without " + attribute);
      }
      sql = head.replaceAll(" (NO)?" + attribute + "(?![A-Z])", "") + tail;
    }
    return sql;
  }

  private static void membership(
      RoleStatement one,
      Set<String> wanted,
      Collection<String> existing,
      List<String> statements,
      List<String> leftOut) {
    if (wanted.contains(one.group())) {
      statements.add(one.sqlWithoutGrantor());
    } else if (existing.contains(one.group()) || one.group().startsWith(BUILT_IN)) {
      leftOut.add(
          "role " + one.role() + " is not made a member of " + one.group() + ", which exists");
    } else {
      leftOut.add("role " + one.role() + " is not made a member of " + one.group());
    }
  }

  static String quote(String identifier) {
    return "\"" + identifier.replace("\"", "\"\"") + "\"";
  }

  @Override
  public String toString() {
    return "RolesPlan" + created;
  }
}
