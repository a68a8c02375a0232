package dev.salvor.engine.postgres.restore;

import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import java.util.List;

/** Statements that may hold secrets: carried out all or none, and kept out of the server's log. */
public final class UnloggedTransaction {
  private UnloggedTransaction() {}

  /**
   * Carries them out. Only a superuser may say what a server logs: another's are logged where the
   * server logs statements.
   *
   * @throws EngineException the first that failed; the statement is not shown
   */
  public static void carryOut(PostgresSession session, List<String> statements) {
    session.execute("BEGIN");
    try {
      if (session.isSuperuser()) {
        session.execute(
            "SET LOCAL log_statement = 'none'; SET LOCAL log_min_error_statement ="
                + " 'panic'; SET LOCAL log_min_duration_statement = -1");
      }
      statements.forEach(session::execute);
      session.execute("COMMIT");
    } catch (EngineException e) {
      session.execute("ROLLBACK");
      throw e;
    }
  }
}
