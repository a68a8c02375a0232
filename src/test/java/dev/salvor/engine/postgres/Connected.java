package dev.salvor.engine.postgres;

import dev.salvor.api.SslMode;
import dev.salvor.testing.PostgresServer;
import java.util.List;

/** Sessions of test servers. */
public final class Connected {
  private Connected() {}

  static ServerConnection to(PostgresServer server) {
    return to(server, PostgresServer.SUPERUSER, PostgresServer.PASSWORD);
  }

  public static ServerConnection to(PostgresServer server, String user, String password) {
    return Connector.connect(
        new ConnectionSettings(
            List.of(new HostPort(server.host(), server.port())),
            user,
            new Password(password),
            "postgres",
            SslMode.PREFER,
            null,
            TargetSession.ANY));
  }

  static PostgresSession session(PostgresServer server, String database) {
    return PostgresSession.open(to(server), database, "salvor test");
  }
}
