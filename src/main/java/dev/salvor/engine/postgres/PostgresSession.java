package dev.salvor.engine.postgres;

import dev.salvor.engine.EngineException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session of one database, with everything set on which the text of a value, the rows that are
 * seen, or the life of a long transaction depend. Statements that say so begin and end
 * transactions; each other one is its own.
 *
 * <p>Not for use by several threads, but {@link #abort} may be called from any.
 */
public final class PostgresSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSession.class);

  /** How long a lock is waited for: whoever comes behind us waits as long. */
  public static final String LOCK_TIMEOUT = "5s";

  private static final int TRANSACTION_TIMEOUT_SINCE = 170_000;
  private static final int IDLE_SESSION_TIMEOUT_SINCE = 140_000;

  private final ServerConnection server;
  private final String database;
  private final Connection connection;
  private int process;

  /** Reads one row. */
  @FunctionalInterface
  public interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private PostgresSession(ServerConnection server, String database, Connection connection) {
    this.server = server;
    this.database = database;
    this.connection = connection;
  }

  /**
   * Opens one.
   *
   * @param application name under which the server lists it
   * @throws EngineException as {@link Connector#connect}
   */
  public static PostgresSession open(ServerConnection server, String database, String application) {
    Connection connection = null;
    try {
      connection = server.dataSource(database, application).getConnection();
      var session = new PostgresSession(server, database, connection);
      session.execute(settings(server.version()));
      session.process = (int) session.number("SELECT pg_catalog.pg_backend_pid()");
      return session;
    } catch (SQLException e) {
      throw SqlFailures.of(e, server.text() + ", database " + database);
    } catch (EngineException e) {
      closeQuietly(connection);
      throw e;
    }
  }

  /**
   * With row_security on, a role would count the rows that a policy lets it see: off, it is
   * refused. Time-outs that a role or database sets would end a transaction that waits for its
   * dump. The others fix how values read as text.
   */
  static String settings(int version) {
    var settings =
        new ArrayList<>(
            List.of(
                "SET statement_timeout = 0",
                "SET lock_timeout = '" + LOCK_TIMEOUT + "'",
                "SET idle_in_transaction_session_timeout = 0",
                "SET row_security = off",
                "SET search_path = ''",
                "SET DateStyle = 'ISO, YMD'",
                "SET IntervalStyle = postgres",
                // The one that a server knows without any file.
                "SET TimeZone = 'GMT'",
                "SET extra_float_digits = 1",
                "SET bytea_output = hex",
                "SET xmlbinary = base64",
                "SET lc_monetary = 'C'",
                "SET lc_numeric = 'C'",
                "SET standard_conforming_strings = on"));
    if (version >= IDLE_SESSION_TIMEOUT_SINCE) {
      settings.add("SET idle_session_timeout = 0");
    }
    if (version >= TRANSACTION_TIMEOUT_SINCE) {
      settings.add("SET transaction_timeout = 0");
    }
    return String.join("; ", settings);
  }

  public ServerConnection server() {
    return server;
  }

  public String database() {
    return database;
  }

  /** Number of the server's process. */
  public int process() {
    return process;
  }

  /**
   * Carries out one statement or several.
   *
   * @throws EngineException by the statement's SQLSTATE, see {@link SqlFailures}
   */
  public void execute(String sql) {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /** The same; gives the SQLSTATEs of what the server warned of, such as rights it did not give. */
  public Set<String> executeHeeding(String sql) {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
      var states = new HashSet<String>();
      for (var warning = statement.getWarnings();
          warning != null;
          warning = warning.getNextWarning()) {
        states.add(String.valueOf(warning.getSQLState()));
      }
      return states;
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /**
   * Begins to copy rows into a table; until it is ended the session takes nothing else.
   *
   * @param sql {@code COPY ... FROM stdin}
   */
  public CopyingIn copyIn(String sql) {
    try {
      var copying = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
      return new CopyingIn(copying, this::failed);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /**
   * Gives all rows of a query, each as COPY writes it, with the end of its line.
   *
   * @param sql {@code COPY ... TO stdout}
   */
  public void copyOut(String sql, Consumer<byte[]> rows) {
    try {
      var copying = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
      for (var row = copying.readFromCopy(); row != null; row = copying.readFromCopy()) {
        rows.accept(row);
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /** All rows of a query. */
  public <T> List<T> rows(String sql, RowReader<T> reader, Object... parameters) {
    try (var statement = connection.prepareStatement(sql)) {
      bind(statement, parameters);
      try (var rows = statement.executeQuery()) {
        var found = new ArrayList<T>();
        while (rows.next()) {
          found.add(reader.read(rows));
        }
        return found;
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /** The first row of a query. */
  public <T> Optional<T> first(String sql, RowReader<T> reader, Object... parameters) {
    return rows(sql, reader, parameters).stream().findFirst();
  }

  /** The first value of a query that has one. */
  public String text(String sql, Object... parameters) {
    return first(sql, row -> String.valueOf(row.getString(1)), parameters).orElseThrow();
  }

  public long number(String sql, Object... parameters) {
    return first(sql, row -> row.getLong(1), parameters).orElseThrow();
  }

  public boolean isSuperuser() {
    return truth("SELECT pg_catalog.current_setting('is_superuser') = 'on'");
  }

  public boolean truth(String sql, Object... parameters) {
    return first(sql, row -> row.getBoolean(1), parameters).orElseThrow();
  }

  private void bind(PreparedStatement statement, Object... parameters) throws SQLException {
    for (var i = 0; i < parameters.length; i++) {
      switch (parameters[i]) {
        case Collection<?> numbers ->
            statement.setArray(i + 1, connection.createArrayOf("oid", numbers.toArray()));
        case Long number -> statement.setLong(i + 1, number);
        case Integer number -> statement.setInt(i + 1, number);
        case Object other -> statement.setString(i + 1, other.toString());
      }
    }
  }

  /** A name as SQL takes it, always quoted. */
  public static String identifier(String name) {
    try {
      return Utils.escapeIdentifier(null, name).toString();
    } catch (SQLException e) {
      throw new IllegalArgumentException("a name holds a zero byte", e);
    }
  }

  /** A text as SQL takes it. */
  public static String literal(String text) {
    try {
      return "'" + Utils.escapeLiteral(null, text, true) + "'";
    } catch (SQLException e) {
      throw new IllegalArgumentException("a text holds a zero byte", e);
    }
  }

  private EngineException failed(SQLException e) {
    return SqlFailures.of(e, server.text() + ", database " + database);
  }

  /**
   * Ends it at once, from any thread: what runs fails. The server is asked to cancel it first, or
   * it would keep its locks until it has something to send.
   */
  public void abort() {
    try {
      connection.unwrap(PGConnection.class).cancelQuery();
    } catch (SQLException gone) {
      LOG.atDebug().setCause(gone).log("a query could not be cancelled");
    }
    try {
      connection.abort(Runnable::run);
    } catch (SQLException alreadyGone) {
      return;
    }
  }

  /** Its transaction, if one is open, is rolled back by the server. */
  @Override
  public void close() {
    closeQuietly(connection);
  }

  private static void closeQuietly(@Nullable Connection connection) {
    if (connection == null) {
      return;
    }
    try {
      connection.close();
    } catch (SQLException alreadyGone) {
      return;
    }
  }
}
