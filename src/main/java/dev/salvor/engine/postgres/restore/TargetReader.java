package dev.salvor.engine.postgres.restore;

import dev.salvor.engine.postgres.DatabasePropertiesReader;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.task.DatabaseProperties;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a restore must know of a server before it touches it. Read only. */
public final class TargetReader {
  /** Tables, views, functions, types and large objects of a database's own. */
  private static final String HOLDS_SOMETHING =
      """
      SELECT EXISTS (
        SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
              AND d.deptype = 'e'))
      OR EXISTS (
        SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
              AND d.deptype = 'e'))
      OR EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
      """;

  private final PostgresSession session;

  /** By a session of any database of the server. */
  public TargetReader(PostgresSession session) {
    this.session = session;
  }

  /**
   * A database by name.
   *
   * @param allowsConnections false: it lets nobody in
   * @param half whether a DROP of it was cut off: it can but be dropped
   */
  public record Found(
      String name, long oid, long bytes, boolean allowsConnections, boolean half, String comment) {}

  public Optional<Found> database(String name) {
    return session.first(
        "SELECT d.datname, d.oid, CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')"
            + " THEN pg_catalog.pg_database_size(d.oid) ELSE 0 END, d.datallowconn, d.datconnlimit"
            + " = -2, coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') FROM"
            + " pg_catalog.pg_database d WHERE d.datname = ?",
        row ->
            new Found(
                row.getString(1),
                row.getLong(2),
                row.getLong(3),
                row.getBoolean(4),
                row.getBoolean(5),
                row.getString(6)),
        name);
  }

  /**
   * Sessions in a database, also those whose kind is not shown to this role. A vacuum for the sake
   * of the whole server makes way by itself.
   */
  public long sessions(String database) {
    return session
        .first(
            "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = ? AND backend_type IS"
                + " DISTINCT FROM 'autovacuum worker'",
            row -> row.getLong(1),
            database)
        .orElseThrow();
  }

  /** By the server's clock. */
  public Instant now() {
    return session
        .first(
            "SELECT extract(epoch FROM pg_catalog.clock_timestamp())::bigint",
            row -> Instant.ofEpochSecond(row.getLong(1)))
        .orElseThrow();
  }

  /** What belongs to one that is there, also where it lets nobody in. */
  public DatabaseProperties properties(String database) {
    return DatabasePropertiesReader.read(session, database);
  }

  /** All names, those that let nobody in too. */
  public List<String> databases() {
    return session.rows(
        "SELECT datname FROM pg_catalog.pg_database ORDER BY 1", row -> row.getString(1));
  }

  public Set<String> availableExtensions() {
    return Set.copyOf(
        session.rows(
            "SELECT name FROM pg_catalog.pg_available_extensions", row -> row.getString(1)));
  }

  public Set<String> tablespaces() {
    return Set.copyOf(
        session.rows("SELECT spcname FROM pg_catalog.pg_tablespace", row -> row.getString(1)));
  }

  /**
   * Where a database goes whose statement names none. To name even this one takes a right on it.
   */
  public String defaultTablespace() {
    return session
        .first(
            "SELECT t.spcname FROM pg_catalog.pg_tablespace t JOIN pg_catalog.pg_database d"
                + " ON d.dattablespace = t.oid WHERE d.datname = 'template0'",
            row -> row.getString(1))
        .orElseThrow();
  }

  /** Logical slots that are fed from a database. */
  public List<String> slots(String database) {
    return session.rows(
        "SELECT slot_name FROM pg_catalog.pg_replication_slots WHERE database = ? ORDER BY 1",
        row -> row.getString(1),
        database);
  }

  public List<String> preparedTransactions(String database) {
    return session.rows(
        "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = ? ORDER BY 1",
        row -> row.getString(1),
        database);
  }

  /** Subscriptions of a database; the catalogue is shared, its secret column is not read. */
  public List<String> subscriptions(String database) {
    return session.rows(
        "SELECT s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid"
            + " = s.subdbid WHERE d.datname = ? ORDER BY 1",
        row -> row.getString(1),
        database);
  }

  /** Whether the session's own database holds anything but members of extensions. */
  public boolean holdsSomething() {
    return session.truth(HOLDS_SOMETHING);
  }

  /** Extensions of the session's own database. */
  public List<String> extensions() {
    return session.rows(
        "SELECT extname FROM pg_catalog.pg_extension ORDER BY 1", row -> row.getString(1));
  }
}
