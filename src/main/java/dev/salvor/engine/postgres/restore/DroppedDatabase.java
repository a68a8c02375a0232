package dev.salvor.engine.postgres.restore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import java.util.List;
import java.util.function.Function;

/**
 * Drops a database that nobody needs any more. What would stop it is taken away first: sessions,
 * prepared transactions, and subscriptions, without a word to their publishers, whose slots may by
 * now serve another database.
 */
public final class DroppedDatabase {
  private final PostgresSession session;
  private final Function<String, PostgresSession> open;

  /**
   * By a session of another database of the server.
   *
   * @param open a session of a database by name; closed here
   */
  public DroppedDatabase(PostgresSession session, Function<String, PostgresSession> open) {
    this.session = session;
    this.open = open;
  }

  /** Drops it. Idempotent: one that is not there is no error. */
  public void drop(String database) {
    var reader = new TargetReader(session);
    if (reader.database(database).isEmpty()) {
      return;
    }
    var subscriptions = reader.subscriptions(database);
    var prepared = reader.preparedTransactions(database);
    if (!subscriptions.isEmpty() || !prepared.isEmpty()) {
      allowConnections(database);
      try (var inside = open.apply(database)) {
        rollBack(inside, prepared);
        detach(inside, subscriptions);
      }
    }
    session.execute(
        "DROP DATABASE IF EXISTS " + PostgresSession.identifier(database) + " WITH (FORCE)");
  }

  /**
   * Drops one that nobody is in, and lets nobody in meanwhile.
   *
   * @return whether it was dropped by this; otherwise it is not there: renamed meanwhile, perhaps
   * @throws EngineException ENGINE_FAILED if somebody is in it: PostgreSQL refuses it then
   */
  public boolean dropUnused(String database) {
    var reader = new TargetReader(session);
    var subscriptions = reader.subscriptions(database);
    if (!subscriptions.isEmpty()) {
      allowConnections(database);
      try (var inside = open.apply(database)) {
        detach(inside, subscriptions);
      } finally {
        shut(database);
      }
    }
    try {
      session.execute("DROP DATABASE " + PostgresSession.identifier(database));
      return true;
    } catch (EngineException e) {
      if (e.reason() == Reason.DATABASE_MISSING) {
        return false;
      }
      throw e;
    }
  }

  /** In doubt for good: their coordinator was told by a person that they are lost. */
  public static void rollBack(PostgresSession inside, List<String> prepared) {
    prepared.forEach(gid -> inside.execute("ROLLBACK PREPARED " + PostgresSession.literal(gid)));
  }

  private static void detach(PostgresSession inside, List<String> subscriptions) {
    for (var name : subscriptions) {
      var quoted = PostgresSession.identifier(name);
      inside.execute("ALTER SUBSCRIPTION " + quoted + " DISABLE");
      inside.execute("ALTER SUBSCRIPTION " + quoted + " SET (slot_name = NONE)");
      inside.execute("DROP SUBSCRIPTION " + quoted);
    }
  }

  private void shut(String database) {
    session.execute(
        "ALTER DATABASE " + PostgresSession.identifier(database) + " ALLOW_CONNECTIONS false");
  }

  private void allowConnections(String database) {
    session.execute(
        "ALTER DATABASE " + PostgresSession.identifier(database) + " ALLOW_CONNECTIONS true");
  }
}
