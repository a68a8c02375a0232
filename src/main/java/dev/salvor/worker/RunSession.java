package dev.salvor.worker;

import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.ServerConnection;

/** A session that is cut off when the run is ended: a query cannot be interrupted. */
record RunSession(PostgresSession session, Ending.Registration registration)
    implements AutoCloseable {
  private static final String APPLICATION = "salvor";

  static RunSession open(ServerConnection server, String database, WorkerContext context) {
    var session = PostgresSession.open(server, database, APPLICATION);
    return new RunSession(session, context.ending().register(session::abort));
  }

  @Override
  public void close() {
    registration.close();
    session.close();
  }
}
