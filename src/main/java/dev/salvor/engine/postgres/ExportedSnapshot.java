package dev.salvor.engine.postgres;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The one moment that a dump and its facts share.
 *
 * <p>An ALTER TABLE that rewrites, or a TRUNCATE, between the export of a snapshot and the moment
 * in which pg_dump has its locks, empties the table in the dump, exit 0, and facts of the same
 * snapshot agree. So all tables are locked first, by one statement and before any query of the
 * transaction (a query fixes the snapshot, and LOCK is none), only then the snapshot is exported,
 * and the list is read again in it. The facts are read in this same session: its locks are had, so
 * that no DDL which waits behind us can come between.
 *
 * <p>The server ends the transaction when the session is closed, whatever happens.
 */
public final class ExportedSnapshot implements AutoCloseable {
  /** How often the list of tables may change under us before we come back later. */
  private static final int ATTEMPTS = 5;

  private static final String LOCKED_AWAY = "55P03";
  private static final String DEADLOCK = "40P01";

  /** A table or schema is gone, or it is no table any more: the list is old. */
  private static final Set<String> LIST_IS_OLD = Set.of("42P01", "3F000", "42809");

  private final PostgresSession session;
  private final String id;
  private final Instant time;
  private final List<SourceTable> tables;

  private ExportedSnapshot(
      PostgresSession session, String id, Instant time, List<SourceTable> tables) {
    this.session = session;
    this.id = id;
    this.time = time;
    this.tables = List.copyOf(tables);
  }

  /**
   * Locks and exports. The session is this object's from now on.
   *
   * @throws EngineException DDL_IN_PROGRESS if a lock is not had within {@link
   *     PostgresSession#LOCK_TIMEOUT} or tables come and go; INSUFFICIENT_PRIVILEGE; no transaction
   *     is open then
   */
  public static ExportedSnapshot take(PostgresSession session, DumpSelection selection) {
    for (var attempt = 1; attempt <= ATTEMPTS; attempt++) {
      var listed = SourceTable.list(session, selection);
      var taken = attempt(session, selection, listed);
      if (taken.isPresent()) {
        return taken.get();
      }
    }
    throw new EngineException(
        Reason.DDL_IN_PROGRESS,
        "tables of database "
            + session.database()
            + " were made or dropped between listing and locking them, "
            + ATTEMPTS
            + " times in a row");
  }

  private static Optional<ExportedSnapshot> attempt(
      PostgresSession session, DumpSelection selection, List<SourceTable> listed) {
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    try {
      if (!listed.isEmpty()) {
        session.execute(lockStatement(listed));
      }
      var taken =
          session
              .first(
                  "SELECT pg_catalog.pg_export_snapshot(), statement_timestamp()",
                  row ->
                      new ExportedSnapshot(
                          session, row.getString(1), row.getTimestamp(2).toInstant(), listed))
              .orElseThrow();
      if (SourceTable.list(session, selection).equals(listed)) {
        return Optional.of(taken);
      }
      session.execute("ROLLBACK");
      return Optional.empty();
    } catch (EngineException e) {
      var state = SqlFailures.state(e);
      if (!SqlFailures.endsSession(state)) {
        session.execute("ROLLBACK");
      }
      if (LIST_IS_OLD.contains(state)) {
        return Optional.empty();
      }
      if (state.equals(LOCKED_AWAY) || state.equals(DEADLOCK)) {
        throw new EngineException(
            Reason.DDL_IN_PROGRESS,
            "a table of database "
                + session.database()
                + " is locked by someone who alters, truncates or vacuums it: not had within "
                + PostgresSession.LOCK_TIMEOUT,
            e);
      }
      throw e;
    }
  }

  /**
   * One statement by name: within DO or a function the transaction would have its snapshot before
   * the locks are had. ONLY, since a lock on a partitioned table would ask for its foreign
   * partitions too.
   */
  static String lockStatement(List<SourceTable> tables) {
    return tables.stream()
        .map(table -> "ONLY " + table.qualified())
        .collect(Collectors.joining(", ", "LOCK TABLE ", " IN ACCESS SHARE MODE"));
  }

  /** What pg_dump is given. */
  public String id() {
    return id;
  }

  /** By the server's clock; whatever was committed before it is in the dump. */
  public Instant time() {
    return time;
  }

  /** What is locked. */
  public List<SourceTable> tables() {
    return tables;
  }

  /** Bytes of the locked tables: about as large as a dump of them. */
  public long bytes() {
    return session.number(
        "SELECT coalesce(pg_catalog.sum(pg_catalog.pg_table_size(c.oid)), 0)::pg_catalog.int8 FROM"
            + " pg_catalog.pg_class c WHERE c.oid = ANY (?)",
        tables.stream().map(SourceTable::oid).toList());
  }

  /** Roles that own or are granted something in the database, or have settings in it. */
  public List<String> roles() {
    return new CatalogueReader(session, DumpSelection.everything()).roles();
  }

  /** The session that holds it, in which facts are read. */
  public PostgresSession session() {
    return session;
  }

  /** Ends the transaction: locks are gone and vacuum goes on. The session stays usable. */
  public void release() {
    session.execute("ROLLBACK");
  }

  @Override
  public void close() {
    session.close();
  }
}
