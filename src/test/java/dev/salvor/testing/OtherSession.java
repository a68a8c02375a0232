package dev.salvor.testing;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Someone else in the database, with a transaction open. */
public final class OtherSession implements AutoCloseable {
  private final PostgresServer server;
  private final String database;
  private final Connection connection;

  public OtherSession(PostgresServer server, String database) {
    this.server = server;
    this.database = database;
    this.connection = server.connect(database);
    try {
      connection.setAutoCommit(false);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Within the open transaction. */
  public void execute(String sql) {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** The same without waiting for it; returns when it waits for a lock. */
  public CompletableFuture<Void> executeAndWait(String sql) {
    var process = process();
    var running =
        CompletableFuture.runAsync(
            () -> {
              execute(sql);
              commit();
            });
    untilTrue("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = " + process + " AND NOT granted)");
    return running;
  }

  private String process() {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT pg_backend_pid()")) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Returns when someone waits for us. */
  public void untilSomeoneWaits() {
    untilTrue(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND "
            + process()
            + " = ANY (pg_blocking_pids(pid)))");
  }

  /** Asked in a session of its own. */
  public void untilTrue(String sql) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> server.query(database, sql).equals("t"));
  }

  public void commit() {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
