package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.salvor.api.Reason;
import dev.salvor.api.SslMode;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.TransactionPooler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ConnectorIT {
  @TempDir Path folder;

  private static ConnectionSettings settings(
      List<HostPort> hosts, SslMode mode, @Nullable Path authority) {
    return new ConnectionSettings(
        hosts,
        PostgresServer.SUPERUSER,
        new Password(PostgresServer.PASSWORD),
        "postgres",
        mode,
        authority,
        TargetSession.ANY);
  }

  private static ConnectionSettings tcp(PostgresServer server) {
    return settings(List.of(new HostPort(server.host(), server.port())), SslMode.PREFER, null);
  }

  private static void assertRefused(ConnectionSettings settings, Reason reason) {
    assertThatThrownBy(() -> Connector.connect(settings))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .message()
        .doesNotContain(PostgresServer.PASSWORD);
  }

  private String bySqlProgram(PostgresServer server, ServerConnection connection, String sql) {
    var passfile = PassFile.write(folder, "passfile", connection.password());
    var completed =
        new ProcessRunner(System.getenv(), Deadline.after(Duration.ofSeconds(20)))
            .run(
                Command.of(server.program("psql"), "-wXAtc", sql)
                    .withEnvironment(connection.environment("postgres", passfile, "salvor test")));
    return completed.succeeded() ? completed.output().strip() : completed.errorTail();
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void driverAndProgramsMeetTheServerByAddress(int major) {
    var server = PostgresServer.shared(major);

    var connection = Connector.connect(tcp(server));

    assertThat(connection.major()).isEqualTo(major);
    assertThat(connection.standby()).isFalse();
    assertThat(connection.address().text()).isEqualTo("127.0.0.1:" + server.port());
    try (var session = PostgresSession.open(connection, "postgres", "salvor test")) {
      assertThat(session.text("SELECT current_user")).isEqualTo(PostgresServer.SUPERUSER);
      assertThat(session.text("SHOW row_security")).isEqualTo("off");
      assertThat(session.text("SHOW lock_timeout")).isEqualTo("5s");
    }
    assertThat(bySqlProgram(server, connection, "SELECT current_user || inet_server_port()"))
        .isEqualTo(PostgresServer.SUPERUSER + server.port());
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void driverAndProgramsMeetTheServerByItsSocket(int major) {
    var server = PostgresServer.shared(major);

    var connection =
        Connector.connect(
            ConnectionSettings.overSocket(
                server.socketDirectory(), server.port(), PostgresServer.SUPERUSER, "postgres"));

    try (var session = PostgresSession.open(connection, "postgres", "salvor test")) {
      assertThat(session.rows("SELECT inet_server_addr()", row -> String.valueOf(row.getString(1))))
          .containsExactly("null");
      assertThat(session.number("SELECT sum(length(repeat('x', 1000))) FROM generate_series(1, 9)"))
          .isEqualTo(9000);
    }
    assertThat(bySqlProgram(server, connection, "SELECT inet_server_addr() IS NULL"))
        .isEqualTo("t");
  }

  @Test
  void timeoutsThatTheRoleSetsDoNotHold() {
    var server = PostgresServer.shared(17);
    var database = server.createDatabase();
    for (var setting :
        List.of(
            "statement_timeout = 1000",
            "idle_in_transaction_session_timeout = 1000",
            "idle_session_timeout = 1000",
            "transaction_timeout = 1000",
            "row_security = on",
            "search_path = public")) {
      server.execute("postgres", "ALTER DATABASE " + database + " SET " + setting);
    }

    try (var session = PostgresSession.open(Connector.connect(tcp(server)), database, "test")) {
      for (var name :
          List.of(
              "statement_timeout",
              "idle_in_transaction_session_timeout",
              "idle_session_timeout",
              "transaction_timeout")) {
        assertThat(session.text("SHOW " + name)).as(name).isEqualTo("0");
      }
      assertThat(session.text("SHOW row_security")).isEqualTo("off");
      assertThat(session.text("SHOW search_path")).isEqualTo("\"\"");
    }
  }

  @Test
  void theFirstHostThatAnswersIsTakenAndKept() {
    var server = PostgresServer.shared(17);
    var dead = new HostPort(folder.toString(), 1);

    var connection =
        Connector.connect(
            settings(
                List.of(dead, new HostPort(server.host(), server.port())), SslMode.PREFER, null));

    assertThat(connection.address().text()).isEqualTo("127.0.0.1:" + server.port());
  }

  @Test
  void aServerThatRefusesUsEndsTheSearch() {
    var right = PostgresServer.shared(17);
    var other = PostgresServer.shared(15);
    other.execute("postgres", "CREATE ROLE only15 LOGIN PASSWORD 'x'");

    var settings =
        new ConnectionSettings(
            List.of(
                new HostPort(right.host(), right.port()), new HostPort(other.host(), other.port())),
            "only15",
            new Password("x"),
            "postgres",
            SslMode.PREFER,
            null,
            TargetSession.ANY);

    assertRefused(settings, Reason.AUTHENTICATION_FAILED);
  }

  @Test
  void whatIsWrongIsNamed() {
    var server = PostgresServer.shared(17);
    var good = tcp(server);
    var host = good.hosts();

    assertRefused(
        new ConnectionSettings(
            host, "boss", new Password("no"), "postgres", SslMode.PREFER, null, TargetSession.ANY),
        Reason.AUTHENTICATION_FAILED);
    assertRefused(
        new ConnectionSettings(
            host, "boss", null, "postgres", SslMode.PREFER, null, TargetSession.ANY),
        Reason.AUTHENTICATION_FAILED);
    assertRefused(
        new ConnectionSettings(
            host, "boss", good.password(), "absent", SslMode.PREFER, null, TargetSession.ANY),
        Reason.DATABASE_MISSING);
    assertRefused(settings(host, SslMode.REQUIRE, null), Reason.TLS_FAILED);
    assertRefused(
        settings(List.of(new HostPort("127.0.0.1", 1)), SslMode.PREFER, null),
        Reason.SOURCE_UNREACHABLE);
    assertRefused(
        settings(List.of(new HostPort("no-such-host.invalid", 1)), SslMode.PREFER, null),
        Reason.SOURCE_UNREACHABLE);
    assertRefused(
        settings(List.of(new HostPort(folder.toString(), 1)), SslMode.PREFER, null),
        Reason.SOURCE_UNREACHABLE);
  }

  @Test
  void tlsIsSpokenAndVerified() throws IOException {
    try (var server = PostgresServer.startWithTls(17);
        var other = PostgresServer.startWithTls(17)) {
      var byName = List.of(new HostPort("localhost", server.port()));
      var byAddress = List.of(new HostPort("127.0.0.1", server.port()));
      var query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
      for (var mode :
          List.of(SslMode.PREFER, SslMode.REQUIRE, SslMode.VERIFY_CA, SslMode.VERIFY_FULL)) {
        var verify = mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
        var connection =
            Connector.connect(settings(byName, mode, verify ? server.certificate() : null));
        try (var session = PostgresSession.open(connection, "postgres", "test")) {
          assertThat(session.truth(query)).as("driver, " + mode).isTrue();
        }
        assertThat(bySqlProgram(server, connection, query)).as("libpq, " + mode).isEqualTo("t");
      }
      assertRefused(settings(byName, SslMode.VERIFY_CA, other.certificate()), Reason.TLS_FAILED);
      assertRefused(
          settings(byAddress, SslMode.VERIFY_FULL, server.certificate()), Reason.TLS_FAILED);
      assertThat(Connector.connect(settings(byAddress, SslMode.VERIFY_CA, server.certificate())))
          .isNotNull();
      var nonsense = Files.writeString(folder.resolve("nonsense"), "no certificate");
      assertRefused(settings(byName, SslMode.VERIFY_FULL, nonsense), Reason.TLS_FAILED);
    }
  }

  @Test
  void aTransactionPoolerIsRefusedBeforeAnythingIsSet() {
    var server = PostgresServer.shared(17);
    try (var pooler = TransactionPooler.before(server)) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(30),
          () ->
              assertRefused(
                  settings(
                      List.of(new HostPort("127.0.0.1", pooler.port())), SslMode.DISABLE, null),
                  Reason.BEHIND_POOLER));
      assertThat(pooler.statements()).noneMatch(sql -> sql.contains("row_security"));
    }
  }

  @Test
  void oneOfSeveralServersIsChosenByItsKind() {
    try (var primary = PostgresServer.start(17);
        var standby = primary.startStandby()) {
      var hosts =
          List.of(
              new HostPort(primary.host(), primary.port()),
              new HostPort(standby.host(), standby.port()));
      var ports =
          Map.of(
              TargetSession.ANY, primary.port(),
              TargetSession.PRIMARY, primary.port(),
              TargetSession.READ_WRITE, primary.port(),
              TargetSession.STANDBY, standby.port(),
              TargetSession.READ_ONLY, standby.port(),
              TargetSession.PREFER_STANDBY, standby.port());
      ports.forEach(
          (target, port) -> {
            var found =
                Connector.connect(
                    new ConnectionSettings(
                        hosts,
                        "boss",
                        new Password(PostgresServer.PASSWORD),
                        "postgres",
                        SslMode.PREFER,
                        null,
                        target));
            assertThat(found.address().port()).as(target.name()).isEqualTo(port);
            assertThat(found.standby()).isEqualTo(port == standby.port());
          });
    }
  }
}
