package dev.salvor.engine.postgres;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Meets a server for the first time: resolves its address once, takes the first of several that
 * accepts and is of the wanted kind, and refuses a transaction pooler before anything is set in a
 * session that others would get.
 */
public final class Connector {
  private static final String APPLICATION = "salvor";

  private Connector() {}

  /**
   * The server to work with from now on. Idempotent; nothing is left behind.
   *
   * @throws EngineException SOURCE_UNREACHABLE, AUTHENTICATION_FAILED, TLS_FAILED,
   *     DATABASE_MISSING, BEHIND_POOLER
   */
  public static ServerConnection connect(ConnectionSettings settings) {
    var refused = new ArrayList<EngineException>();
    if (settings.targetSession() == TargetSession.PREFER_STANDBY) {
      var standby = first(settings, TargetSession.STANDBY, refused);
      return standby == null ? connect(settings, TargetSession.ANY) : standby;
    }
    return connect(settings, settings.targetSession());
  }

  private static ServerConnection connect(ConnectionSettings settings, TargetSession wanted) {
    var refused = new ArrayList<EngineException>();
    var found = first(settings, wanted, refused);
    if (found != null) {
      return found;
    }
    var last = refused.getLast();
    refused.stream().filter(e -> e != last).forEach(last::addSuppressed);
    throw last;
  }

  private static @Nullable ServerConnection first(
      ConnectionSettings settings, TargetSession wanted, List<EngineException> refused) {
    for (var host : settings.hosts()) {
      for (var candidate : candidates(settings, host, refused)) {
        try {
          return meet(candidate, wanted);
        } catch (EngineException e) {
          refused.add(e);
          // As libpq: who answers and refuses us ends the search.
          if (e.reason() != Reason.SOURCE_UNREACHABLE) {
            throw e;
          }
        }
      }
    }
    return null;
  }

  private static List<ServerConnection> candidates(
      ConnectionSettings settings, HostPort host, List<EngineException> refused) {
    if (host.isSocket()) {
      return List.of(
          ServerConnection.of(
              settings, host, new ServerAddress.Socket(Path.of(host.host()), host.port())));
    }
    try {
      var found = new ArrayList<ServerConnection>();
      for (var address : InetAddress.getAllByName(host.host())) {
        found.add(
            ServerConnection.of(
                settings, host, new ServerAddress.Tcp(host.host(), address, host.port())));
      }
      return found;
    } catch (UnknownHostException e) {
      refused.add(
          new EngineException(
              Reason.SOURCE_UNREACHABLE, "the host name " + host.host() + " is not known", e));
      return List.of();
    }
  }

  private static ServerConnection meet(ServerConnection candidate, TargetSession wanted) {
    var source = candidate.dataSource(candidate.database(), APPLICATION);
    try (var connection = source.getConnection()) {
      refusePooler(candidate, connection, source::getConnection);
      var version = Integer.parseInt(value(connection, "SHOW server_version_num"));
      var standby = value(connection, "SELECT pg_is_in_recovery()").equals("t");
      var readOnly = standby || value(connection, "SHOW transaction_read_only").equals("on");
      if (!wanted.accepts(standby, readOnly)) {
        throw new EngineException(
            Reason.SOURCE_UNREACHABLE,
            candidate.address().text()
                + " is "
                + (standby ? "a standby" : "a primary")
                + ", and target_session_attrs asks for another");
      }
      return candidate.met(version, standby);
    } catch (SQLException e) {
      throw SqlFailures.of(e, candidate.text() + ", database " + candidate.database());
    }
  }

  @FunctionalInterface
  private interface Opening {
    Connection open() throws SQLException;
  }

  /**
   * Two open sessions of a server are two processes, each the same from one statement to the next.
   * A transaction pooler gives the second session, once it is inside a transaction, the process
   * that the first one has just left, or answers the first one's next statement by another.
   */
  private static void refusePooler(ServerConnection candidate, Connection first, Opening opening)
      throws SQLException {
    var query = "SELECT pg_backend_pid()";
    var before = value(first, query);
    try (var second = opening.open()) {
      second.setAutoCommit(false);
      var other = value(second, query);
      var after = value(first, query);
      second.rollback();
      if (!before.equals(after) || other.equals(before)) {
        throw new EngineException(
            Reason.BEHIND_POOLER,
            candidate.address().text()
                + " is a transaction pooler: two statements of one session were answered by"
                + " different server processes");
      }
    }
  }

  private static String value(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return String.valueOf(rows.getString(1));
    }
  }
}
