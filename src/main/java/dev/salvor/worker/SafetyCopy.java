package dev.salvor.worker;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DatabaseSwitch;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.Manifest;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a database that is about to be dropped as a recovery point, with its writers stopped: else
 * what they wrote after the point is lost (SAFETY 13).
 *
 * <p>Writers are stopped by locks, not by properties of the database: all sessions are ended, and
 * every table is locked in EXCLUSIVE mode, which lets pg_dump read and nobody write, superusers and
 * background workers included. A killed worker's locks are gone with it, and the database is as it
 * was.
 */
final class SafetyCopy implements AutoCloseable {
  private static final int ATTEMPTS = 10;

  private static final String TABLES =
      "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c JOIN"
          + " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND"
          + " c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <>"
          + " 'information_schema' ORDER BY c.oid";

  /** What a lock of tables keeps nobody from making, and a dump of before does not hold. */
  private static final String MADE =
      """
      SELECT pg_catalog.format('%I.%I (%s)', n.nspname, c.relname, c.oid)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'm', 'v', 'S', 'f') AND c.relpersistence <> 't'
          AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      UNION ALL SELECT 'large object ' || oid FROM pg_catalog.pg_largeobject_metadata
      """;

  private static final int NAMED = 5;

  private final WorkerContext context;
  private final Task.Restore task;
  private final TargetServer server;
  private final RunSession locks;
  private final Set<String> made;

  private SafetyCopy(
      WorkerContext context,
      Task.Restore task,
      TargetServer server,
      RunSession locks,
      Set<String> made) {
    this.context = context;
    this.task = task;
    this.server = server;
    this.locks = locks;
    this.made = made;
  }

  /**
   * Stops the writers until it is closed.
   *
   * @throws EngineException DDL_IN_PROGRESS if they cannot be kept out
   */
  static SafetyCopy stopWriters(WorkerContext context, Task.Restore task, TargetServer server) {
    context.progress().step(Step.SAFETY_COPY);
    allowConnections(server, task.database());
    EngineException last = null;
    for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
      endSessions(server, task.database());
      var open = server.open(task.database());
      try {
        lock(open.session());
        return new SafetyCopy(context, task, server, open, made(open.session()));
      } catch (EngineException e) {
        open.close();
        if (e.reason() != Reason.DDL_IN_PROGRESS) {
          throw e;
        }
        last = e;
      }
    }
    throw last == null ? new IllegalStateException("no attempt was made") : last;
  }

  /** An attempt that was killed right before its drop may have left it closed. */
  private static void allowConnections(TargetServer server, String database) {
    try (var open = server.open()) {
      if (!open.session()
          .truth("SELECT datallowconn FROM pg_catalog.pg_database WHERE datname = ?", database)) {
        open.session()
            .execute(
                "ALTER DATABASE "
                    + PostgresSession.identifier(database)
                    + " ALLOW_CONNECTIONS true");
      }
    }
  }

  private static void endSessions(TargetServer server, String database) {
    try (var open = server.open()) {
      DatabaseSwitch.endSessions(open.session(), List.of(database));
    }
  }

  private static void lock(PostgresSession session) {
    var tables = session.rows(TABLES, row -> row.getString(1));
    // What others commit is seen in it.
    session.execute("BEGIN ISOLATION LEVEL READ COMMITTED");
    if (!tables.isEmpty()) {
      session.execute("LOCK TABLE ONLY " + String.join(", ONLY ", tables) + " IN EXCLUSIVE MODE");
    }
  }

  /**
   * Takes the point.
   *
   * @return its id; null: it could not be taken, and that was acknowledged
   * @throws EngineException SAFETY_COPY_FAILED naming the token
   */
  @Nullable String take(RecoveryPoints points) {
    var source =
        new PostgresDump(
            server.reference(task.target()),
            new PostgresSource.Databases(List.of(task.database()), null),
            GlobalsMode.INCLUDE,
            DumpFormat.STREAM,
            null,
            null,
            new FactsRequest(FactsMode.COUNTS, null, null),
            true);
    try (var look = ServerLook.begin(context, source)) {
      var made =
          new PostgresPointTaker(
                  context, points, task.repository().owner(), source, null, Manifest.Origin.SAFETY)
              .take(look);
      if (made.complete()) {
        return made.recoveryPoint();
      }
      return withoutSafety("the point " + made.recoveryPoint() + " is not complete.");
    } catch (EngineException e) {
      if (context.ending().reason() != null) {
        throw e;
      }
      return withoutSafety(e.failure().message());
    }
  }

  private static Set<String> made(PostgresSession session) {
    return Set.copyOf(session.rows(MADE, row -> row.getString(1)));
  }

  /**
   * Asked when nobody gets in any more: as long as the locks live, nobody wrote to a table since
   * the point. Other sessions are ended first: only then nothing is made any more.
   *
   * @throws EngineException RESTORE_FAILED
   */
  void refuseWhatCame() {
    refuseIfLost();
    var session = locks.session();
    for (var attempt = 0; attempt < ATTEMPTS && !isAlone(session); attempt++) {
      DatabaseSwitch.endSessions(session, List.of(task.database()));
      // Each takes a moment to end; a transaction sees the list of sessions but once.
      session.execute("SELECT pg_catalog.pg_sleep(0.1), pg_catalog.pg_stat_clear_snapshot()");
    }
    var came = made(session).stream().filter(name -> !made.contains(name)).sorted().toList();
    if (!came.isEmpty()) {
      throw new EngineException(
          Reason.RESTORE_FAILED,
          "made since its safety point, and not in it, were "
              + String.join(", ", came.stream().limit(NAMED).toList())
              + (came.size() > NAMED ? " and others" : "")
              + ": stop what makes them, and come again.");
    }
  }

  private boolean isAlone(PostgresSession session) {
    return new TargetReader(session).sessions(task.database()) <= 1;
  }

  private void refuseIfLost() {
    try {
      locks.session().truth("SELECT true");
    } catch (EngineException e) {
      throw new EngineException(
          Reason.RESTORE_FAILED.failure(
              "its tables are not locked any more, and what was written meanwhile is in no safety"
                  + " point: "
                  + e.failure().message()),
          e);
    }
  }

  private @Nullable String withoutSafety(String why) {
    var failure = RestorePlanning.withoutSafety(task, why);
    if (failure.isPresent()) {
      throw new EngineException(failure.get());
    }
    context.warnings().add(RestorePlanning.keptNothing(why));
    return null;
  }

  @Override
  public void close() {
    locks.close();
  }
}
