package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.Isolation;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Restores into a database of its own, and what they are made of. */
@NullUnmarked
class RestoreCarrierIT extends RestoreScene {
  @ParameterizedTest
  @FieldSource("MAJORS")
  void makesADatabaseThatIsTheSourceOver(int major) {
    given(major, DumpFormat.STREAM);
    var target = source + "_copy";
    var result = restores.succeed(point, target);

    assertThat(result.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(result.keptDatabase()).isNull();
    var was = backups.facts(source);
    var is = backups.facts(target);
    assertThat(BackupWorld.contents(is)).isEqualTo(BackupWorld.contents(was));
    assertThat(is.properties()).isEqualTo(was.properties());
    assertThat(server.query(target, "SELECT count(*) FROM pg_stats WHERE tablename = 'people'"))
        .isNotEqualTo("0");
    assertThat(is.properties().acl()).noneMatch(text -> text.startsWith("=") && text.contains("c"));
  }

  @Test
  void restoresADirectoryDumpByJobs() {
    given(MAJOR, DumpFormat.DIRECTORY);
    restores.succeed(point, source + "_copy");
    assertThat(BackupWorld.contents(backups.facts(source + "_copy")))
        .isEqualTo(BackupWorld.contents(backups.facts(source)));
  }

  @Test
  void aDryRunOnlyTells() {
    given(MAJOR, DumpFormat.STREAM);
    restores.replacing();
    restores.effect = Task.Effect.PLAN_ONLY;
    var before = server.query("postgres", "SELECT string_agg(datname, ',') FROM pg_database");
    var result = restores.succeed(point, source);
    assertThat(result.plan()).anyMatch(step -> step.contains("rename " + source + " to "));
    assertThat(result.plan()).anyMatch(step -> step.contains("end all sessions of " + source));
    assertThat(result.sizeBytes()).isPositive();
    assertThat(result.comparison()).isNull();
    assertThat(server.query("postgres", "SELECT string_agg(datname, ',') FROM pg_database"))
        .isEqualTo(before);
  }

  @Test
  void makesRolesThatTheServerLacksAndAltersNone() {
    given(MAJOR, DumpFormat.STREAM);
    try (var other = PostgresServer.start(MAJOR)) {
      other.execute("postgres", "CREATE ROLE \"" + source + "_Owner\" LOGIN PASSWORD 'mine'");
      var before = role(other, source + "_Owner");
      var elsewhere = new RestoreWorld(backups.stores, other);
      elsewhere.roles = RolesMode.NONE;
      var refused = elsewhere.restore(point, "shop");
      assertThat(refused.failure().reason()).isEqualTo(Reason.RESTORE_FAILED);
      assertThat(refused.failure().message()).contains(source + "_reader");
      elsewhere.roles = RolesMode.ALL;
      assertThat(elsewhere.restore(point, "shop").failure().reason())
          .isEqualTo(Reason.TARGET_NOT_EMPTY);
      assertThat(other.query("postgres", "SELECT count(*) FROM pg_database")).isEqualTo("3");

      elsewhere.roles = RolesMode.MISSING;
      var result = elsewhere.succeed(point, "shop");
      assertThat(result.plan()).contains("make roles " + source + "_reader");
      assertThat(role(other, source + "_Owner")).isEqualTo(before);
      assertThat(other.query("postgres", "SELECT count(*) FROM pg_roles WHERE rolname ~ '^db_'"))
          .isEqualTo("2");
    }
  }

  @Test
  void restoresATableWithWhatItNeedsIntoANewDatabase() {
    given(MAJOR, DumpFormat.STREAM);
    restores.select = new Selection(null, List.of("public.orders"));
    var target = source + "_part";
    var result = restores.succeed(point, target);
    assertThat(result.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(result.leftOut()).anyMatch(text -> text.contains("fk constraint public.orders"));
    assertThat(server.query(target, "SELECT count(*) FROM orders")).isEqualTo("400");
    assertThat(server.query(target, "SELECT to_regclass('people')")).isEqualTo("null");

    var nothing = new RestoreWorld(backups.stores, server);
    nothing.select = new Selection(null, List.of("public.nosuch"));
    assertThat(nothing.restore(point, source + "_none").failure().reason())
        .isEqualTo(Reason.INVALID_SPEC);
  }

  @Test
  void allRolesGoOnlyOnAnEmptyServer() {
    given(MAJOR, DumpFormat.STREAM);
    server.execute("postgres", "CREATE ROLE needed_by_nobody_" + source);
    point = backups.succeed().recoveryPoint();
    try (var empty = PostgresServer.start(MAJOR)) {
      var elsewhere = new RestoreWorld(backups.stores, empty);
      elsewhere.roles = RolesMode.ALL;
      var before = role(empty, PostgresServer.SUPERUSER);
      elsewhere.succeed(point, "shop");
      assertThat(role(empty, "needed_by_nobody_" + source)).isNotEqualTo("null");
      assertThat(role(empty, PostgresServer.SUPERUSER)).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void whatWasFetchedIsProven(int major) throws IOException {
    given(major, DumpFormat.STREAM);
    for (var again = 0; again < 2; again++) {
      var compared = proven();
      assertThat(compared.outcome()).as(compared.toString()).isEqualTo(VerdictOutcome.VERIFIED);
      assertThat(compared.isolation()).isEqualTo(Isolation.ENFORCED);
    }
    // The cache is warm: it must not speak for the store.
    losePacks();
    assertThat(restores.run(fetch()).failure().reason())
        .isIn(Reason.STORE_DAMAGED, Reason.CORRUPT_RECOVERY_POINT);
    assertThat(folder.resolve("sandbox/manifest.json")).doesNotExist();
  }

  private Task.Fetch fetch() {
    return new Task.Fetch(
        backups.stores.header(), backups.stores.target(), new PointReference(point, null));
  }

  /** Fetched and compared once more. */
  private TaskResult.Compared proven() {
    backups.stores.environment.put(WorkerEnvironment.SANDBOX, folder.resolve("sandbox").toString());
    var fetched = restores.run(fetch());
    assertThat(fetched.failure()).isNull();
    assertThat(((TaskResult.Fetched) fetched.result()).sizeBytes()).isPositive();
    var compare =
        new Task.Compare(
            backups.stores.header(),
            new PointReference(point, null),
            new Task.Initdb(),
            List.of(),
            "hash",
            IsolationMode.REQUIRED);
    return (TaskResult.Compared) restores.run(compare).result();
  }

  @ParameterizedTest
  @EnumSource(names = {"STREAM", "DIRECTORY"})
  void anEventTriggerOfAnOrdinaryRoleComesBackAndGivesItNoRights(DumpFormat format)
      throws IOException {
    given(MAJOR, format);
    var owner = source + "_guard";
    server.execute("postgres", "CREATE ROLE " + owner + " SUPERUSER");
    server.execute(
        source,
        "CREATE FUNCTION guard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE"
            + " EVENT TRIGGER guard ON ddl_command_end EXECUTE FUNCTION guard(); ALTER EVENT"
            + " TRIGGER guard OWNER TO "
            + owner
            + "; ALTER EVENT TRIGGER guard ENABLE REPLICA; COMMENT ON EVENT TRIGGER guard IS 'its"
            + " words'; CREATE EVENT TRIGGER plain ON sql_drop EXECUTE FUNCTION guard()");
    server.execute("postgres", "ALTER ROLE " + owner + " NOSUPERUSER");
    point = backups.succeed().recoveryPoint();

    var target = source + "_copy";
    assertThat(restores.succeed(point, target).comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(backups.facts(target).eventTriggers()).containsExactly("guard", "plain");
    assertThat(
            server.query(
                target,
                "SELECT concat_ws(' ', evtowner::regrole, evtenabled, obj_description(oid)) FROM"
                    + " pg_event_trigger WHERE evtname = 'guard'"))
        .isEqualTo(owner + " R its words");
    assertThat(
            server.query(
                "postgres", "SELECT rolsuper FROM pg_roles WHERE rolname = '" + owner + "'"))
        .isEqualTo("f");
    assertThat(proven().outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void aDumpOfANewerServerIsRefused() {
    given(17, DumpFormat.STREAM);
    var old = new RestoreWorld(backups.stores, PostgresServer.shared(15));
    var report = old.restore(point, "newer");
    assertThat(report.failure().reason()).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(report.failure().message()).contains("PostgreSQL 15, older than the source's 17");
  }

  @Test
  void aNewerServerTakesAnOlderDump() {
    given(15, DumpFormat.STREAM);
    server = PostgresServer.shared(17);
    restores = new RestoreWorld(backups.stores, server);
    var result = restores.succeed(point, "newer");
    assertThat(result.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    server.execute("postgres", "DROP DATABASE newer");
  }

  private static String role(PostgresServer server, String name) {
    return server.query(
        "postgres", "SELECT a::text FROM pg_authid a WHERE rolname = '" + name + "'");
  }
}
