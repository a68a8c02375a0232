package dev.salvor.engine.postgres.restore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Gives a restored database the name of the one that it replaces, in one transaction.
 *
 * <p>{@code ALTER DATABASE ... RENAME} first takes a lock that every new connection to that
 * database waits for, and then waits up to five seconds for the sessions that are there. So the
 * lock keeps new ones out while a second session ends the old ones, and nothing is written down
 * before the commit: killed at any instant, the old database is there under its name and lets
 * people in. To set {@code ALLOW_CONNECTIONS false} beforehand, as SAFETY 12 has it, would outlive
 * a kill. After the switch the old one lets nobody in, so that nobody goes on writing where it is
 * lost.
 */
public final class DatabaseSwitch {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final PostgresSession renaming;
  private final PostgresSession ending;

  /**
   * By two sessions of one server, in neither of the databases.
   *
   * @param ending ends other sessions while the first one waits for that
   */
  public DatabaseSwitch(PostgresSession renaming, PostgresSession ending) {
    this.renaming = renaming;
    this.ending = ending;
  }

  /**
   * Replaces {@code target} by {@code side}; it is then called {@code kept} and lets nobody in. All
   * or nothing.
   *
   * @throws EngineException RESTORE_FAILED, and no name is changed, if someone cannot be sent away
   */
  public void replace(String side, String target, String kept) {
    inOneTransaction(
        List.of(side, target),
        List.of(
            rename(target, kept),
            "ALTER DATABASE " + PostgresSession.identifier(kept) + " ALLOW_CONNECTIONS false",
            rename(side, target),
            "ALTER DATABASE " + PostgresSession.identifier(target) + " ALLOW_CONNECTIONS true"));
  }

  /** Gives {@code side} a name that is free. All or nothing. */
  public void rename(List<String> others, String side, String target) {
    var all = new ArrayList<>(others);
    all.add(side);
    inOneTransaction(all, List.of(rename(side, target)));
  }

  /** Gives a kept database its name back, where that is free, and lets people in. */
  public void restoreName(String kept, String target) {
    inOneTransaction(
        List.of(kept),
        List.of(
            rename(kept, target),
            "ALTER DATABASE " + PostgresSession.identifier(target) + " ALLOW_CONNECTIONS true"));
  }

  private void inOneTransaction(Collection<String> databases, List<String> statements) {
    var done = new AtomicBoolean();
    var thread =
        Thread.ofPlatform().daemon().name("end-sessions").start(() -> endSessions(databases, done));
    try {
      renaming.execute(
          "BEGIN; SET LOCAL lock_timeout = '30s'; SET LOCAL statement_timeout = '2min'");
      statements.forEach(renaming::execute);
    } catch (EngineException e) {
      rollBack();
      throw failed("the databases could not be renamed, and bear the names that they bore", e);
    } finally {
      done.set(true);
      join(thread);
    }
    try {
      renaming.execute("COMMIT");
    } catch (EngineException e) {
      throw failed(
          "whether " + String.join(" and ", databases) + " were renamed is not known, look", e);
    }
  }

  private static EngineException failed(String state, EngineException e) {
    return new EngineException(
        Reason.RESTORE_FAILED.failure(state + ": " + e.failure().message(), e.failure().logTail()),
        e);
  }

  private void rollBack() {
    try {
      renaming.execute("ROLLBACK");
    } catch (EngineException gone) {
      // The session is gone, and its transaction with it.
      renaming.close();
    }
  }

  private void endSessions(Collection<String> databases, AtomicBoolean done) {
    while (!done.get()) {
      try {
        endSessions(ending, databases);
      } catch (EngineException notAllowed) {
        // The rename then says who is still there.
        return;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Ends whoever is connected to these databases now. */
  public static void endSessions(PostgresSession session, Collection<String> databases) {
    var names = databases.stream().map(PostgresSession::literal).collect(Collectors.joining(", "));
    session.rows(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname"
            + " IN ("
            + names
            + ") AND pid <> pg_catalog.pg_backend_pid()",
        row -> row.getBoolean(1));
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String rename(String from, String to) {
    return "ALTER DATABASE "
        + PostgresSession.identifier(from)
        + " RENAME TO "
        + PostgresSession.identifier(to);
  }
}
