package dev.salvor.worker;

import static dev.salvor.engine.volume.OddTree.listing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.postgres.Connected;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.plan.proof.StateComparison;
import dev.salvor.task.Credential;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Header;
import dev.salvor.task.PointReference;
import dev.salvor.task.ProjectTarget;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A Supabase project is had back as one, where it was. Each test leaves it whole. */
@NullUnmarked
@NeedsRoot
class SupabaseRestoreIT {
  private static final String POSTS = "SELECT count(*) FROM public.posts";

  private static final String DAMAGE =
      """
      DROP OWNED BY my_api; DROP ROLE my_api;
      DELETE FROM public.posts WHERE id > 10; DROP POLICY own ON public.posts;
      DELETE FROM auth.identities; DELETE FROM auth.users WHERE email LIKE 'user1__@%';
      DELETE FROM cron.job; DELETE FROM vault.secrets; DROP PUBLICATION supabase_realtime;
      INSERT INTO storage.buckets VALUES ('new', 'new', true, NULL, NULL)
      """;

  private static SelfHostedSupabase supabase;
  private static Path folder;
  private static SupabaseWorld world;
  private static String point;
  private static SupabaseState state;
  private static String files;
  private static int requests;

  private Task.Existing existing = Task.Existing.REPLACE;
  private Task.Effect effect = Task.Effect.CARRY_OUT;
  private List<String> acknowledge = List.of();
  private Instant notAfter = Instant.now().plus(Duration.ofHours(1));
  private String part = "";
  private Path configuration;
  private int request;
  private int attempt = 1;

  @BeforeAll
  static void start() throws IOException {
    supabase = SelfHostedSupabase.start();
    supabase.server().execute("_supabase", "INSERT INTO _analytics.logs VALUES ('kept')");
    // Not in memory: attributes of namespace user are not to be had in every tmpfs.
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "supabase-restore");
    world = new SupabaseWorld(folder, supabase);
    Script.run("rm -r volumes/storage/multiparts", world.project);
    point = world.succeed().recoveryPoint();
    state = state();
    files = files();
  }

  @AfterAll
  static void stop() {
    supabase.close();
    Script.run("rm -rf \"$1\"", folder);
  }

  @BeforeEach
  void ask() {
    request = ++requests;
    configuration = folder.resolve("configuration-" + request);
    world.stores.at("nothing says that", () -> {});
  }

  private static SupabaseState state() {
    try (var session =
        PostgresSession.open(
            Connected.to(supabase.server(), "supabase_admin", PostgresServer.PASSWORD),
            "postgres",
            "salvor test")) {
      return StateReader.read(session);
    }
  }

  private static String files() throws IOException {
    return String.valueOf(listing(world.project.resolve("volumes")));
  }

  private static String query(String sql) {
    return supabase.server().query("postgres", sql);
  }

  private TaskReport restore(String from) {
    world.stores.credential(Credential.TARGET, "uri", supabase.server().uri("template1"));
    var first = world.stores.header(Instant.parse("2026-11-23T00:00:00Z").plusSeconds(request));
    return world.run(
        new Task.RestoreSupabase(
            new Header(
                first.run(), attempt, first.tick(), first.deadlineSeconds(), first.credentials()),
            world.stores.target(),
            new PointReference(from, null),
            new ProjectTarget(
                part.isEmpty() ? RestoreWorld.reference() : null,
                world.trees.stream()
                    .filter(tree -> !tree.name().equals("key"))
                    .filter(tree -> part.isEmpty() || tree.name().equals(part))
                    .map(tree -> new FileTrees.Tree(tree.name(), tree.path()))
                    .toList(),
                world.project.resolve("db-config").toString(),
                part.isEmpty() ? configuration.toString() : null),
            RolesMode.MISSING,
            existing,
            effect,
            notAfter,
            "request-" + request,
            acknowledge,
            false));
  }

  private TaskResult.Restored succeed(String from) {
    return (TaskResult.Restored) SupabaseWorld.succeeded(restore(from));
  }

  private static void damage() {
    supabase.server().execute("postgres", DAMAGE);
    supabase.server().execute("_supabase", "DROP SCHEMA _analytics CASCADE");
    Script.run(
        "rm -r volumes/storage/stub/stub/avatars; echo other > volumes/functions/main/index.ts;"
            + " echo new > volumes/functions/new.ts; rm volumes/snippets/*",
        world.project);
  }

  /** Logins, rows, roles, jobs, secrets, files: as they were. */
  private static void assertWhole() throws IOException, SQLException {
    assertThat(StateComparison.compare(state, state(), List.of()).differences()).isEmpty();
    assertThat(query(POSTS)).isEqualTo("1000");
    assertThat(query("SELECT count(*) FROM auth.users")).isEqualTo("200");
    assertThat(query("SELECT secret FROM vault.secrets")).isEqualTo("Y2lwaGVydGV4dA==");
    assertThat(query("SELECT jobname FROM cron.job")).isEqualTo("nightly");
    assertThat(supabase.server().query("_supabase", "SELECT line FROM _analytics.logs"))
        .isEqualTo("kept");
    assertThat(files()).isEqualTo(files);
    try (var login = supabase.server().connect("postgres", "authenticator", "p2");
        var statement = login.createStatement()) {
      statement.execute("SET ROLE my_api");
      try (var rows = statement.executeQuery(POSTS)) {
        rows.next();
        assertThat(rows.getInt(1)).isZero(); // Row security: it has no policy.
      }
    }
  }

  @Test
  void theWholeIsHadBackByOneRequestAndTakenBackByOne() throws Exception {
    damage();
    supabase
        .server()
        .execute(
            "postgres", "ALTER DATABASE postgres SET app.settings.jwt_secret = 'of the place'");
    effect = Task.Effect.PLAN_ONLY;

    var plan = succeed(point);

    assertThat(plan.plan())
        .anySatisfy(step -> assertThat(step).contains("one safety point of _supabase, postgres"))
        .anySatisfy(step -> assertThat(step).isEqualTo("make roles my_api"))
        .anySatisfy(step -> assertThat(step).startsWith("drop database postgres"));
    assertThat(plan.leftOut())
        .anySatisfy(text -> assertThat(text).contains("jwt_secret stays that of the place"))
        .noneSatisfy(text -> assertThat(text).contains("my_api"));
    assertThat(query(POSTS)).isEqualTo("10");
    assertThat(configuration).doesNotExist();
    effect = Task.Effect.CARRY_OUT;

    part = "storage";
    succeed(point);
    part = "";
    assertThat(world.project.resolve("volumes/storage/stub/stub/avatars")).isDirectory();
    assertThat(query(POSTS)).isEqualTo("10");
    var damaged = files();
    assertThat(damaged).isNotEqualTo(files);
    ask();

    var restored = succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(restored.coverage()).contains("bytes of 10 of 11 objects");
    assertThat(query("SELECT current_setting('app.settings.jwt_secret')"))
        .isEqualTo("of the place");
    supabase
        .server()
        .execute(
            "postgres",
            "ALTER DATABASE postgres SET app.settings.jwt_secret = '"
                + SelfHostedSupabase.JWT_SECRET
                + "'");
    assertWhole();
    assertThat(configuration.resolve(".env")).hasSameBinaryContentAs(world.project.resolve(".env"));
    assertThat(Script.run("stat -c %a .env", configuration)).isEqualToIgnoringWhitespace("600");

    ask();
    var undone = succeed(restored.safetyPoint());

    assertThat(query(POSTS)).isEqualTo("10");
    assertThat(query("SELECT count(*) FROM storage.buckets")).isEqualTo("3");
    assertThat(files()).isEqualTo(damaged);
    assertThat(undone.leftOut())
        .anySatisfy(text -> assertThat(text).contains("configuration: not in the point"));

    ask();
    succeed(undone.safetyPoint());
    assertWhole();
  }

  /** Whoever mends one of them need not come back for the next. */
  @Test
  void allThatStandsInTheWayIsToldTogetherAndNothingIsTouched() throws Exception {
    existing = Task.Existing.REFUSE;
    Files.createDirectories(configuration);
    Files.writeString(configuration.resolve(".env"), "of another project");
    var key = world.project.resolve("db-config/pgsodium_root.key");
    var was = Files.readString(key);
    Files.writeString(key, "0".repeat(64));
    supabase.server().execute("postgres", "DELETE FROM storage.migrations WHERE id > 50");
    var before = points();
    try (var _ = supabase.server().connect("postgres", "authenticator", "p2")) {
      var failure = Objects.requireNonNull(restore(point).failure());

      assertThat(failure.reason()).isEqualTo(Reason.TARGET_EXISTS);
      assertThat(failure.message())
          .startsWith("9 things stand in the way. Nothing was touched.")
          .contains("Database _supabase exists")
          .contains("Database postgres exists")
          .contains("storage.migrations is at 50, not 57")
          .contains("key of Vault there is another")
          .contains("Token: vault-key-")
          .contains("as authenticator: stop all services")
          .contains("Token: connected-")
          .contains("volumes/storage is not empty")
          .contains("it holds .env");
    } finally {
      Files.writeString(key, was);
      supabase
          .server()
          .execute(
              "postgres",
              "INSERT INTO storage.migrations SELECT n, 'migration-' || n, md5(n::text) FROM"
                  + " generate_series(51, 57) n");
    }
    assertThat(points()).isEqualTo(before);
    assertThat(configuration.resolve(".env")).hasContent("of another project");
    assertWhole();
  }

  /** One thing alone keeps its own reason. */
  @Test
  void anotherKeyIsRefusedUntilSomebodyAccepts() throws Exception {
    effect = Task.Effect.PLAN_ONLY;
    var key = world.project.resolve("db-config/pgsodium_root.key");
    var was = Files.readString(key);
    Files.delete(key);
    try {
      var failure = Objects.requireNonNull(restore(point).failure());
      assertThat(failure.reason()).isEqualTo(Reason.VAULT_KEY_DIFFERS);
      assertThat(failure.message()).contains("is not there");
      acknowledge = List.of(failure.message().replaceFirst(".*Token: ", ""));
      succeed(point);
    } finally {
      Files.writeString(key, was);
    }
  }

  /** The report of a worker that was killed names nothing; what it left does. */
  @Test
  void aRestoreThatIsKilledTwiceIsGoneOnWithAndWhatWasBeforeIsTheFirstSafetyPoint()
      throws Exception {
    damage();
    kill("\"RESTORE\",\"detail\":\"postgres");
    assertThat(restore(point).failure()).isNotNull();
    var first = points().getFirst();
    attempt = 2;
    // Half a project is worse than a late one; and what stands in its way says that it is half.
    notAfter = Instant.EPOCH;
    try (var _ = supabase.server().connect("postgres", "supabase_admin", PostgresServer.PASSWORD)) {
      assertThat(Objects.requireNonNull(restore(point).failure()).message())
          .contains("may be half restored", "recovery point " + first, "Token: connected-")
          .doesNotContain("Nothing was touched");
    }
    kill("\"RESTORE\",\"detail\":\"" + world.project.resolve("volumes/storage"));
    assertThat(restore(point).failure()).isNotNull();
    attempt = 3;
    kill("nothing");
    // Services run again between two attempts.
    Script.run("echo late > volumes/storage/late", world.project);

    var report = restore(point);

    var restored = (TaskResult.Restored) SupabaseWorld.succeeded(report);
    var late = Files.createDirectory(folder.resolve("late"));
    SupabaseWorld.succeeded(
        world.restoreFiles(pointIn(report, "when this attempt began"), "storage", late));
    assertThat(late.resolve("late")).hasContent("late");

    assertThat(restored.safetyPoint()).isEqualTo(first);
    assertWhole();
    // It holds what there was, and not what the first attempt had begun to make of it.
    assertThat(world.manifest(first).treeParts()).hasSize(4);
    assertThat(postsIn(first)).isEqualTo(10);
  }

  /** Services run again between two attempts. */
  @Test
  void whatIsWrittenAfterAnAttemptThatReplacedNothingIsInTheSafetyPoint() throws Exception {
    damage();
    kill("\"ROLES\"");
    assertThat(restore(point).failure()).isNotNull();
    supabase.server().execute("postgres", "DELETE FROM public.posts WHERE id > 5");
    attempt = 2;
    kill("\"RESTORE\",\"detail\":\"postgres");
    assertThat(restore(point).failure()).isNotNull();
    attempt = 3;
    kill("nothing");

    assertThat(postsIn(succeed(point).safetyPoint())).isEqualTo(5);
    assertWhole();
  }

  /** Hours lie between the safety point and the turn of each part. */
  @Test
  void whatComesBehindTheSafetyPointIsRefusedOrKeptToo() throws Exception {
    damage();
    world.stores.at(
        "\"step\":\"RESTORE\",\"detail\":\"_supabase",
        () -> supabase.server().execute("postgres", "CREATE TABLE public.late AS SELECT 7 AS n"));

    var failure = Objects.requireNonNull(restore(point).failure());

    assertThat(failure.reason()).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(failure.message()).contains("made since its safety point").contains("public.late");
    assertThat(query("SELECT n FROM public.late")).isEqualTo("7");

    attempt = 2;
    // That the one of before is gone says not that this request restored this one.
    supabase.server().execute("_supabase", "INSERT INTO _analytics.logs VALUES ('other')");
    assertThat(Objects.requireNonNull(restore(point).failure()).message())
        .contains("Database _supabase is another than the one")
        .contains("Token: left-as-it-is-");
    supabase.server().execute("_supabase", "DELETE FROM _analytics.logs WHERE line = 'other'");
    world.stores.at(
        "\"step\":\"RESTORE\",\"detail\":\"postgres",
        () -> Script.run("echo late > volumes/functions/late.ts", world.project));
    var report = restore(point);

    SupabaseWorld.succeeded(report);
    var late = Files.createDirectory(folder.resolve("functions"));
    SupabaseWorld.succeeded(
        world.restoreFiles(pointIn(report, "was written to since"), "functions", late));
    assertThat(late.resolve("late.ts")).hasContent("late");
    assertWhole();
  }

  /** That a warning names. */
  private static String pointIn(TaskReport report, String words) {
    return report.warnings().stream()
        .filter(text -> text.contains(words))
        .map(text -> text.replaceFirst(".*recovery point ", ""))
        .findFirst()
        .orElseThrow();
  }

  private static Long postsIn(String of) {
    return world.manifest(of).postgres().databases().getLast().tables().stream()
        .filter(table -> table.name().equals("posts"))
        .findFirst()
        .orElseThrow()
        .rows();
  }

  private static void kill(String where) {
    world.stores.at(
        "\"step\":" + where,
        () -> {
          throw new IllegalStateException("killed");
        });
  }

  /** Newest first. */
  private static List<String> points() {
    try (var points = world.stores.open(RecoveryPoints.Access.READ)) {
      return points.sets().stream().map(RecoverySet::id).toList();
    }
  }
}
