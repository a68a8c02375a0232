package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.PostgresSource.AllDatabases;
import dev.salvor.api.PostgresSource.Databases;
import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.RichDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What is refused before anything is locked or dumped. */
class PreflightIT {
  private static String role(PostgresServer server, String database, String... grants) {
    var role = "role_" + database;
    server.execute("postgres", "CREATE ROLE " + role + " LOGIN PASSWORD 'for-backups'");
    for (var grant : grants) {
      server.execute(database, grant.formatted(role));
    }
    return role;
  }

  private static String small(PostgresServer server) {
    var database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (id serial, a text)",
        "INSERT INTO t (a) SELECT 'row ' || i FROM generate_series(1, 1000) i");
    return database;
  }

  private static Preflight ask(PostgresServer server, String role, String database) {
    try (var session =
        PostgresSession.open(Connected.to(server, role, "for-backups"), database, "test")) {
      return Preflight.of(session, DumpSelection.everything());
    }
  }

  private static void refuses(
      PostgresServer server, String role, String database, Reason reason, String... said) {
    assertThatThrownBy(() -> ask(server, role, database))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.failure().message()).contains(said);
            });
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void everyRightThatPgDumpNeedsIsAskedFor(int major) {
    var server = PostgresServer.shared(major);
    var database = small(server);
    var role = role(server, database);
    var lacks = Reason.INSUFFICIENT_PRIVILEGE;

    refuses(server, role, database, lacks, "SELECT on table public.t", "pg_read_all_data");
    server.execute(database, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + role);
    refuses(server, role, database, lacks, "SELECT on sequence public.t_id_seq");
    server.execute(
        database,
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO " + role,
        "CREATE SCHEMA hidden",
        "CREATE TABLE hidden.h ()",
        "GRANT SELECT ON hidden.h TO " + role);
    refuses(server, role, database, lacks, "USAGE on schema hidden");
    server.execute(database, "GRANT USAGE ON SCHEMA hidden TO " + role);
    assertThat(ask(server, role, database)).isEqualTo(new Preflight(2, true, List.of()));
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void rowsThatAPolicyHidesAreRefused(int major) {
    var server = PostgresServer.shared(major);
    var database = small(server);
    var role = role(server, database, "GRANT pg_read_all_data TO %s");
    server.execute(
        database,
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY few ON t USING (id <= 100)");

    refuses(server, role, database, Reason.ROW_SECURITY, "public.t", role);
    server.execute("postgres", "ALTER ROLE " + role + " BYPASSRLS");
    assertThat(ask(server, role, database).tables()).isOne();
    server.execute("postgres", "ALTER ROLE " + role + " NOBYPASSRLS");
    server.execute(database, "ALTER TABLE t OWNER TO " + role);
    assertThat(ask(server, role, database).tables()).isOne();
    server.execute(database, "ALTER TABLE t FORCE ROW LEVEL SECURITY");
    refuses(server, role, database, Reason.ROW_SECURITY, "public.t");
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void largeObjectsThatTheRoleMayNotReadAreRefused(int major) {
    var server = PostgresServer.shared(major);
    var database = small(server);
    server.execute(
        database, "SELECT lo_from_bytea(4711, '\\xcafe')", "SELECT lo_from_bytea(4712, '\\xcafe')");
    var role = role(server, database, "GRANT pg_read_all_data TO %s");

    refuses(server, role, database, Reason.INSUFFICIENT_PRIVILEGE, "2 large objects");
    server.execute(database, "GRANT SELECT ON LARGE OBJECT 4711 TO " + role);
    refuses(server, role, database, Reason.INSUFFICIENT_PRIVILEGE, "1 large objects");
    server.execute(database, "ALTER LARGE OBJECT 4712 OWNER TO " + role);
    assertThat(ask(server, role, database).tables()).isOne();
  }

  @Test
  void aPatternMustMatch() {
    var server = PostgresServer.shared(17);
    var database = RichDatabase.create(server);
    try (var session = Connected.session(server, database)) {
      for (var selection :
          List.of(
              DumpSelection.of(new Selection(null, List.of("public.people", "nowhere.*")), null),
              DumpSelection.of(new Selection(List.of("public", "nowhere*"), null), null))) {
        assertThatThrownBy(() -> Preflight.of(session, selection))
            .hasMessageContaining("InvalidSpec")
            .hasMessageContaining("nowhere");
      }
      assertThat(
              Preflight.of(session, DumpSelection.of(null, new Selection(List.of("nowhere"), null)))
                  .tables())
          .isEqualTo(10);
    }
  }

  @Test
  void whetherThereIsARowIsLookedAt() {
    var server = PostgresServer.shared(17);
    var database = server.createDatabase();
    try (var session = Connected.session(server, database)) {
      var everything = DumpSelection.everything();
      assertThat(Preflight.of(session, everything)).isEqualTo(new Preflight(0, false, List.of()));
      server.execute(database, "CREATE TABLE a (x int)", "CREATE TABLE b (x int)");
      assertThat(Preflight.of(session, everything)).isEqualTo(new Preflight(2, false, List.of()));
      server.execute(database, "INSERT INTO b VALUES (1)");
      assertThat(Preflight.of(session, everything)).isEqualTo(new Preflight(2, true, List.of()));
    }
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void whatAPlainRoleMayNotAskIsSaid(int major) {
    var server = PostgresServer.shared(major);
    var database = server.createDatabase();
    var role = role(server, database);
    try (var session =
        PostgresSession.open(Connected.to(server, role, "for-backups"), database, "test")) {
      var about = SourceServer.read(session);
      assertThat(about.bootstrapUser()).isEqualTo(PostgresServer.SUPERUSER);
      assertThat(about.readsPasswords()).isFalse();
      assertThat(about.lineage())
          .isEqualTo(server.query("postgres", "SELECT system_identifier FROM pg_control_system()"));
      assertThat(about.warnings()).singleElement().asString().contains("shared_preload_libraries");
    }
  }

  @Test
  void databasesAreChosen() {
    try (var server = PostgresServer.start(17)) {
      server.execute(
          "postgres",
          "CREATE DATABASE shop",
          "CREATE DATABASE shop__salvor_20261122",
          "CREATE DATABASE mould IS_TEMPLATE true",
          "CREATE DATABASE closed ALLOW_CONNECTIONS false",
          "CREATE ROLE guest LOGIN PASSWORD 'for-backups'",
          "REVOKE CONNECT ON DATABASE shop FROM PUBLIC");
      try (var session = Connected.session(server, "postgres")) {
        assertThat(DatabaseList.read(session, all(List.of()))).containsExactly("postgres", "shop");
        assertThat(DatabaseList.read(session, all(List.of("postgres")))).containsExactly("shop");
        assertThat(DatabaseList.read(session, named("shop", "mould", "shop")))
            .containsExactly("shop", "mould");
        for (var name : List.of("closed", "absent", "SHOP")) {
          assertThatThrownBy(() -> DatabaseList.read(session, named(name)))
              .hasMessageContaining("DatabaseMissing")
              .hasMessageContaining(name);
        }
      }
      try (var session =
          PostgresSession.open(Connected.to(server, "guest", "for-backups"), "postgres", "test")) {
        assertThatThrownBy(() -> DatabaseList.read(session, all(List.of())))
            .hasMessageContaining("InsufficientPrivilege")
            .hasMessageContaining("shop");
        assertThat(DatabaseList.read(session, all(List.of("shop")))).containsExactly("postgres");
      }
    }
  }

  private static Databases all(List<String> except) {
    return new Databases(null, new AllDatabases(except));
  }

  private static Databases named(String... names) {
    return new Databases(List.of(names), null);
  }
}
