package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.PostgresSource.AllDatabases;
import dev.salvor.api.PostgresSource.Databases;
import dev.salvor.api.Reason;
import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.OtherSession;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.RichDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a backup holds, with real servers and restic. */
@NullUnmarked
class BackupIT {
  private static final PostgresServer SERVER = PostgresServer.shared(17);

  /** One repository for all: making one takes restic seconds. */
  @TempDir Path folder;

  private static void fails(BackupWorld world, Reason reason, String... said) {
    var report = world.backup();
    assertThat(report.outcome()).as(String.valueOf(report)).isEqualTo(TaskReport.Outcome.FAILED);
    assertThat(report.failure().reason()).as(report.failure().message()).isEqualTo(reason);
    assertThat(report.failure().message()).contains(said);
    assertThat(report.result()).isNull();
    assertThat(world.hasPointOf(report.run())).isFalse();
  }

  private static String role(PostgresServer server, String database, String... grants) {
    var role = "role_" + database;
    server.execute("postgres", "CREATE ROLE " + role + " LOGIN PASSWORD 'for-backups'");
    for (var grant : grants) {
      server.execute(database, grant.formatted(role));
    }
    return role;
  }

  private static BackupWorld as(BackupWorld world, String role) {
    world.user = role;
    world.password = "for-backups";
    return world;
  }

  private static String small(PostgresServer server) {
    var database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (id serial, a text)",
        "INSERT INTO t (a) SELECT 'row ' || i FROM generate_series(1, 1000) i",
        "CREATE TABLE u AS SELECT 1 AS one");
    return database;
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void whatWasThereIsInThePoint(int major) {
    var server = PostgresServer.shared(major);
    var database = RichDatabase.create(server);
    var world = new BackupWorld(folder, server, database);
    var source = world.facts(database);

    var made = world.succeed();

    assertThat(made.complete()).isTrue();
    assertThat(made.serverVersion() / 10_000).isEqualTo(major);
    assertThat(made.serverAddress()).isEqualTo("127.0.0.1:" + server.port());
    assertThat(made.lineage())
        .isEqualTo(server.query("postgres", "SELECT system_identifier FROM pg_control_system()"));
    assertThat(made.extent()).isEqualTo(new Extent.Tables(10, 1000L + 400 + 2 + 1 + 2 + 1 + 100));
    assertThat(made.sizeBytes()).isPositive();
    var manifest = world.manifest(made.recoveryPoint());
    assertThat(manifest.complete()).isTrue();
    assertThat(manifest.origin()).isEqualTo(Manifest.Origin.SCHEDULE);
    assertThat(manifest.parts())
        .singleElement()
        .returns("/pg/" + database + ".dump", Manifest.Part::path)
        .returns(DumpFormat.STREAM, Manifest.Part::format)
        .returns(manifest.time(), Manifest.Part::time);
    assertThat(manifest.postgres().server().bootstrapUser()).isEqualTo(PostgresServer.SUPERUSER);
    assertThat(manifest.postgres().server().rolePasswords()).isTrue();
    assertThat(manifest.postgres().server().roles())
        .containsExactly(PostgresServer.SUPERUSER, database + "_Owner", database + "_reader");
    assertThat(manifest.postgres().databases())
        .singleElement()
        .satisfies(
            facts -> {
              assertThat(BackupWorld.contents(facts)).isEqualTo(BackupWorld.contents(source));
              assertThat(facts.sequences()).isEqualTo(source.sequences());
              assertThat(facts.schema()).isEqualTo(source.schema());
            });
    assertThat(world.globals(made.recoveryPoint()))
        .contains("CREATE ROLE \"" + database + "_Owner\"")
        .contains("SCRAM-SHA-256");
    var restored = world.restored(made.recoveryPoint(), database);
    assertThat(BackupWorld.contents(restored)).isEqualTo(BackupWorld.contents(source));
    assertThat(restored.schema()).isEqualTo(source.schema());
    assertThat(restored.largeObjectsHash()).isEqualTo(source.largeObjectsHash());
    assertThat(world.progress())
        .contains("LOCK_TABLES", "DUMP", "FACTS", "GLOBALS", "MANIFEST", "READ_BACK");
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void aDirectoryDumpRestoresInParallel(int major) {
    var server = PostgresServer.shared(major);
    var database = RichDatabase.create(server);
    var world = new BackupWorld(folder, server, database);
    world.format = DumpFormat.DIRECTORY;
    var source = world.facts(database);

    var made = world.succeed();

    assertThat(world.manifest(made.recoveryPoint()).parts().getFirst().path())
        .isEqualTo("/pg/" + database + ".directory");
    assertThat(BackupWorld.contents(world.restored(made.recoveryPoint(), database)))
        .isEqualTo(BackupWorld.contents(source));
  }

  @Test
  void allMeansAllButTemplatesAndSalvorsOwn() {
    try (var server = PostgresServer.start(17)) {
      var first = small(server);
      var second = small(server);
      var third = small(server);
      server.execute(
          "postgres",
          "CREATE DATABASE " + first + "__salvor_20261122",
          "CREATE DATABASE mould TEMPLATE " + first + " IS_TEMPLATE true",
          "CREATE DATABASE closed ALLOW_CONNECTIONS false",
          "CREATE DATABASE \"Odd/Näme %=\" TEMPLATE " + first);
      var world = new BackupWorld(folder, server);
      world.databases = new Databases(null, new AllDatabases(List.of(third)));

      var made = world.succeed();

      var manifest = world.manifest(made.recoveryPoint());
      assertThat(manifest.parts())
          .extracting(Manifest.Part::name)
          .containsExactlyInAnyOrder(first, second, "postgres", "Odd/Näme %=");
      assertThat(manifest.parts())
          .extracting(Manifest.Part::path)
          .contains("/pg/Odd%2FN%C3%A4me%20%25%3D.dump");
      assertThat(manifest.time())
          .isEqualTo(
              manifest.parts().stream()
                  .map(Manifest.Part::time)
                  .min(java.time.Instant::compareTo)
                  .orElseThrow());
      assertThat(BackupWorld.contents(world.restored(made.recoveryPoint(), "Odd/Näme %=")))
          .isEqualTo(BackupWorld.contents(world.facts(first)));
    }
  }

  @Test
  void whereOneOfSeveralCannotBeDumpedThePointIsPartial() {
    var good = small(SERVER);
    var bad = small(SERVER);
    var world = new BackupWorld(folder, SERVER, good, bad);
    try (var holder = new OtherSession(SERVER, bad)) {
      holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");

      var report = world.backup();

      assertThat(report.outcome()).isEqualTo(TaskReport.Outcome.PARTIAL);
      assertThat(report.warnings()).anySatisfy(w -> assertThat(w).contains(bad, "DdlInProgress"));
      var made = (TaskResult.BackedUp) report.result();
      assertThat(made.complete()).isFalse();
      var manifest = world.manifest(made.recoveryPoint());
      assertThat(manifest.complete()).isFalse();
      assertThat(manifest.parts()).extracting(Manifest.Part::name).containsExactly(good);
    }
  }

  @Test
  void anEmptySourceIsNoSuccess() {
    var nothing = SERVER.createDatabase();
    fails(new BackupWorld(folder, SERVER, nothing), Reason.EMPTY_SOURCE, "no tables");

    SERVER.execute(nothing, "CREATE TABLE a (x int)", "CREATE TABLE b (x int)");
    fails(new BackupWorld(folder, SERVER, nothing), Reason.EMPTY_SOURCE, "2 tables", "row");

    var allowed = new BackupWorld(folder, SERVER, nothing);
    allowed.allowEmpty = true;
    assertThat(rows(allowed.succeed())).isZero();
  }

  @Test
  void aSourceThatShrankBelowHalfIsNoSuccess() {
    var database = small(SERVER);
    var world = new BackupWorld(folder, SERVER, database);
    var lineage = SERVER.query("postgres", "SELECT system_identifier FROM pg_control_system()");

    world.baseline = new Baseline("20261121t020000z-aaaaaa", new Extent.Tables(5, 1001L), lineage);
    fails(world, Reason.EMPTY_SOURCE, "2 tables", "20261121t020000z-aaaaaa held 5");
    world.baseline = new Baseline("20261121t020000z-aaaaaa", new Extent.Tables(2, 2003L), lineage);
    fails(world, Reason.EMPTY_SOURCE, "1001 rows", "held 2003");
    world.allowEmpty = true;
    assertThat(rows(world.succeed())).isEqualTo(1001);
    world.allowEmpty = false;
    world.baseline = new Baseline("20261121t020000z-aaaaaa", new Extent.Tables(2, 2002L), lineage);
    assertThat(rows(world.succeed())).isEqualTo(1001);
  }

  @Test
  void theRepositoryTellsHowMuchThereWasWhereAStatusDoesNot() {
    var database = small(SERVER);
    var world = new BackupWorld(folder, SERVER, database);
    var last = world.succeed().recoveryPoint();

    SERVER.execute(database, "DELETE FROM t WHERE id > 400");

    fails(world, Reason.EMPTY_SOURCE, "401 rows", last + " held 1001");
  }

  @Test
  void anotherDatabaseSystemIsSaidAndBackedUpAllTheSame() {
    var world = new BackupWorld(folder, SERVER, small(SERVER));
    world.baseline =
        new Baseline("20261121t020000z-aaaaaa", new Extent.Tables(2, 1001L), "7000000000000000000");

    var report = world.backup();

    assertThat(report.outcome()).isEqualTo(TaskReport.Outcome.SUCCEEDED);
    assertThat(report.warnings())
        .anySatisfy(w -> assertThat(w).contains("SourceChanged", "7000000000000000000"));
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void aRoleThatReadsAllIsEnough(int major) {
    var server = PostgresServer.shared(major);
    var database = small(server);
    var role = role(server, database, "GRANT pg_read_all_data TO %s");
    var world = as(new BackupWorld(folder, server, database), role);

    var made = world.succeed();

    assertThat(world.manifest(made.recoveryPoint()).postgres().server().rolePasswords()).isTrue();
    assertThat(BackupWorld.contents(world.restored(made.recoveryPoint(), database)))
        .isEqualTo(BackupWorld.contents(world.facts(database)));
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void aPlainOwnerIsEnoughWithoutPasswordsAndSaidSo(int major) {
    var server = PostgresServer.shared(major);
    var database = server.createDatabase();
    var role = role(server, database, "GRANT CREATE ON SCHEMA public TO %s");
    server.execute(
        database,
        "SET ROLE " + role + "; CREATE TABLE mine AS SELECT 1 AS a; RESET ROLE",
        "CREATE SUBSCRIPTION far CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)");
    try {
      var world = as(new BackupWorld(folder, server, database), role);

      var report = world.backup();

      assertThat(report.outcome())
          .as(String.valueOf(report))
          .isEqualTo(TaskReport.Outcome.SUCCEEDED);
      var made = (TaskResult.BackedUp) report.result();
      var manifest = world.manifest(made.recoveryPoint());
      assertThat(manifest.postgres().server().rolePasswords()).isFalse();
      assertThat(world.globals(made.recoveryPoint()))
          .contains("CREATE ROLE " + role)
          .doesNotContain("PASSWORD");
      assertThat(report.warnings())
          .anySatisfy(w -> assertThat(w).contains("without the hashes of passwords"))
          .anySatisfy(w -> assertThat(w).contains("subscription far"));
      assertThat(manifest.postgres().databases().getFirst().leftOut()).contains("subscription far");
      assertThat(manifest.postgres().databases().getFirst().reach()).contains("subscription far");
    } finally {
      server.execute(
          database, "ALTER SUBSCRIPTION far SET (slot_name = NONE)", "DROP SUBSCRIPTION far");
    }
  }

  @Test
  void globalsFollowTheirMode() {
    var database = small(SERVER);
    var world = new BackupWorld(folder, SERVER, database);
    world.globals = GlobalsMode.WITHOUT_PASSWORDS;
    assertThat(world.globals(world.succeed().recoveryPoint()))
        .contains("CREATE ROLE " + PostgresServer.SUPERUSER)
        .doesNotContain("SCRAM");
    world.globals = GlobalsMode.EXCLUDE;
    assertThat(world.globals(world.succeed().recoveryPoint())).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void largeObjectsThatTheRoleMayNotReadAreRefused(int major) {
    var server = PostgresServer.shared(major);
    var database = small(server);
    server.execute(database, "SELECT lo_from_bytea(4711, '\\xcafe')");
    var role = role(server, database, "GRANT pg_read_all_data TO %s");
    var world = as(new BackupWorld(folder, server, database), role);

    fails(world, Reason.INSUFFICIENT_PRIVILEGE, "1 large objects");
    server.execute(database, "GRANT SELECT ON LARGE OBJECT 4711 TO " + role);
    var made = world.succeed();
    assertThat(
            world.manifest(made.recoveryPoint()).postgres().databases().getFirst().largeObjects())
        .isOne();
    assertThat(world.restored(made.recoveryPoint(), database).largeObjectsHash())
        .isEqualTo(world.facts(database).largeObjectsHash());
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void aStandbyIsBackedUp(int major) {
    try (var primary = PostgresServer.start(major)) {
      var database = small(primary);
      primary.execute(
          database,
          "CREATE UNLOGGED TABLE gone AS SELECT 1 AS a",
          "CREATE UNLOGGED TABLE serial (id serial)");
      try (var standby = primary.startStandby()) {
        var world = new BackupWorld(folder, standby, database);

        var report = world.backup();

        assertThat(report.outcome())
            .as(String.valueOf(report))
            .isEqualTo(TaskReport.Outcome.SUCCEEDED);
        var made = (TaskResult.BackedUp) report.result();
        var facts = world.manifest(made.recoveryPoint()).postgres().databases().getFirst();
        assertThat(facts.leftOut()).contains("rows of unlogged table public.gone");
        assertThat(facts.tables())
            .filteredOn(table -> table.name().equals("t"))
            .singleElement()
            .satisfies(table -> assertThat(table.rows()).isEqualTo(1000));
        assertThat(report.warnings()).anySatisfy(w -> assertThat(w).contains("standby"));
      }
    }
  }

  @Test
  void factsCanBeOff() {
    var world = new BackupWorld(folder, SERVER, small(SERVER));
    world.facts = new FactsRequest(FactsMode.OFF, null, null);

    var made = world.succeed();

    assertThat(made.extent()).isEqualTo(new Extent.Tables(2, null));
    assertThat(world.manifest(made.recoveryPoint()).postgres().factsMode())
        .isEqualTo(FactsMode.OFF);
  }

  /** Such a lock can last for half an hour; a snapshot as old would hold up everybody else. */
  @Test
  void anotherResticIsWaitedForWithoutASnapshot() throws IOException {
    var database = small(SERVER);
    var world = new BackupWorld(Files.createDirectory(folder.resolve("locked")), SERVER, database);
    var lock = world.repository.lockedElsewhere(OffsetDateTime.now(ZoneOffset.UTC));
    Runnable whileWaiting =
        () -> {
          await().untilAsserted(() -> assertThat(sessionsOfSalvor(database)).isEqualTo("0"));
          delete(lock);
        };
    world.before.put(Step.DUMP, () -> world.before.put(Step.OPEN_REPOSITORY, whileWaiting));

    assertThat(world.succeed().complete()).isTrue();

    assertThat(lock).doesNotExist();
  }

  private static String sessionsOfSalvor(String database) {
    return SERVER.query(
        "postgres",
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'salvor%' AND datname ="
            + " '"
            + database
            + "'");
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aDumpThatIsKilledLeavesNoPoint() {
    var database = small(SERVER);
    var world = new BackupWorld(folder, SERVER, database);
    try (var holder = new OtherSession(SERVER, database)) {
      // pg_dump reads publications after it has its locks: there it waits.
      world.before.put(
          Step.LOCK_TABLES,
          () -> holder.execute("LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE"));
      world.before.put(
          Step.FACTS,
          () ->
              holder.untilTrue(
                  "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE"
                      + " application_name LIKE 'salvor dump%' AND wait_event_type = 'Lock' AND"
                      + " datname = current_database()"));

      fails(world, Reason.SOURCE_UNREACHABLE, database);
    }
  }

  private static void afterwards(CompletableFuture<Void> other) {
    assertThat(other).succeedsWithin(Duration.ofSeconds(20));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE t ALTER id TYPE bigint",
        "TRUNCATE t; INSERT INTO t SELECT i, 'new ' || i FROM generate_series(1, 1000) i"
      })
  void aRewriteBetweenListAndLockEmptiesNoTable(String rewrite) {
    var database = small(SERVER);
    var world = new BackupWorld(folder, SERVER, database);
    var committed = new AtomicReference<CompletableFuture<Void>>();
    try (var other = new OtherSession(SERVER, database)) {
      world.before.put(
          Step.LOCK_TABLES,
          () -> {
            other.execute(rewrite);
            committed.set(
                CompletableFuture.runAsync(
                    () -> {
                      other.untilSomeoneWaits();
                      other.commit();
                    }));
          });

      var made = world.succeed();

      afterwards(committed.get());
      assertThat(rows(made)).isEqualTo(1001);
      assertThat(BackupWorld.contents(world.restored(made.recoveryPoint(), database)))
          .isEqualTo(BackupWorld.contents(world.facts(database)))
          .anyMatch(table -> table.startsWith("public.t 1000 "));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DumpFormat.class,
      names = {"STREAM", "DIRECTORY"})
  void whoWaitsForUsWhileTheDumpStillLocksGoesOn(DumpFormat format) {
    var database = small(SERVER);
    var world = new BackupWorld(folder, SERVER, database);
    world.format = format;
    var altered = new AtomicReference<CompletableFuture<Void>>();
    try (var other = new OtherSession(SERVER, database)) {
      // The dump begins after this: it comes to wait behind them.
      world.before.put(
          Step.DUMP, () -> altered.set(other.executeAndWait("ALTER TABLE t ADD b int")));

      fails(world, Reason.DDL_IN_PROGRESS, database, "public.t");

      afterwards(altered.get());
    }
  }

  @Test
  void whoWaitsForUsOnceTheDumpHasItsLocksOnlyWaits() {
    var database = small(SERVER);
    var world = new BackupWorld(folder, SERVER, database);
    var altered = new AtomicReference<CompletableFuture<Void>>();
    try (var holder = new OtherSession(SERVER, database);
        var other = new OtherSession(SERVER, database)) {
      // pg_dump reads publications after it has its locks: there it waits.
      world.before.put(
          Step.LOCK_TABLES,
          () -> holder.execute("LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE"));
      world.before.put(
          Step.FACTS,
          () -> {
            holder.untilSomeoneWaits();
            altered.set(other.executeAndWait("ALTER TABLE t ADD b int"));
            holder.commit();
          });

      var made = world.succeed();

      afterwards(altered.get());
      assertThat(rows(made)).isEqualTo(1001);
    }
  }

  @Test
  void factsThatBreakEndTheDump() {
    var database = small(SERVER);
    var world = new BackupWorld(folder, SERVER, database);
    try (var holder = new OtherSession(SERVER, database)) {
      world.before.put(
          Step.LOCK_TABLES,
          () -> holder.execute("LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE"));
      world.before.put(
          Step.FACTS,
          () -> {
            holder.untilSomeoneWaits();
            holder.untilTrue(
                "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE"
                    + " application_name LIKE 'salvor snapshot%' AND datname = current_database()");
          });

      fails(world, Reason.SOURCE_UNREACHABLE, database);

      // The server sees that pg_dump is gone once it has the lock.
      holder.commit();
      holder.untilTrue(
          "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'salvor%'"
              + " AND datname = current_database())");
    }
  }

  private static Long rows(TaskResult.BackedUp made) {
    return Objects.requireNonNull(((Extent.Tables) made.extent()).rows());
  }
}
