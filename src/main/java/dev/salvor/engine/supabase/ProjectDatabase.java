package dev.salvor.engine.supabase;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import java.util.List;

/**
 * The database of a Supabase that its services use, looked at before anything is written.
 *
 * @param hasSecrets whether Vault or pgsodium hold any, which nobody can read without the key
 * @param hasEncryptedColumns whether pgsodium encrypts any, which no view gives in clear for all
 * @param hasObjects whether Storage holds any, whose bytes are elsewhere
 */
public record ProjectDatabase(boolean hasSecrets, boolean hasEncryptedColumns, boolean hasObjects) {
  /** Of a database that is kept as it is, whatever it is. */
  public static final ProjectDatabase UNASKED = new ProjectDatabase(false, false, false);

  /** Made by Supabase's own image; its services log in or switch to them. */
  private static final List<String> ROLES =
      List.of(SupabaseSource.SUPERUSER, "authenticator", "anon", "authenticated", "service_role");

  /** Made by the services Auth and Storage when they first start. */
  private static final List<String> TABLES =
      List.of("auth.schema_migrations", "storage.migrations");

  /** Without their rows nobody has users, and Storage no objects. */
  private static final List<String> CORE =
      List.of("auth.users", "auth.identities", "storage.buckets", "storage.objects");

  private static final String TABLE =
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE"
          + " c.relkind IN ('r', 'p') AND pg_catalog.format('%I.%I', n.nspname, c.relname) = ?";

  /**
   * Looks at it.
   *
   * @throws EngineException INVALID_SPEC if it is none; INSUFFICIENT_PRIVILEGE if the role may not
   *     see all of it
   */
  public static ProjectDatabase read(PostgresSession session) {
    require(session);
    if (!session.truth("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")) {
      throw new EngineException(
          Reason.INSUFFICIENT_PRIVILEGE,
          "role "
              + session.server().user()
              + " is no superuser and does not see all of a Supabase: connect as "
              + SupabaseSource.SUPERUSER
              + ".");
    }
    return seen(session);
  }

  /**
   * Looks at one that Supabase hosts, where nobody else is a superuser.
   *
   * @throws EngineException INVALID_SPEC if it is none; INSUFFICIENT_PRIVILEGE if the role may not
   *     read what a point is worth nothing without
   */
  public static ProjectDatabase readHosted(PostgresSession session) {
    require(session);
    var unreadable = CORE.stream().filter(table -> !isReadable(session, table)).toList();
    if (!unreadable.isEmpty()) {
      throw new EngineException(
          Reason.INSUFFICIENT_PRIVILEGE,
          "role "
              + session.server().user()
              + " may not read "
              + String.join(", ", unreadable)
              + ": connect as "
              + SupabaseSource.DATABASE
              + ", the role that Supabase gives you.");
    }
    return seen(session);
  }

  private static ProjectDatabase seen(PostgresSession session) {
    return new ProjectDatabase(
        holdsSecrets(session), isLabelled(session), holdsRows(session, "storage.objects"));
  }

  /**
   * Sees to it that nothing that a point is worth nothing without goes with what may not be read.
   *
   * @param passedOver tables that will not be in the dump
   * @throws EngineException INSUFFICIENT_PRIVILEGE
   */
  public static void requireCore(List<String> passedOver) {
    CORE.stream()
        .filter(passedOver::contains)
        .findFirst()
        .ifPresent(
            table -> {
              throw new EngineException(
                  Reason.INSUFFICIENT_PRIVILEGE,
                  table
                      + " hangs on what this role may not read, and would be left out with it:"
                      + " nothing is kept.");
            });
  }

  private static void require(PostgresSession session) {
    var roles = session.rows("SELECT rolname FROM pg_catalog.pg_roles", row -> row.getString(1));
    var missing =
        ROLES.stream().filter(role -> !roles.contains(role)).map(role -> "role " + role).toList();
    if (missing.isEmpty()) {
      missing =
          TABLES.stream().filter(table -> !exists(session, table)).map("table "::concat).toList();
    }
    if (!missing.isEmpty()) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          "database "
              + session.database()
              + " of "
              + session.server().address().text()
              + " is no Supabase's, it has no "
              + String.join(", no ", missing)
              + ": use source.postgres, or wait until all services have started once.");
    }
  }

  /** Of Vault, or of the extension before it, which encrypts columns that are labelled so. */
  private static boolean holdsSecrets(PostgresSession session) {
    return (exists(session, "vault.secrets") && !isReadable(session, "vault.secrets"))
        || holdsRows(session, "vault.secrets")
        || holdsRows(session, "pgsodium.key")
        || isLabelled(session);
  }

  private static boolean isLabelled(PostgresSession session) {
    return session.truth(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_seclabel WHERE provider = 'pgsodium')");
  }

  /**
   * A table and no view: what that reads would be carried out by a superuser. Asked of the
   * catalogue, for to name a table in a schema that may not be used is an error.
   */
  static boolean exists(PostgresSession session, String table) {
    return session.truth("SELECT EXISTS (SELECT" + TABLE + ")", table);
  }

  /** A table that is there, and that this role may read. */
  static boolean isReadable(PostgresSession session, String table) {
    return session.truth(
        "SELECT EXISTS (SELECT"
            + TABLE
            + " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND"
            + " pg_catalog.has_table_privilege(c.oid, 'SELECT'))",
        table);
  }

  /** Keys of pgsodium that may not be read tell nothing: labels say whether they are in use. */
  private static boolean holdsRows(PostgresSession session, String table) {
    return isReadable(session, table) && session.truth("SELECT EXISTS (SELECT FROM " + table + ")");
  }
}
