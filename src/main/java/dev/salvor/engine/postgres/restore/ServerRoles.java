package dev.salvor.engine.postgres.restore;

import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * The roles of a server as a restore makes them: statement by statement over one session, never
 * through psql, in one transaction, so that a failure leaves none behind.
 */
public final class ServerRoles {
  /** Roles that every server has, and the one that made it. */
  private static final String OTHERS =
      "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' AND oid <> 10 AND rolname <>"
          + " current_user ORDER BY 1";

  private static final String DATABASES =
      "SELECT datname FROM pg_catalog.pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
          + " ORDER BY 1";

  private final PostgresSession session;
  private final RolesPlan plan;

  private ServerRoles(PostgresSession session, RolesPlan plan) {
    this.session = session;
    this.plan = plan;
  }

  /**
   * Plans which roles are made; changes nothing.
   *
   * @param globals of the recovery point; may hold hashes of passwords
   * @param needed owners and grantees in what is restored
   * @throws EngineException TARGET_NOT_EMPTY for All on a server that has roles or databases;
   *     RESTORE_FAILED for None where roles are needed; CORRUPT_RECOVERY_POINT
   */
  public static ServerRoles plan(
      PostgresSession session, RolesMode mode, String globals, Collection<String> needed) {
    if (mode == RolesMode.ALL) {
      refuseUnlessEmpty(session);
    }
    return plan(session, mode, globals, needed, RolesPlan.Memberships.AMONG_NEW);
  }

  /**
   * The same on a server that is one project's: all roles that the source has and it lacks, also as
   * members of those that exist, or PostgREST could not become them. Takes no right from anybody.
   */
  public static ServerRoles planForProject(
      PostgresSession session, RolesMode mode, String globals, Collection<String> needed) {
    return plan(
        session,
        mode == RolesMode.MISSING ? RolesMode.ALL : mode,
        globals,
        needed,
        RolesPlan.Memberships.WITH_NEW);
  }

  /**
   * The same where somebody else keeps the server, and makes roles of his own, which nobody else
   * may: they count as if they were there.
   *
   * @param reserved names of such roles
   */
  public static ServerRoles planForHosted(
      PostgresSession session,
      RolesMode mode,
      String globals,
      Collection<String> needed,
      Predicate<String> reserved) {
    var existing = new ArrayList<>(existing(session));
    RolesPlan.made(globals).stream().filter(reserved).forEach(existing::add);
    return new ServerRoles(
        session,
        RolesPlan.of(
            mode == RolesMode.MISSING ? RolesMode.ALL : mode,
            globals,
            needed,
            existing,
            RolesPlan.Power.ORDINARY,
            RolesPlan.Memberships.WITH_NEW));
  }

  private static ServerRoles plan(
      PostgresSession session,
      RolesMode mode,
      String globals,
      Collection<String> needed,
      RolesPlan.Memberships memberships) {
    var existing = existing(session);
    var power = session.isSuperuser() ? RolesPlan.Power.SUPERUSER : RolesPlan.Power.ORDINARY;
    return new ServerRoles(
        session, RolesPlan.of(mode, globals, needed, existing, power, memberships));
  }

  private static List<String> existing(PostgresSession session) {
    return session.rows("SELECT rolname FROM pg_catalog.pg_roles", row -> row.getString(1));
  }

  /** Of a throw-away server: all, whatever else is there. */
  public static ServerRoles planForSandbox(
      PostgresSession session, String globals, Collection<String> needed) {
    var existing = existing(session);
    // What globals lack is lost: none is invented. Where the point has none at all, that was asked.
    var known =
        RolesPlan.makesAny(globals) ? needed.stream().filter(existing::contains).toList() : needed;
    return new ServerRoles(
        session, RolesPlan.of(RolesMode.ALL, globals, known, existing, RolesPlan.Power.SUPERUSER));
  }

  private static void refuseUnlessEmpty(PostgresSession session) {
    var roles = session.rows(OTHERS, row -> row.getString(1));
    var databases = session.rows(DATABASES, row -> row.getString(1));
    if (!roles.isEmpty() || !databases.isEmpty()) {
      throw new EngineException(
          Reason.TARGET_NOT_EMPTY,
          "roles: All is for an empty server; this one has roles "
              + roles
              + " and databases "
              + databases
              + ". Use roles: Missing; nothing was touched");
    }
  }

  /**
   * Settings that the source has of roles that are on the server, too.
   *
   * @param globals of the recovery point
   * @param known which settings by their names in lower case
   */
  public static List<String> settings(
      PostgresSession session, String globals, Predicate<String> known) {
    return RolesPlan.settings(globals, existing(session), known);
  }

  /** Statements that make them, in their order; may hold hashes of passwords. */
  public List<String> statements() {
    return plan.statements();
  }

  /** Names of the roles that will be made. */
  public List<String> created() {
    return plan.created();
  }

  /** What the source's roles had and the new ones will not. */
  public List<String> leftOut() {
    return plan.leftOut();
  }

  /**
   * Makes them, all or none. Idempotent with the plan made anew.
   *
   * @throws EngineException INSUFFICIENT_PRIVILEGE and the like; the statement is not shown
   */
  public void create() {
    if (plan.statements().isEmpty()) {
      return;
    }
    UnloggedTransaction.carryOut(session, plan.statements());
  }
}
