package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.FactsMode;
import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Streams;
import dev.salvor.testing.OtherSession;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.RichDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportedSnapshotIT {
  private static final DumpSelection ALL = DumpSelection.everything();

  @TempDir Path folder;

  private static String thousandRows(PostgresServer server) {
    var database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (a int)",
        "CREATE TABLE u (a int)",
        "INSERT INTO t SELECT generate_series(1, 1000)");
    return database;
  }

  /** Someone holds t; what they did is committed as soon as we wait for it. */
  private static CompletableFuture<Void> commitWhenWeWait(OtherSession other) {
    return CompletableFuture.runAsync(
        () -> {
          other.untilSomeoneWaits();
          other.commit();
        });
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void anAlterThatWeWaitedForIsSeenWithItsRows(int major) {
    var server = PostgresServer.shared(major);
    var database = thousandRows(server);
    try (var other = new OtherSession(server, database);
        var session = Connected.session(server, database)) {
      other.execute("ALTER TABLE t ALTER a TYPE bigint");
      var committed = commitWhenWeWait(other);

      var snapshot = ExportedSnapshot.take(session, ALL);

      committed.join();
      assertThat(session.number("SELECT count(*) FROM public.t"))
          .as("a snapshot older than the rewrite sees no row")
          .isEqualTo(1000);
      assertThat(countIn(server, database, snapshot)).isEqualTo(1000);
    }
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void aTruncateThatWeWaitedForIsSeenWithWhatCameAfterIt(int major) {
    var server = PostgresServer.shared(major);
    var database = thousandRows(server);
    try (var other = new OtherSession(server, database);
        var session = Connected.session(server, database)) {
      other.execute("TRUNCATE t; INSERT INTO t VALUES (1), (2), (3)");
      var committed = commitWhenWeWait(other);

      var snapshot = ExportedSnapshot.take(session, ALL);

      committed.join();
      assertThat(countIn(server, database, snapshot))
          .as("a snapshot older than the truncate sees neither the old rows nor the new")
          .isEqualTo(3);
    }
  }

  /** By another session that imports it, as pg_dump does. */
  private static long countIn(PostgresServer server, String database, ExportedSnapshot snapshot) {
    try (var session = Connected.session(server, database)) {
      session.execute(
          "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '"
              + snapshot.id()
              + "'");
      return session.number("SELECT count(*) FROM public.t");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE v (a int)",
        "DROP TABLE u",
        "ALTER TABLE u RENAME TO v",
        "DROP TABLE u; CREATE VIEW u AS SELECT 1 AS a",
        "DROP TABLE u; CREATE TABLE u (b int)"
      })
  void tablesThatComeAndGoWhileWeWaitAreNoticed(String change) {
    var server = PostgresServer.shared(17);
    var database = thousandRows(server);
    try (var other = new OtherSession(server, database);
        var session = Connected.session(server, database)) {
      other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
      other.execute(change);
      var committed = commitWhenWeWait(other);

      var snapshot = ExportedSnapshot.take(session, ALL);

      committed.join();
      var there =
          server.query(
              database,
              "SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_class WHERE relkind = 'r' AND"
                  + " relnamespace = 'public'::regnamespace");
      assertThat(
              snapshot.tables().stream()
                  .map(table -> Long.toString(table.oid()))
                  .collect(Collectors.joining(" ")))
          .isEqualTo(there);
      assertThat(
              server.query(
                  database,
                  "SELECT string_agg(relation::text, ' ' ORDER BY relation) FROM pg_locks WHERE pid"
                      + " = "
                      + session.process()
                      + " AND mode = 'AccessShareLock' AND relation >= 16384"))
          .as("all that is there is locked")
          .isEqualTo(there);
    }
  }

  @Test
  void aLockThatIsNotHadInTimeIsDdlInProgressAndNothingIsLeftLocked() {
    var server = PostgresServer.shared(17);
    var database = thousandRows(server);
    try (var other = new OtherSession(server, database);
        var session = Connected.session(server, database)) {
      other.execute("LOCK TABLE u IN ACCESS EXCLUSIVE MODE");

      assertThatThrownBy(() -> ExportedSnapshot.take(session, ALL))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DDL_IN_PROGRESS));
      assertThat(locks(server, database, session)).isEqualTo("0");
    }
  }

  private static String locks(PostgresServer server, String database, PostgresSession session) {
    return server.query(
        database,
        "SELECT count(*) FROM pg_locks WHERE relation >= 16384 AND pid = " + session.process());
  }

  @Test
  void releasedItHoldsNothing() {
    var server = PostgresServer.shared(17);
    var database = thousandRows(server);
    try (var session = Connected.session(server, database)) {
      var snapshot = ExportedSnapshot.take(session, ALL);
      assertThat(locks(server, database, session)).isEqualTo("2");
      snapshot.release();
      assertThat(locks(server, database, session)).isEqualTo("0");
      assertThat(
              server.query(
                  database,
                  "SELECT state || (backend_xmin IS NULL) FROM pg_stat_activity WHERE pid = "
                      + session.process()))
          .as("vacuum goes on")
          .isEqualTo("idletrue");
    }
  }

  @Test
  void foreignTablesAreNeitherLockedNorRead() {
    var server = PostgresServer.shared(17);
    var database = server.createDatabase();
    server.execute(
        database,
        "CREATE EXTENSION file_fdw",
        "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
        "CREATE TABLE p (a int) PARTITION BY LIST (a)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
        "INSERT INTO p VALUES (1)",
        "CREATE FOREIGN TABLE p2 PARTITION OF p FOR VALUES IN (2) SERVER files OPTIONS (filename"
            + " '/nonexistent')");
    try (var session = Connected.session(server, database)) {
      var snapshot = ExportedSnapshot.take(session, ALL);

      var facts =
          new FactsReader(session, ALL, FactsLimits.unbounded(FactsMode.FULL), bytes -> {})
              .read(snapshot.tables(), snapshot.time());

      assertThat(facts.tables())
          .singleElement()
          .satisfies(table -> assertThat(table.name() + table.rows()).isEqualTo("p11"));
    }
  }

  @Test
  void whoWaitsIsSeenAndNamed() {
    var server = PostgresServer.shared(17);
    var database = thousandRows(server);
    try (var other = new OtherSession(server, database);
        var session = Connected.session(server, database)) {
      var snapshot = ExportedSnapshot.take(session, ALL);
      try (var watch = new LockWatch(Connected.session(server, database), snapshot, "the dump")) {
        assertThat(watch.waiting()).isEmpty();
        assertThat(watch.dumpHasItsLocks()).isFalse();

        var altered = other.executeAndWait("ALTER TABLE t ADD b int");

        assertThat(watch.waiting())
            .hasValueSatisfying(
                text -> assertThat(text).contains("boss", "AccessExclusiveLock", "public.t"));
        // One that has not begun, or has ended already, is not what someone waits for.
        assertThat(watch.dumpLacksLocks()).isFalse();
        try (var dump = PostgresSession.open(Connected.to(server), database, "the dump")) {
          assertThat(dump.process()).isPositive();
          assertThat(watch.dumpLacksLocks()).isTrue();
        }
        snapshot.release();
        altered.join();
        assertThat(watch.waiting()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void whatIsLockedIsWhatPgDumpTakes(int major) {
    var server = PostgresServer.shared(major);
    var database = RichDatabase.create(server);
    server.execute(
        database,
        "CREATE SCHEMA audit",
        "CREATE TABLE audit.log_2025 (a int)",
        "CREATE TABLE audit.\"Log.2026\" (a int)",
        "CREATE TABLE audit.\"log$x\" (a int)",
        "CREATE TEMPORARY TABLE mine (a int)");
    for (var selection :
        List.of(
            ALL,
            DumpSelection.of(new Selection(List.of("audit"), null), null),
            DumpSelection.of(new Selection(List.of("Audit", "\"Odd.Schema\""), null), null),
            DumpSelection.of(null, new Selection(List.of("audit", "Odd*"), null)),
            DumpSelection.of(null, new Selection(null, List.of("audit.log*", "*.orders_20??"))),
            DumpSelection.of(null, new Selection(null, List.of("audit.\"Log.2026\""))),
            DumpSelection.of(new Selection(null, List.of("*.(people|parent)", "audit.*")), null),
            DumpSelection.of(
                new Selection(null, List.of("*.*2*", "public.child")),
                new Selection(List.of("audit"), List.of("public.orders_2025"))),
            DumpSelection.of(
                new Selection(List.of("a*"), null), new Selection(null, List.of("*.log$x"))))) {
      try (var session = Connected.session(server, database)) {
        var snapshot = ExportedSnapshot.take(session, selection);

        var listed =
            new TreeSet<>(
                snapshot.tables().stream()
                    .filter(SourceTable::comparable)
                    .map(table -> table.schema() + " " + table.name())
                    .toList());

        assertThat(listed)
            .as(selection.arguments().toString())
            .isNotEmpty()
            .isEqualTo(dumped(server, database, selection, snapshot));
      }
    }
  }

  /** The tables whose rows are in a dump. */
  private Set<String> dumped(
      PostgresServer server, String database, DumpSelection selection, ExportedSnapshot snapshot) {
    var connection = Connected.to(server);
    var passfile = PassFile.write(folder, "passfile", connection.password());
    var processes = new ProcessRunner(System.getenv(), Deadline.after(Duration.ofSeconds(60)));
    var archive = folder.resolve("dump");
    var dump =
        processes.run(
            DumpCommands.stream(server.program("pg_dump"), selection, snapshot.id())
                .withEnvironment(connection.environment(database, passfile, "test")),
            Streams.to(stream -> Files.copy(stream, archive, StandardCopyOption.REPLACE_EXISTING)));
    assertThat(dump.exitCode()).as(dump.errorTail()).isZero();
    var list =
        processes.run(Command.of(server.program("pg_restore"), "--list", archive.toString()));
    var tables = new TreeSet<String>();
    list.output()
        .lines()
        .filter(line -> line.contains(" TABLE DATA "))
        .map(line -> line.replaceFirst(".* TABLE DATA ", "").replaceFirst(" [^ ]+$", ""))
        .forEach(tables::add);
    return tables;
  }
}
