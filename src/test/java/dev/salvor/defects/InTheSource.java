package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.backedUp;
import static dev.salvor.defects.PlantedDefect.fresh;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Reason;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.engine.process.Programs;
import dev.salvor.task.Baseline;
import dev.salvor.task.Credential;
import dev.salvor.task.Step;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.TransactionPooler;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What is backed up changes, hides or is not there (SAFETY 1 to 7; PAINS A1, E39). */
final class InTheSource {
  private static final Harmless LINEAGE =
      new Harmless("the report names the new lineage, by which forgetting is frozen");

  private InTheSource() {}

  static List<PlantedDefect> all() {
    return List.of(
        new PlantedDefect(
            "AlterDuringDump",
            "ALTER TABLE ... TYPE between the exported snapshot and pg_dump's own locks",
            new Failed(Reason.DDL_IN_PROGRESS),
            fresh(
                scene ->
                    during(scene, "ALTER TABLE sales.orders ALTER COLUMN note TYPE varchar(99)"))),
        new PlantedDefect(
            "TruncateDuringDump",
            "TRUNCATE between the exported snapshot and pg_dump's own locks",
            new Failed(Reason.DDL_IN_PROGRESS),
            fresh(scene -> during(scene, "TRUNCATE sales.orders"))),
        new PlantedDefect(
            "DdlInProgress",
            "an ALTER TABLE that is not yet committed holds a table",
            new Failed(Reason.DDL_IN_PROGRESS),
            fresh(InTheSource::ddlInProgress)),
        new PlantedDefect(
            "EmptyDatabase",
            "a database without a single table",
            new Failed(Reason.EMPTY_SOURCE),
            fresh(
                scene -> {
                  scene.sql(
                      "DROP SCHEMA sales CASCADE", "DROP TABLE public.customers, public.harbours");
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "AllTablesEmpty",
            "all tables are there, and no row in any of them",
            new Failed(Reason.EMPTY_SOURCE),
            fresh(
                scene -> {
                  scene.sql("TRUNCATE sales.orders, public.customers, public.harbours");
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "HalfTheRowsGone",
            "less than half of the rows of the last complete point",
            new Failed(Reason.EMPTY_SOURCE),
            fresh(
                scene -> {
                  scene.wishes().baseline = baseline(scene);
                  scene.sql("DELETE FROM sales.orders WHERE id > 900");
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "HalfTheRowsGoneAndNoStatus",
            "less than half of the rows of the last complete point, and a host that lost its"
                + " status",
            new Failed(Reason.EMPTY_SOURCE),
            fresh(
                scene -> {
                  scene.require(scene.backup());
                  scene.sql("DELETE FROM sales.orders WHERE id > 900");
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "RebuiltEmptyDatabase",
            "the server was rebuilt, and only the schema was migrated again",
            new Failed(Reason.EMPTY_SOURCE),
            fresh(
                scene -> {
                  var before = baseline(scene);
                  scene.wishes().baseline =
                      new Baseline(before.recoveryPoint(), before.extent(), "7000000000000");
                  scene.sql(
                      "TRUNCATE sales.orders, public.customers, public.harbours",
                      "INSERT INTO public.customers VALUES (1, 'administrator')");
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "SourceChanged",
            "another database system answers at the same address",
            LINEAGE,
            fresh(InTheSource::sourceChanged)),
        new PlantedDefect(
            "RowSecurity",
            "the role sees only the rows that a policy shows it",
            new Failed(Reason.ROW_SECURITY),
            fresh(
                scene -> {
                  scene.sql(
                      "GRANT USAGE ON SCHEMA sales TO " + limited(scene),
                      "GRANT SELECT ON ALL TABLES IN SCHEMA sales, public TO " + limited(scene),
                      "GRANT SELECT ON ALL SEQUENCES IN SCHEMA sales TO " + limited(scene),
                      "ALTER TABLE sales.orders ENABLE ROW LEVEL SECURITY",
                      "CREATE POLICY few ON sales.orders USING (id < 10)");
                  return asLimited(scene);
                })),
        new PlantedDefect(
            "TableRightMissing",
            "the role may read all tables but one",
            new Failed(Reason.INSUFFICIENT_PRIVILEGE),
            fresh(
                scene -> {
                  scene.sql(
                      "GRANT USAGE ON SCHEMA sales TO " + limited(scene),
                      "GRANT SELECT ON sales.orders, sales.turnover TO " + limited(scene),
                      "GRANT SELECT ON ALL SEQUENCES IN SCHEMA sales TO " + limited(scene));
                  return asLimited(scene);
                })),
        new PlantedDefect(
            "BehindAPooler",
            "the address is that of a transaction pooler",
            new Failed(Reason.BEHIND_POOLER),
            backedUp(InTheSource::pooler)),
        new PlantedDefect(
            "ServerNewerThanClient",
            "no client of the server's own major version is on the machine",
            new Failed(Reason.NO_CLIENT_FOR_SERVER),
            backedUp(InTheSource::noClient)),
        new PlantedDefect(
            "WrongDatabasePassword",
            "the server does not take the password",
            new Failed(Reason.AUTHENTICATION_FAILED),
            backedUp(
                scene -> {
                  scene.credential(
                      Credential.SOURCE,
                      "uri",
                      Shop.server().uri(Shop.DATABASE).replace("@127", "x@127"));
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "ServerDown",
            "nobody listens at the server's port",
            new Failed(Reason.SOURCE_UNREACHABLE),
            backedUp(
                scene -> {
                  scene.credential(
                      Credential.SOURCE, "uri", "postgresql://boss:secret@127.0.0.1:1/shop");
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "DatabaseDropped",
            "the database is not on the server",
            new Failed(Reason.DATABASE_MISSING),
            fresh(
                scene -> {
                  Shop.drop(scene.database());
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "RestoringServerBackedUp",
            "only a database that a restore has not yet switched to is there",
            new Failed(Reason.DATABASE_MISSING),
            fresh(
                scene -> {
                  Shop.server()
                      .execute(
                          "postgres",
                          "ALTER DATABASE "
                              + scene.database()
                              + " RENAME TO "
                              + scene.database()
                              + "__salvor_1");
                  try {
                    return Outcome.of(scene.backup());
                  } finally {
                    Shop.drop(scene.database() + "__salvor_1");
                  }
                })),
        new PlantedDefect(
            "HalfRestoredDatabaseBackedUp",
            "a restore in place died behind its drop, and the schedule comes to what it left",
            new Failed(Reason.INCOMPLETE_BACKUP),
            fresh(
                scene -> {
                  Shop.server()
                      .execute(
                          "postgres",
                          "COMMENT ON DATABASE "
                              + scene.database()
                              + " IS 'salvor restores into this database: {\"request\": \"uid\"}'");
                  return Outcome.of(scene.backup());
                })));
  }

  /** Waits behind our locks while pg_dump begins, as a migration would. */
  private static Outcome during(Scene scene, String ddl) throws SQLException {
    try (var elsewhere = Executors.newSingleThreadExecutor()) {
      var report =
          scene.run(
              scene.backupTask(), Step.DUMP, () -> beginAndAwaitBlocked(scene, ddl, elsewhere));
      return Outcome.of(report);
    }
  }

  private static void beginAndAwaitBlocked(Scene scene, String ddl, ExecutorService elsewhere) {
    var altering = elsewhere.submit(() -> scene.sql(ddl));
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(10))
        .until(() -> altering.isDone() || blocked(scene));
    if (altering.isDone()) {
      throw new AssertionError("nothing held the table: " + failure(altering));
    }
  }

  private static String failure(Future<?> ended) {
    try {
      return String.valueOf(ended.get());
    } catch (ExecutionException | InterruptedException e) {
      return e.toString();
    }
  }

  private static boolean blocked(Scene scene) {
    return Shop.server()
        .query(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '"
                + scene.database()
                + "'")
        .equals("1");
  }

  private static Outcome ddlInProgress(Scene scene) throws SQLException {
    try (var session = Shop.server().connect(scene.database());
        var statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute("ALTER TABLE sales.orders ADD COLUMN more text");
      var outcome = Outcome.of(scene.backup());
      session.rollback();
      return outcome;
    }
  }

  /** What the host remembers of the last complete point. */
  private static Baseline baseline(Scene scene) {
    if (scene.require(scene.backup()).result() instanceof TaskResult.BackedUp made) {
      return new Baseline(made.recoveryPoint(), made.extent(), made.lineage());
    }
    throw new AssertionError("Backup answered something else");
  }

  private static Outcome sourceChanged(Scene scene) {
    var before = baseline(scene);
    scene.wishes().baseline =
        new Baseline(before.recoveryPoint(), before.extent(), "7000000000000");
    var report = scene.backup();
    return report.outcome() == TaskReport.Outcome.SUCCEEDED
            && report.result() instanceof TaskResult.BackedUp made
            && made.lineage().equals(before.lineage())
        ? LINEAGE
        : Outcome.of(report);
  }

  /** A role of this scene that may connect and nothing else. */
  private static String limited(Scene scene) {
    var role = "limited_of_" + scene.database();
    if (Shop.server()
        .query("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = '" + role + "'")
        .equals("0")) {
      Shop.server().execute("postgres", "CREATE ROLE " + role + " LOGIN PASSWORD 'little'");
    }
    return role;
  }

  private static Outcome asLimited(Scene scene) {
    // Large objects have owners of their own; they are not what is missing here.
    scene.sql("SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
    scene.credential(
        Credential.SOURCE,
        "uri",
        "postgresql://"
            + limited(scene)
            + ":little@127.0.0.1:"
            + Shop.server().port()
            + "/"
            + scene.database());
    var outcome = Outcome.of(scene.backup());
    scene.sql("DROP OWNED BY " + limited(scene));
    Shop.server().execute("postgres", "DROP ROLE " + limited(scene));
    return outcome;
  }

  private static Outcome pooler(Scene scene) {
    try (var pooler = TransactionPooler.before(Shop.server())) {
      scene.credential(
          Credential.SOURCE, "uri", "postgresql://boss:any@127.0.0.1:" + pooler.port() + "/shop");
      return Outcome.of(scene.backup());
    }
  }

  /** Every place where a client could be is covered by an empty folder. */
  private static Outcome noClient(Scene scene) {
    var restic = Programs.here().restic();
    var hide =
        "for place in /usr/lib/postgresql; do"
            + " if test -d $place; then mount -t tmpfs none $place; fi; done";
    scene
        .with("SALVOR_RESTIC", restic.toString())
        .with("SALVOR_CACHE", scene.folder().resolve("no-cache").toString())
        .without("SALVOR_POSTGRES_" + Shop.MAJOR);
    var outcome = Outcome.of(scene.runAfter(hide, scene.backupTask()));
    return outcome.equals(new Failed(Reason.REPORT_MISSING))
        ? new Green("the worker did not start")
        : outcome;
  }
}
