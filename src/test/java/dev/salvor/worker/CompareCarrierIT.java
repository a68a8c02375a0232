package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.Isolation;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification.Check;
import dev.salvor.api.Verification.SqlCheck;
import dev.salvor.engine.EngineException;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.DatabaseProperties;
import dev.salvor.task.Header;
import dev.salvor.task.NetworkAddress;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult.Compared;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.RichDatabase;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

class CompareCarrierIT {
  static final List<Integer> MAJORS = PostgresServer.MAJORS;
  private static final int MAJOR = 15;

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource("MAJORS")
  void provesARightPointOfSeveralDatabases(int major) throws IOException {
    var server = PostgresServer.shared(major);
    var rich = RichDatabase.create(server);
    var plain = server.createDatabase();
    server.execute(plain, "CREATE TABLE t (i int)", "INSERT INTO t VALUES (1)");
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.FULL)
        .database(rich, DumpFormat.STREAM)
        .database(plain, DumpFormat.DIRECTORY)
        .commit();

    var result =
        compare(
            sandbox,
            check("people", rich, "SELECT count(*) FROM people", "1000"),
            check("truth", plain, "SELECT i = 1 FROM t", "true"));

    assertThat(result.differences()).isNull();
    assertThat(result.outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(result.isolation()).isEqualTo(Isolation.ENFORCED);
    assertThat(result.coverage()).contains("(100% of bytes), content of 11/11");
    assertThat(result.checksHash()).isEqualTo("hash");
  }

  record Defect(String sql, String difference) {
    @Override
    public String toString() {
      return sql;
    }
  }

  static Stream<Defect> defects() {
    return Stream.of(
        new Defect("DELETE FROM people WHERE id = 999", "table public.people has 999 rows"),
        new Defect("UPDATE people SET age = 8 WHERE id = 7", "table public.people has other"),
        new Defect("DROP TABLE parent CASCADE", "table public.child is missing"),
        new Defect("TRUNCATE secrets", "table public.secrets has 0 rows instead of 100"),
        new Defect("SELECT setval('people_id_seq', 10)", "sequence public.people_id_seq is at 10"),
        new Defect("DROP SEQUENCE free_sequence", "sequence public.free_sequence is missing"),
        new Defect("DROP EXTENSION dblink", "extension dblink is missing"),
        new Defect("SELECT lo_unlink(oid) FROM pg_largeobject_metadata", "0 large objects"),
        new Defect(
            "SELECT lo_put(oid, 0, '\\x00') FROM pg_largeobject_metadata",
            "large objects have other content"),
        new Defect(
            "REFRESH MATERIALIZED VIEW filled WITH NO DATA",
            "materialized view public.filled is not filled"),
        new Defect("DROP POLICY own ON secrets", "policies instead of"),
        new Defect("DROP VIEW names", "views instead of"),
        new Defect("DROP TRIGGER touched ON people", "triggers instead of"),
        new Defect("DROP FUNCTION add", "functions instead of"),
        new Defect("DROP INDEX people_lower_idx", "indexes instead of"),
        new Defect("ALTER TABLE people ALTER name DROP NOT NULL", "definitions of the schema"));
  }

  @ParameterizedTest
  @MethodSource("defects")
  void refutesWhatIsNotWhatWasThere(Defect defect) throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.FULL)
        .database(RichDatabase.create(server), DumpFormat.STREAM, defect.sql())
        .commit();
    var result = compare(sandbox);
    assertThat(result.outcome()).isEqualTo(VerdictOutcome.REFUTED);
    assertThat(result.reason()).isEqualTo(Reason.FACTS_DIFFER);
    assertThat(String.join("\n", result.differences())).contains(defect.difference());
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void refutesADumpThatIsCutOffOrAltered(int major) throws IOException {
    var server = PostgresServer.shared(major);
    var database = RichDatabase.create(server);
    for (var format : List.of(DumpFormat.STREAM, DumpFormat.DIRECTORY)) {
      var sandbox = sandbox();
      var point = new FetchedPoint(server, sandbox, FactsMode.FULL).database(database, format);
      var file = format == DumpFormat.STREAM ? point.dump(0) : point.dump(0).resolve("toc.dat");
      var half = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(half, half.length / 2));
      point.sizesAsTheyAre().commit();
      assertThat(compare(sandbox).reason()).isEqualTo(Reason.CORRUPT_RECOVERY_POINT);
      assertThat(compare(sandbox).outcome()).isEqualTo(VerdictOutcome.REFUTED);
    }
    var sandbox = sandbox();
    var point =
        new FetchedPoint(server, sandbox, FactsMode.FULL).database(database, DumpFormat.STREAM);
    flip(point.dump(0), "\tn500\t");
    point.commit();
    var altered = compare(sandbox);
    assertThat(altered.outcome()).isEqualTo(VerdictOutcome.REFUTED);
    assertThat(altered.differences())
        .containsExactly(database + ": table public.people has other content");
  }

  @Test
  void aDumpOfAnotherSizeIsCorrupt() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var sandbox = sandbox();
    var point =
        new FetchedPoint(server, sandbox, FactsMode.FULL)
            .database(server.createDatabase(), DumpFormat.STREAM);
    Files.write(point.dump(0), new byte[1], StandardOpenOption.APPEND);
    point.commit();
    assertThat(compare(sandbox).reason()).isEqualTo(Reason.CORRUPT_RECOVERY_POINT);
  }

  @Test
  void aRoleThatTheGlobalsLackRefutes() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var database = RichDatabase.create(server);
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.FULL)
        .database(database, DumpFormat.STREAM)
        .globals(
            text ->
                text.lines()
                    .filter(line -> !line.contains(database + "_reader"))
                    .reduce("", (a, b) -> a + b + "\n"))
        .commit();
    var result = compare(sandbox);
    assertThat(result.outcome()).isEqualTo(VerdictOutcome.REFUTED);
    assertThat(result.message()).contains(database + "_reader");
  }

  @Test
  void rowsThatBreakAUniqueIndexWereDamagedAtTheSource() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (i int)",
        "CREATE UNIQUE INDEX u ON t (i)",
        "UPDATE pg_index SET indisready = false WHERE indexrelid = 'u'::regclass",
        "INSERT INTO t VALUES (1), (1)",
        "UPDATE pg_index SET indisready = true WHERE indexrelid = 'u'::regclass");
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.FULL)
        .database(database, DumpFormat.STREAM)
        .commit();
    var result = compare(sandbox);
    assertThat(result.reason()).isEqualTo(Reason.SOURCE_WAS_DAMAGED);
    assertThat(result.outcome()).isEqualTo(VerdictOutcome.REFUTED);
  }

  @Test
  void whatTheSandboxLacksProvesNothing() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var database = server.createDatabase();
    var extension = sandbox();
    new FetchedPoint(server, extension, FactsMode.FULL)
        .database(database, DumpFormat.STREAM)
        .facts(facts -> with(facts, new DatabaseFacts.Extension("no_such", "1")))
        .commit();
    var lacking = compare(extension);
    assertThat(lacking.outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(lacking.reason()).isEqualTo(Reason.EXTENSION_UNAVAILABLE);
    assertThat(lacking.message()).contains("no_such");

    var locale = sandbox();
    new FetchedPoint(server, locale, FactsMode.FULL)
        .database(database, DumpFormat.STREAM)
        .facts(CompareCarrierIT::withUnknownLocale)
        .commit();
    var unknown = compare(locale);
    assertThat(unknown.outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(unknown.reason()).isEqualTo(Reason.SANDBOX_FAILED);
    assertThat(unknown.message()).contains("xx_XX.UTF-8");
  }

  @Test
  void checksRefuteOrProveNothing() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var database = server.createDatabase();
    server.execute(database, "CREATE TABLE t (i int)", "INSERT INTO t VALUES (1), (2)");
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.COUNTS)
        .database(database, DumpFormat.STREAM)
        .commit();

    assertCheck(sandbox, "SELECT count(*) FROM t", "2", VerdictOutcome.VERIFIED, null);
    assertCheck(
        sandbox, "SELECT count(*) > 2 FROM t", "true", VerdictOutcome.REFUTED, Reason.CHECK_FAILED);
    assertCheck(sandbox, "SELECT NULL::bool", "true", VerdictOutcome.REFUTED, Reason.CHECK_FAILED);
    for (var query :
        List.of(
            "SELECT nosuch FROM t",
            "SELECT i FROM t",
            "SELECT pg_sleep(60)",
            "DELETE FROM t",
            "SELECT 1 WHERE false")) {
      assertCheck(sandbox, query, "1", VerdictOutcome.UNPROVEN, Reason.CHECK_ERRORED);
    }
  }

  @Test
  void withoutFactsNothingIsProven() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.OFF)
        .database(RichDatabase.create(server), DumpFormat.STREAM)
        .commit();
    var result = compare(sandbox);
    assertThat(result.outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(result.reason()).isEqualTo(Reason.NOTHING_TO_COMPARE);
  }

  @Test
  void nothingThatReachesOutIsRestoredWhereItCould() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.FULL)
        .database(RichDatabase.create(server), DumpFormat.STREAM)
        .commit();
    try (var given = PostgresServer.start(MAJOR)) {
      var result =
          (Compared)
              new CompareCarrier(FetchedPoint.context(folder, sandbox))
                  .carryOut(
                      task(new Task.Given(given.socketDirectory().toString(), null), List.of()));
      assertThat(result.outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
      assertThat(result.reason()).isEqualTo(Reason.NOT_ISOLATED);
      assertThat(result.isolation()).isNull();
      assertThat(given.query("postgres", "SELECT count(*) FROM pg_database")).isEqualTo("3");
    }
  }

  @Test
  void aStoreThatStaysWithinReachIsSaidOrForbidsIt() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    try (var given = PostgresServer.start(MAJOR);
        var store = listen(0)) {
      var from = new NetworkAddress("localhost", store.getLocalPort());
      var plain = point(server, server.createDatabase());
      Seal.note(plain, from);
      var said = compareBeside(given, from, FetchedPoint.context(folder, plain));
      assertThat(said.outcome()).as(said.toString()).isEqualTo(VerdictOutcome.VERIFIED);
      assertThat(said.isolation()).isEqualTo(Isolation.NOT_ENFORCED);

      var rich = point(server, RichDatabase.create(server));
      Seal.note(rich, from);
      var forbidden = compareBeside(given, from, FetchedPoint.context(folder, rich));
      assertThat(forbidden.reason()).isEqualTo(Reason.NOT_ISOLATED);
      assertThat(forbidden.message()).contains("the sandbox is not isolated");
      assertThat(forbidden.isolation()).isEqualTo(Isolation.NOT_ENFORCED);
    }
  }

  @Test
  void aSealThatFallsWhileTheCopyRunsKeptItFromNothing() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var sandbox = point(server, server.createDatabase());
    var store = listen(0);
    var from = new NetworkAddress("localhost", store.getLocalPort());
    Seal.note(sandbox, from);
    store.close();
    try (var given = PostgresServer.start(MAJOR);
        var opening = new Opening(from.port())) {
      var context = FetchedPoint.context(folder, sandbox, opening);
      var result = compareBeside(given, from, context);
      assertThat(result.outcome()).as(result.toString()).isEqualTo(VerdictOutcome.VERIFIED);
      assertThat(result.isolation()).isEqualTo(Isolation.NOT_ENFORCED);
      assertThat(context.warnings().texts()).anyMatch(text -> text.contains("was opened to"));
    }
  }

  /** Takes connections from the moment on at which the comparison is announced. */
  private static final class Opening extends PrintStream {
    private final int port;
    private @Nullable ServerSocket store;

    Opening(int port) {
      super(PrintStream.nullOutputStream(), true, StandardCharsets.UTF_8);
      this.port = port;
    }

    @Override
    public void println(@Nullable String line) {
      if (store == null && line != null && line.contains("\"step\":\"COMPARE\"")) {
        try {
          store = listen(port);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    @Override
    public void close() {
      try {
        if (store != null) {
          store.close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 200, InetAddress.getLoopbackAddress());
  }

  private Path point(PostgresServer server, String database) throws IOException {
    server.execute(database, "CREATE TABLE one (i int)", "INSERT INTO one VALUES (1)");
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.FULL)
        .database(database, DumpFormat.STREAM)
        .commit();
    return sandbox;
  }

  private static Compared compareBeside(
      PostgresServer given, NetworkAddress from, WorkerContext context) {
    return (Compared)
        new CompareCarrier(context, Duration.ofMillis(200))
            .carryOut(task(new Task.Given(given.socketDirectory().toString(), from), List.of()));
  }

  /** Whatever else is missing: that needs PostgreSQL's programs alone. */
  @Test
  void withoutAServerADumpIsStillReadToItsEnd() throws IOException {
    var sandbox =
        point(PostgresServer.shared(MAJOR), PostgresServer.shared(MAJOR).createDatabase());
    var why = Reason.CONTAINER_UNUSABLE.failure("There is no image.");
    var compare = new CompareCarrier(FetchedPoint.context(folder, sandbox));
    var task = task(new Task.NoServer(why), List.of());
    assertThatThrownBy(() -> compare.carryOut(task))
        .isInstanceOfSatisfying(
            EngineException.class, failed -> assertThat(failed.failure()).isEqualTo(why));

    var dump = sandbox.resolve("part-0");
    var bytes = Files.readAllBytes(dump);
    // Of the right length.
    Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0);
    Files.write(dump, bytes);
    var result = (Compared) compare.carryOut(task);
    assertThat(result.outcome()).isEqualTo(VerdictOutcome.REFUTED);
    assertThat(result.reason()).isEqualTo(Reason.CORRUPT_RECOVERY_POINT);
    assertThat(result.isolation()).isNull();
  }

  /** What a copy makes its server do once it is there, in whichever user's name. */
  @Test
  void aLinkInPlaceOfTheSocketLeadsNobodyToAnotherServer() throws IOException {
    var sandbox =
        point(PostgresServer.shared(MAJOR), PostgresServer.shared(MAJOR).createDatabase());
    var context = FetchedPoint.context(folder, sandbox);
    try (var given = PostgresServer.start(MAJOR);
        var real = PostgresServer.start(MAJOR)) {
      var socket = given.socketDirectory().resolve(".s.PGSQL." + given.port());
      var server =
          ProvingServer.start(
              new Task.Given(given.socketDirectory().toString(), null),
              Isolation.UNKNOWN,
              sandbox,
              SandboxPoint.read(sandbox, FetchedPoint.ID).manifest(),
              context);
      given.execute(
          "postgres",
          "COPY (SELECT 1) TO PROGRAM 'ln -sf %s %s'"
              .formatted(real.socketDirectory().resolve(".s.PGSQL." + real.port()), socket));
      assertThat(socket).isSymbolicLink();

      try (var session = server.open("postgres", context)) {
        assertThat(session.session().text("SHOW unix_socket_directories"))
            .isEqualTo(given.socketDirectory().toString());
      }
      assertThat(server.environment("postgres").get("PGHOST"))
          .isNotEqualTo(given.socketDirectory().toString());
    }
  }

  @Test
  void aServerThatDoesNotStartFailsTheRun() throws IOException {
    var server = PostgresServer.shared(MAJOR);
    var sandbox = sandbox();
    new FetchedPoint(server, sandbox, FactsMode.FULL)
        .database(server.createDatabase(), DumpFormat.STREAM)
        .commit();
    assertThatThrownBy(
            () ->
                new CompareCarrier(
                        FetchedPoint.contextWithin(Duration.ofSeconds(3), folder, sandbox))
                    .carryOut(task(new Task.Given("/nonexistent", null), List.of())))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(
            () ->
                new CompareCarrier(FetchedPoint.context(folder, folder.resolve("empty")))
                    .carryOut(task(new Task.Initdb(), List.of())))
        .isInstanceOf(EngineException.class);
  }

  private void assertCheck(
      Path sandbox, String query, String expect, VerdictOutcome outcome, @Nullable Reason reason) {
    var result =
        compare(
            sandbox,
            new Check(
                "check",
                null,
                new SqlCheck(query, expect),
                null,
                null,
                query.contains("pg_sleep") ? "1s" : "30s"));
    assertThat(result.outcome()).as(query).isEqualTo(outcome);
    assertThat(result.reason()).as(query).isEqualTo(reason);
  }

  private Path sandbox() throws IOException {
    return Files.createTempDirectory(folder, "sandbox");
  }

  private Compared compare(Path sandbox, Check... checks) {
    return (Compared)
        new CompareCarrier(FetchedPoint.context(folder, sandbox))
            .carryOut(task(new Task.Initdb(), List.of(checks)));
  }

  private static Task.Compare task(Task.Server server, List<Check> checks) {
    return new Task.Compare(
        new Header("run", 1, Instant.EPOCH, 300, List.of()),
        new PointReference(FetchedPoint.ID, null),
        server,
        checks,
        "hash",
        IsolationMode.AUTO);
  }

  private static Check check(String name, String database, String query, String expect) {
    return new Check(name, database, new SqlCheck(query, expect), null, null, null);
  }

  private static void flip(Path file, String text) throws IOException {
    var at =
        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).indexOf(text)
            + text.length()
            - 2;
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(at);
      access.write('1');
    }
  }

  private static DatabaseFacts with(DatabaseFacts facts, DatabaseFacts.Extension extension) {
    var extensions = new ArrayList<>(facts.extensions());
    extensions.add(extension);
    return copy(facts, facts.properties(), extensions);
  }

  private static DatabaseFacts withUnknownLocale(DatabaseFacts facts) {
    var was = facts.properties();
    return copy(
        facts,
        new DatabaseProperties(
            was.owner(),
            was.encoding(),
            was.localeProvider(),
            null,
            "xx_XX.UTF-8",
            "xx_XX.UTF-8",
            was.tablespace(),
            was.connectionLimit(),
            was.acl(),
            was.settings(),
            was.comment()),
        facts.extensions());
  }

  private static DatabaseFacts copy(
      DatabaseFacts facts,
      DatabaseProperties properties,
      List<DatabaseFacts.Extension> extensions) {
    return new DatabaseFacts(
        facts.database(),
        facts.time(),
        properties,
        facts.tables(),
        facts.sequences(),
        extensions,
        facts.materializedViews(),
        facts.eventTriggers(),
        facts.largeObjects(),
        facts.largeObjectsHash(),
        facts.schema(),
        facts.reach(),
        facts.leftOut(),
        facts.oid());
  }
}
