package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.engine.postgres.Connected;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DroppedDatabase;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.task.DatabaseProperties;
import dev.salvor.task.Step;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Restores over a database that is there: what was there is kept, or nothing is touched. */
@NullUnmarked
class RestoreInPlaceIT extends RestoreScene {
  private static final InstantSource YESTERDAY =
      InstantSource.offset(InstantSource.system(), Duration.ofDays(-1));
  private static final InstantSource TOMORROW =
      InstantSource.offset(InstantSource.system(), Duration.ofDays(1));

  /** The same database, as if it had been kept until some hours ago. */
  private String over(String kept) {
    var name =
        new RestoreNames(source, restores.request).kept(Instant.now().minus(Duration.ofHours(2)));
    server.execute("postgres", "ALTER DATABASE %s RENAME TO %s".formatted(kept, name));
    return name;
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void replacesByRenameKeepsTheOldOneAndUndoesIt(int major) throws SQLException {
    given(major, DumpFormat.STREAM);
    server.execute(
        source,
        "DELETE FROM secrets",
        "COMMENT ON DATABASE " + source + " IS 'its own now'",
        "ALTER DATABASE " + source + " CONNECTION LIMIT 7");
    var properties = backups.facts(source).properties();
    restores.replacing();
    String kept;
    try (var application = server.connect(source);
        var statement = application.createStatement()) {
      statement.execute("BEGIN");
      statement.execute("INSERT INTO secrets VALUES ('t', 'never committed')");
      kept = restores.succeed(point, source).keptDatabase();
      assertThatThrownBy(() -> statement.execute("COMMIT")).isInstanceOf(SQLException.class);
    }

    assertThat(server.query(source, "SELECT count(*) FROM secrets")).isEqualTo("100");
    // What belongs to the place stays as it was there: it is not set back.
    assertThat(backups.facts(source).properties()).isEqualTo(properties);
    assertThat(restores.marked()).containsExactly(kept);
    assertThatThrownBy(() -> server.connect(kept)).hasMessageContaining(kept);

    // The report was lost: the same request asks once more.
    assertThat(restores.succeed(point, source).keptDatabase()).isEqualTo(kept);

    var undo = new RestoreWorld(backups.stores, server).replacing();
    var undone = undo.undo(kept, source);
    assertThat(server.query(source, "SELECT count(*) FROM secrets")).isEqualTo("0");
    assertThat(undo.marked()).containsExactly(undone.keptDatabase());
    assertThat(undo.undo(kept, source).keptDatabase()).isEqualTo(undone.keptDatabase());
  }

  @Test
  void anApplicationsRoleReplacesItsOwnDatabase() {
    server = PostgresServer.shared(MAJOR);
    source = "app" + System.nanoTime();
    server.execute(
        "postgres",
        "CREATE ROLE %s LOGIN CREATEDB PASSWORD 'of-tests'".formatted(source),
        "CREATE DATABASE %1$s OWNER %1$s".formatted(source));
    server.execute(
        source,
        "CREATE TABLE orders AS SELECT generate_series(1, 42) AS id",
        "ALTER TABLE orders OWNER TO " + source);
    backups = new BackupWorld(folder, server, source);
    backups.user = source;
    backups.password = "of-tests";
    point = backups.succeed().recoveryPoint();
    restores = new RestoreWorld(backups.stores, server).replacing();
    restores.uri =
        "postgresql://%s:of-tests@%s:%d/postgres".formatted(source, server.host(), server.port());
    server.execute(source, "DROP TABLE orders");

    restores.succeed(point, source);

    assertThat(server.query(source, "SELECT count(*) FROM orders")).isEqualTo("42");
  }

  @Test
  void touchesNothingThatItWasNotToldToReplace() {
    given(MAJOR, DumpFormat.STREAM);
    assertFailed(Reason.TARGET_EXISTS, "is not empty", Optional.empty());

    restores.replacing();
    restores.notAfter = Instant.now().minusSeconds(1);
    assertFailed(Reason.EXPIRED, "nothing was touched", Optional.empty());

    restores.notAfter = Instant.now().plus(Duration.ofHours(1));
    restores.select = new Selection(null, List.of("public.people"));
    assertFailed(Reason.ACKNOWLEDGEMENT_NEEDED, "part-replaces-whole-", Optional.empty());
  }

  @Test
  void anEmptyDatabaseIsNoObstacle() {
    given(MAJOR, DumpFormat.STREAM);
    var target = server.createDatabase();
    var kept = restores.succeed(point, target).keptDatabase();
    assertThat(server.query(target, "SELECT count(*) FROM people")).isEqualTo("1000");
    assertThat(restores.marked()).containsExactly(kept);
  }

  @Test
  void aCopyThatDiffersIsNeverSwitchedTo() {
    given(MAJOR, DumpFormat.STREAM);
    server.execute(source, "DELETE FROM secrets");
    restores.replacing();
    restores.before.put(
        Step.COMPARE,
        () ->
            server.execute(
                restores.marked().getFirst(), "UPDATE people SET name = 'x' WHERE id = 1"));
    assertFailed(Reason.FACTS_DIFFER, "table public.people has other content", Optional.of("0"));
  }

  @Test
  void aSideDatabaseThatAnEarlierAttemptLeftIsReplaced() {
    given(MAJOR, DumpFormat.STREAM);
    var target = source + "_copy";
    var side = new RestoreNames(target, restores.request).side();
    server.execute("postgres", "CREATE DATABASE " + side);
    server.execute(side, "CREATE TABLE half (i int)");
    var result = restores.succeed(point, target);
    assertThat(result.plan()).anyMatch(step -> step.startsWith("drop " + side));
    assertThat(server.query(target, "SELECT to_regclass('half')")).isEqualTo("null");
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void recreatesAfterASafetyPointThatNobodyCouldWriteAfter(int major) throws SQLException {
    given(major, DumpFormat.STREAM);
    server.execute(source, "DELETE FROM secrets WHERE tenant = 't1'");
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    TaskResult.Restored result;
    try (var application = server.connect(source);
        var statement = application.createStatement()) {
      statement.execute("SELECT 1");
      restores.before.put(
          Step.DUMP,
          () ->
              assertThatThrownBy(
                      () ->
                          server.execute(
                              source,
                              "SET lock_timeout = '200ms'",
                              "INSERT INTO secrets VALUES ('late', 'lost')"))
                  .hasMessageContaining("lock timeout"));
      result = restores.succeed(point, source);
      assertThatThrownBy(() -> statement.execute("SELECT 1")).isInstanceOf(SQLException.class);
    }
    assertThat(restores.before).isEmpty();
    assertThat(server.query(source, "SELECT count(*) FROM secrets")).isEqualTo("100");
    assertThat(result.keptDatabase()).isNull();
    assertThat(backups.manifest(result.safetyPoint()).origin().name()).isEqualTo("SAFETY");
    var safe = backups.restored(result.safetyPoint(), source);
    assertThat(BackupWorld.contents(safe)).anyMatch(text -> text.startsWith("public.secrets 90 "));
    assertThat(server.query("postgres", comment(source))).isEqualTo("rich");
  }

  @Test
  void goesOnWhereAnAttemptInPlaceWasKilled() {
    given(MAJOR, DumpFormat.STREAM);
    var properties = backups.facts(source).properties();
    leaveHalfMade(restores.request, properties);
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    var result = restores.succeed(point, source);
    assertThat(result.safetyPoint()).isEqualTo("20260101t000000z-aaaaaa");
    assertThat(server.query(source, "SELECT to_regclass('half')")).isEqualTo("null");
    assertThat(backups.facts(source).properties()).isEqualTo(properties);
  }

  /** Migration tools and operators make a database that they miss, and fill it. */
  @Test
  void whatCameToBeSinceTheLookIsNotDropped() {
    given(MAJOR, DumpFormat.STREAM);
    leaveHalfMade(restores.request, backups.facts(source).properties());
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    restores.before.put(
        Step.ROLES,
        () -> {
          server.execute("postgres", "DROP DATABASE " + source, "CREATE DATABASE " + source);
          server.execute(source, "CREATE TABLE living AS SELECT 1");
        });

    var failure = restores.restore(point, source).failure();

    assertThat(failure.reason()).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(failure.message()).contains("came to be since");
    assertThat(server.query(source, "SELECT count(*) FROM living")).isEqualTo("1");
    var side = new RestoreNames(source, restores.request).side();
    server.execute("postgres", "DROP DATABASE " + side);
  }

  /** Killed in its drop or right behind it: what is to become the target has the marker. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP DATABASE %s WITH (FORCE)",
        "UPDATE pg_database SET datconnlimit = -2 WHERE datname = '%s'"
      })
  void goesOnWhereAnAttemptInPlaceWasKilledAtItsDrop(String drop) {
    given(MAJOR, DumpFormat.STREAM);
    server.execute("postgres", "ALTER DATABASE " + source + " CONNECTION LIMIT 7");
    var properties = backups.facts(source).properties();
    server.execute("postgres", drop.formatted(source));
    var side = new RestoreNames(source, restores.request).side();
    server.execute("postgres", "CREATE DATABASE " + side);
    mark(side, new InPlaceMarker(restores.request, "20260101t000000z-aaaaaa", properties));
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    assertThat(restores.succeed(point, source).safetyPoint()).isEqualTo("20260101t000000z-aaaaaa");
    assertThat(backups.facts(source).properties()).isEqualTo(properties);
  }

  @Test
  void aRecreateWhoseReportWasLostIsNotCarriedOutOnceMore() {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    var safe = restores.succeed(point, source).safetyPoint();
    server.execute(source, "INSERT INTO secrets VALUES ('t', 'written since')");
    restores.attempt = 2;
    assertThat(restores.succeed(point, source).safetyPoint()).isEqualTo(safe);
    assertThat(server.query(source, "SELECT count(*) FROM secrets")).isEqualTo("101");
  }

  /** A restart of the server, or somebody who ends sessions. */
  @Test
  void whatWasWrittenBehindLostLocksIsNotDropped() {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    restores.before.put(
        Step.ROLES,
        () -> {
          endSessions();
          server.execute(source, "INSERT INTO secrets VALUES ('t', 'late')");
        });
    assertFailed(Reason.RESTORE_FAILED, "not locked any more", Optional.of("101"));
  }

  @Test
  void anotherDatabaseThanTheOneThatWasKeptIsNotDropped() {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    restores.before.put(
        Step.READ_BACK,
        () -> {
          endSessions();
          server.execute(
              "postgres",
              "ALTER DATABASE " + source + " RENAME TO " + source + "_away",
              "CREATE DATABASE " + source + " TEMPLATE " + source + "_away");
        });
    assertFailed(Reason.RESTORE_FAILED, "is another than the one", Optional.empty());
  }

  @Test
  void theTimeAfterWhichNothingIsTouchedIsLookedAtBehindTheSafetyPoint() {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    restores.clock =
        () -> restores.before.isEmpty() ? Instant.now().plus(Duration.ofHours(2)) : Instant.now();
    restores.before.put(Step.READ_BACK, () -> {});
    assertFailed(Reason.EXPIRED, "nothing was touched", Optional.empty());
  }

  private void endSessions() {
    server.query(
        "postgres",
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = '"
            + source
            + "'");
  }

  /** Killed between closing and dropping. */
  @Test
  void whatAKilledAttemptClosedKeepsWhatBelongsToIt() {
    given(MAJOR, DumpFormat.STREAM);
    server.execute(
        "postgres",
        "REVOKE CONNECT ON DATABASE " + source + " FROM PUBLIC",
        "ALTER DATABASE " + source + " CONNECTION LIMIT 7");
    var properties = backups.facts(source).properties();
    var side = new RestoreNames(source, restores.request).side();
    server.execute(
        "postgres",
        "CREATE DATABASE " + side,
        "ALTER DATABASE " + source + " ALLOW_CONNECTIONS false");
    mark(side, new InPlaceMarker(restores.request, "20260101t000000z-aaaaaa", properties));
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    // It was not dropped, and may have been written to since: it is kept once more.
    assertThat(backups.manifest(restores.succeed(point, source).safetyPoint()).origin().name())
        .isEqualTo("SAFETY");
    assertThat(backups.facts(source).properties()).isEqualTo(properties);

    // By a person, and no marker tells what it had.
    server.execute("postgres", "ALTER DATABASE " + source + " ALLOW_CONNECTIONS false");
    restores.request = "the-next";
    restores.succeed(point, source);
    assertThat(backups.facts(source).properties()).isEqualTo(properties);
  }

  @Test
  void aDatabaseThatCannotBeDroppedLetsPeopleInAgain() {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    restores.before.put(
        Step.ROLES,
        () -> server.execute("postgres", "ALTER DATABASE " + source + " IS_TEMPLATE true"));
    var failure = restores.restore(point, source).failure();
    assertThat(failure.reason()).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(failure.message())
        .contains("is there still and lets people in", "cannot drop a template database")
        .containsPattern("What was there before is recovery point [0-9]{8}t");
    assertThat(server.query(source, "SELECT count(*) FROM secrets")).isEqualTo("100");
    server.execute("postgres", "ALTER DATABASE " + source + " IS_TEMPLATE false");
  }

  /** Migration tools and operators make a database that they miss. */
  @Test
  void aDatabaseThatSomebodyMadeBehindTheDropIsNotSaidToBeUnchanged() throws SQLException {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    try (var elsewhere = Executors.newSingleThreadExecutor();
        var drop = server.connect("postgres");
        var rename = server.connect("postgres")) {
      restores.before.put(
          Step.ROLES,
          () -> {
            hold(drop, source);
            elsewhere.execute(() -> makeItBetween(drop, rename));
          });
      var failure = restores.restore(point, source).failure();
      assertThat(failure.reason()).isEqualTo(Reason.RESTORE_FAILED);
      assertThat(failure.message())
          .contains("is another than was there before")
          .containsPattern("What was there before is recovery point [0-9]{8}t");
      // The next attempt finds the name taken, and has not forgotten what was there first.
      restores.attempt = 2;
      assertThat(failure.message()).contains(restores.succeed(point, source).safetyPoint());
      assertThat(server.query(source, "SELECT count(*) FROM secrets")).isEqualTo("100");
    }
  }

  /** Neither drop nor rename gets by until the transaction ends. */
  private static void hold(Connection holding, String database) {
    execute(
        holding,
        "BEGIN; DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', '"
            + database
            + "', ("
            + comment(database)
            + ")); END $$");
  }

  private void makeItBetween(Connection drop, Connection rename) {
    var side = new RestoreNames(source, restores.request).side();
    // A query of its own each time, and so what is there by then.
    execute(drop, "DO $$ BEGIN WHILE (" + comment(side) + ") IS NULL LOOP END LOOP; END $$");
    hold(rename, side);
    execute(drop, "ROLLBACK");
    execute(
        drop,
        "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_database WHERE datname = '"
            + source
            + "') LOOP END LOOP; END $$");
    server.execute("postgres", "CREATE DATABASE " + source);
    execute(rename, "ROLLBACK");
  }

  private static void execute(Connection connection, String sql) {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aPreparedTransactionThatNobodyWasAskedAboutIsNotRolledBack() {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.before.put(
        Step.COMPARE,
        () ->
            server.execute(
                source,
                "BEGIN; INSERT INTO secrets VALUES ('t', 'in doubt'); PREPARE TRANSACTION 'of_"
                    + source
                    + "'"));
    assertFailed(Reason.ACKNOWLEDGEMENT_NEEDED, "prepared transaction of_", Optional.empty());
    server.execute(source, "COMMIT PREPARED 'of_" + source + "'");
    assertThat(server.query(source, "SELECT count(*) FROM secrets")).isEqualTo("101");
  }

  /** As it is after the old one was dropped and the new one got its name. */
  private void leaveHalfMade(String request, DatabaseProperties properties) {
    server.execute("postgres", "DROP DATABASE " + source + " WITH (FORCE)");
    server.execute("postgres", "CREATE DATABASE " + source);
    server.execute(source, "CREATE TABLE half (i int)");
    mark(source, new InPlaceMarker(request, "20260101t000000z-aaaaaa", properties));
  }

  private void mark(String database, InPlaceMarker marker) {
    server.execute(
        "postgres",
        "COMMENT ON DATABASE " + database + " IS '" + marker.comment().replace("'", "''") + "'");
  }

  /** Its own properties are not those of the place, and what was there before is not in it. */
  @ParameterizedTest
  @EnumSource(names = {"RENAME", "RECREATE"})
  void whatAnotherRequestLeftHalfMadeIsNotTakenForThePlacesOwn(RestoreStrategy way) {
    given(MAJOR, DumpFormat.STREAM);
    server.execute("postgres", "ALTER DATABASE " + source + " CONNECTION LIMIT 7");
    var properties = backups.facts(source).properties();
    leaveHalfMade("another-request", properties);
    restores.replacing();
    restores.strategy = way;
    var refused = restores.restore(point, source).failure();
    assertThat(refused.reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(refused.message()).contains("another-request", "20260101t000000z-aaaaaa");
    assertThat(server.query(source, "SELECT to_regclass('half')")).isEqualTo("half");

    var message = refused.message();
    restores.acknowledge = List.of(message.substring(message.indexOf("unfinished-")));
    restores.succeed(point, source);
    assertThat(backups.facts(source).properties()).isEqualTo(properties);

    // The other one's next attempt finds a whole database and not its own work.
    server.execute(source, "CREATE TABLE later AS SELECT 1 AS i");
    var other = new RestoreWorld(backups.stores, server).replacing();
    other.request = "another-request";
    other.strategy = RestoreStrategy.RECREATE;
    var safe = other.succeed(point, source).safetyPoint();
    assertThat(BackupWorld.contents(backups.restored(safe, source)))
        .anyMatch(text -> text.startsWith("public.later 1 "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{}", "null"})
  void aMarkerThatWasAlteredCountsAsAnothers(String text) {
    given(MAJOR, DumpFormat.STREAM);
    server.execute(
        "postgres",
        "COMMENT ON DATABASE " + source + " IS 'salvor restores into this database: " + text + "'");
    restores.replacing();

    var refused = restores.restore(point, source).failure();

    assertThat(refused.reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(refused.message())
        .contains("by another request", "was altered", "unfinished-")
        .doesNotContain("was not kept");
  }

  @Test
  void whatIsAttachedNeedsAnAcknowledgement() {
    given(MAJOR, DumpFormat.STREAM);
    server.execute(
        source,
        "SELECT pg_create_logical_replication_slot('slot_of_" + source + "', 'pgoutput')",
        "CREATE SUBSCRIPTION s_"
            + source
            + " CONNECTION 'host=nowhere' PUBLICATION p WITH"
            + " (connect = false)");
    restores.replacing();
    var refused = assertFailed(Reason.ACKNOWLEDGEMENT_NEEDED, "logical slot", Optional.empty());
    assertThat(refused).contains("subscription s_" + source);
    var token = refused.substring(refused.indexOf("detach-"));
    restores.acknowledge = List.of(token);
    var kept = over(restores.succeed(point, source).keptDatabase());
    assertThat(
            server.query(
                source,
                "SELECT count(*) FROM pg_subscription s JOIN pg_database d ON"
                    + " d.oid = s.subdbid WHERE datname = current_database()"))
        .isEqualTo("0");
    server.execute("postgres", "SELECT pg_drop_replication_slot('slot_of_" + source + "')");

    // Its subscription goes with it, without a word to the publisher.
    assertThat(restores.drop(kept, source).fate()).isEqualTo(TaskResult.Fate.DROPPED);
    assertThat(restores.marked()).isEmpty();
  }

  @Test
  void whatWasKeptGoesWhenItsTimeIsOverAndNobodyUsesIt() throws SQLException {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.clock = YESTERDAY;
    var kept = restores.succeed(point, source).keptDatabase();
    var until = RestoreNames.until(kept).orElseThrow();
    assertThat(until)
        .as("an hour from the switch, by the clock that is not behind")
        .isAfterOrEqualTo(Instant.now().plus(Duration.ofHours(1)).minusSeconds(60))
        .isBefore(Instant.now().plus(Duration.ofHours(3)));

    assertThat(restores.drop(kept, source).left()).as("its clock is behind").contains("clocks");
    restores.clock = TOMORROW;
    assertThat(restores.drop(kept, source).left()).as("the server's is").contains("clocks");
    kept = over(kept);
    restores.clock = InstantSource.system();
    for (var other : List.of(source, "postgres", kept.replace("kept_", "kept_x"))) {
      assertThat(restores.drop(other, source).left()).contains("its name");
    }
    server.execute("postgres", "ALTER DATABASE %s ALLOW_CONNECTIONS true".formatted(kept));
    try (var user = server.connect(kept)) {
      assertThat(restores.drop(kept, source).left()).contains("lets people in");
      server.execute("postgres", "ALTER DATABASE %s ALLOW_CONNECTIONS false".formatted(kept));
      assertThat(restores.drop(kept, source).left()).contains("sessions");
      assertThat(user.isValid(1)).as("nobody was sent away").isTrue();
    }
    server.execute("postgres", "ALTER DATABASE %1$s RENAME TO %1$s_mine".formatted(kept));
    assertThat(restores.drop(kept, source).fate()).isEqualTo(TaskResult.Fate.GONE);
    server.execute("postgres", "ALTER DATABASE %1$s_mine RENAME TO %1$s".formatted(kept));

    assertThat(restores.drop(kept, source))
        .isEqualTo(new TaskResult.DroppedKept(TaskResult.Fate.DROPPED, null));
    assertThat(restores.marked()).isEmpty();
    assertThat(server.query(source, "SELECT count(*) FROM people")).isEqualTo("1000");
    try (var session =
        PostgresSession.open(
            Connected.to(server, PostgresServer.SUPERUSER, PostgresServer.PASSWORD),
            "postgres",
            "salvor test")) {
      var dropped = new DroppedDatabase(session, name -> session);
      assertThat(dropped.dropUnused(kept)).as("an undo was quicker").isFalse();
    }
  }

  @Test
  void aPointThatCannotBeReadWholeReplacesNothing() throws IOException {
    given(MAJOR, DumpFormat.STREAM);
    backups.stores.environment.put(WorkerEnvironment.CACHE, folder.resolve("no-cache").toString());
    losePacks();
    for (var way : RestoreStrategy.values()) {
      if (way != RestoreStrategy.UNKNOWN) {
        restores.replacing();
        restores.strategy = way;
        var report = restores.restore(point, source);
        assertThat(report.failure().reason())
            .isIn(Reason.STORE_DAMAGED, Reason.CORRUPT_RECOVERY_POINT);
        assertThat(server.query(source, "SELECT count(*) FROM secrets")).isEqualTo("100");
        assertThat(restores.marked()).isEmpty();
      }
    }
  }

  @Test
  void withoutASafetyPointItStopsUntilThatIsAccepted() throws IOException {
    given(MAJOR, DumpFormat.STREAM);
    server.execute("postgres", "CHECKPOINT");
    server.execute(source, "CREATE TABLE broken (i int)", "INSERT INTO broken VALUES (1)");
    server.execute("postgres", "CHECKPOINT");
    var file =
        Path.of(
            server.query("postgres", "SHOW data_directory"),
            server.query(source, "SELECT pg_relation_filepath('broken')"));
    restores.replacing();
    restores.strategy = RestoreStrategy.RECREATE;
    var away = file.resolveSibling("away");
    Files.move(file, away);
    var refused = assertFailed(Reason.SAFETY_COPY_FAILED, "was not touched", Optional.empty());
    restores.acknowledge = List.of(refused.substring(refused.indexOf("without-safety-")));
    var result = restores.succeed(point, source);
    assertThat(result.safetyPoint()).isNull();
    assertThat(server.query(source, "SELECT to_regclass('broken')")).isEqualTo("null");
  }

  private String assertFailed(Reason reason, String message, Optional<String> secrets) {
    var report = restores.restore(point, source);
    assertThat(report.failure()).as(String.valueOf(report)).isNotNull();
    assertThat(report.failure().reason()).as(report.failure().message()).isEqualTo(reason);
    assertThat(report.failure().message()).contains(message);
    assertThat(server.query(source, "SELECT count(*) FROM secrets"))
        .isEqualTo(secrets.orElse("100"));
    assertThat(restores.marked()).isEmpty();
    return report.failure().message();
  }

  private static String comment(String database) {
    return "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '"
        + database
        + "'";
  }
}
