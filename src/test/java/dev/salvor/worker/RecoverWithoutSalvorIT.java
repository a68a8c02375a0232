package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Initialize;
import dev.salvor.api.Json;
import dev.salvor.api.PostgresSource;
import dev.salvor.cli.show.RecoverySheet;
import dev.salvor.engine.process.Programs;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.ExitCode;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.Header;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Follows {@code docs/recover-without-salvor.md} to the letter: what a worker stored is restored to
 * another server by the blocks of the page alone.
 */
final class RecoverWithoutSalvorIT {
  static final List<Integer> MAJORS = PostgresServer.MAJORS;

  private static final Path PAGE = Path.of("docs/recover-without-salvor.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh run\n(.*?)^```$");
  private static final String PASSWORD = "keep a copy: \"elsewhere\"";
  private static final String CONTENT =
      "SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM shop.orders o";

  private static final String NEWEST_POINT =
      "POINT=$(restic --no-lock snapshots --json --tag kind=manifest | grep -o 'rp=[^\"]*' | cut -c"
          + " 4- | tail -n 1)";
  private static final String ONLY_DATABASE =
      "SNAPSHOT=$(restic --no-lock snapshots --json --tag \"rp=$POINT,kind=database\" | grep -o"
          + " '\"short_id\":\"[^\"]*' | cut -d '\"' -f 4)";

  @TempDir private Path folder;

  @ParameterizedTest
  @FieldSource("MAJORS")
  void thePageBringsBackWhatWasStored(int major) throws Exception {
    var source = PostgresServer.shared(major);
    var database = filled(source);
    // The newest one in a repository as restic itself makes it.
    if (major != MAJORS.getLast()) {
      makeRepository();
    }
    backUp(source, database, DumpFormat.STREAM);

    try (var other = PostgresServer.start(major)) {
      var said = follow(other, database, "recovered", repository());

      assertThat(said.code()).as(said.text()).isZero();
      assertThat(said.text()).contains("PostgreSQL database dump complete");
      assertThat(other.query("recovered", CONTENT)).isEqualTo(source.query(database, CONTENT));
      assertThat(owner(other, "recovered")).isEqualTo(owner(source, database));
      assertThat(other.query("recovered", "SELECT nextval('shop.orders_id_seq')"))
          .isEqualTo("1001");
      assertThat(other.query("recovered", "SELECT convert_from(lo_get(4711), 'UTF8')"))
          .isEqualTo("a large object");
      assertThat(Files.readAllLines(folder.resolve("work-recovered/rows.txt")))
          .containsExactlyInAnyOrderElementsOf(rowsInManifest("recovered"));
    }
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void thePageDoesNotPassADamagedPointOff(int major) throws Exception {
    var source = PostgresServer.shared(major);
    var database = filled(source);
    makeRepository();
    backUp(source, database, DumpFormat.STREAM);
    damage(repository());

    try (var other = PostgresServer.start(major)) {
      var said = follow(other, database, "damaged", repository());

      assertThat(said.code()).as(said.text()).isNotZero();
      assertThat(said.text()).doesNotContain("PostgreSQL database dump complete");
    }
  }

  /** With the role that owns the tables missing there, which ends pg_restore. */
  @ParameterizedTest
  @EnumSource(names = {"STREAM", "DIRECTORY"})
  void theRecoverySheetBringsBackWhatWasStored(DumpFormat format) throws Exception {
    var source = PostgresServer.shared(MAJORS.getLast());
    var database = filled(source);
    makeRepository();
    backUp(source, database, format);

    try (var other = PostgresServer.start(MAJORS.getLast())) {
      var said = run(sheet(database, format), other, database, "recovered", repository());

      assertThat(said.code()).as(said.text()).isZero();
      assertThat(other.query(database + "_recovered", CONTENT))
          .isEqualTo(source.query(database, CONTENT));
      assertThat(owner(other, database + "_recovered")).isEqualTo("shop_owner");
    }
  }

  /** The commands of a sheet, with what a person reads from the lists put in for the dots. */
  private String sheet(String database, DumpFormat format) throws IOException {
    var store =
        """
        metadata: {name: offsite, namespace: shop}
        spec:
          folder: {path: "%s"}
          encryption: {passwordSecretRef: {name: key, key: password}}
        """
            .formatted(folder.resolve("store"));
    var policy =
        """
        metadata: {name: shop-db, namespace: shop}
        spec:
          source:
            postgres: {dump: %s, connection: {container: db}, databases: {names: ["%s"]}}
          storeRef: {name: offsite}
        """
            .formatted(format == DumpFormat.STREAM ? "Stream" : "Directory", database);
    return RecoverySheet.of(
            Json.yaml().readValue(store, BackupStore.class),
            List.of(Json.yaml().readValue(policy, BackupPolicy.class)),
            new OnPaper(),
            LocalDate.EPOCH)
        .lines()
        .filter(line -> line.startsWith("    "))
        .map(line -> line.replace("POINT=...", NEWEST_POINT))
        .map(line -> line.replace("SNAPSHOT=...", ONLY_DATABASE))
        .collect(Collectors.joining("\n", "cd \"$WORK\"\n", ""));
  }

  private record OnPaper() implements RecoverySheet.Secrets {
    @Override
    public RecoverySheet.Shown shown() {
      return RecoverySheet.Shown.VALUES;
    }

    @Override
    public Optional<String> text(String secret, List<String> keys) {
      return Optional.of(PASSWORD);
    }
  }

  private static String filled(PostgresServer server) {
    var database = server.createDatabase();
    server.execute(
        database,
        "DO $$ BEGIN CREATE ROLE shop_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.orders (id bigserial PRIMARY KEY, what text NOT NULL, at timestamptz)",
        "INSERT INTO shop.orders (what, at) SELECT md5(n::text) || ' ü', now() - n * interval '1h'"
            + " FROM generate_series(1, 1000) n",
        "ALTER TABLE shop.orders OWNER TO shop_owner",
        "CREATE TABLE shop.\"Odd Name\" (id int)",
        "CREATE MATERIALIZED VIEW shop.count AS SELECT count(*) FROM shop.orders",
        "SELECT lo_from_bytea(4711, 'a large object')");
    return database;
  }

  private static String owner(PostgresServer server, String database) {
    return server.query(
        database, "SELECT tableowner FROM pg_tables WHERE schemaname || tablename = 'shoporders'");
  }

  private Path repository() {
    return folder.resolve("store/shop/shop-db");
  }

  /** Of which opening costs nothing. */
  private void makeRepository() throws IOException {
    var store = Files.createDirectories(folder.resolve("store"));
    ForgedRepository.inStore(store, "shop/shop-db", PASSWORD);
  }

  private void backUp(PostgresServer server, String database, DumpFormat format)
      throws IOException {
    Files.createDirectories(folder.resolve("store"));
    var credentials = Files.createDirectories(folder.resolve("credentials"));
    credential(credentials, Credential.STORE_PASSWORD, Credential.VALUE, PASSWORD);
    credential(credentials, Credential.SOURCE, "uri", server.uri(database));
    var task =
        new Task.Backup(
            new Header(
                "shop-db-backup-1",
                1,
                Instant.parse("2026-11-22T02:03:11Z"),
                600,
                List.of(
                    new CredentialSource.Secret(Credential.STORE_PASSWORD, "key", "password"),
                    new CredentialSource.Secret(Credential.SOURCE, "shop-db", null))),
            new RepositoryTarget(
                new StoreTarget(
                    "offsite",
                    new StoreTarget.Directory(folder.resolve("store").toString()),
                    Initialize.IF_EMPTY,
                    null,
                    null),
                "shop/shop-db",
                new Owner("machine", "shop", "shop-db"),
                null,
                List.of()),
            new PostgresDump(
                new ServerReference(
                    Credential.SOURCE,
                    Credential.SOURCE_PASSWORD,
                    Credential.SOURCE_CA,
                    null,
                    null,
                    null,
                    null,
                    null),
                new PostgresSource.Databases(List.of(database), null),
                GlobalsMode.INCLUDE,
                format,
                null,
                null,
                new FactsRequest(FactsMode.FULL, null, null),
                false),
            null,
            null);
    var report = folder.resolve("report.json");
    var environment = new HashMap<>(System.getenv());
    environment.put(WorkerEnvironment.TASK, TaskJson.write(task));
    environment.put(WorkerEnvironment.CREDENTIALS, credentials.toString());
    environment.put(WorkerEnvironment.REPORT, report.toString());
    environment.put(WorkerEnvironment.SCRATCH, folder.resolve("scratch").toString());

    var code = Worker.run(environment);

    assertThat(code).as(Files.readString(report)).isEqualTo(ExitCode.SUCCEEDED);
  }

  private static void credential(Path folder, Credential place, String key, String value)
      throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve(place.folder())).resolve(key), value);
  }

  /** The largest pack: it holds rows. */
  private static void damage(Path repository) throws IOException {
    try (Stream<Path> files = Files.walk(repository.resolve("data"))) {
      var pack =
          files
              .filter(Files::isRegularFile)
              .max(Comparator.comparingLong(RecoverWithoutSalvorIT::size))
              .orElseThrow();
      Files.delete(pack);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Said(int code, String text) {}

  /** All blocks in one shell, with the variables that the page names and no others. */
  private Said follow(PostgresServer server, String database, String newDatabase, Path repository)
      throws Exception {
    return run(blocks(), server, database, newDatabase, repository);
  }

  private Said run(
      String commands, PostgresServer server, String database, String newDatabase, Path repository)
      throws Exception {
    var work = Files.createDirectories(folder.resolve("work-" + newDatabase));
    var password = Files.writeString(folder.resolve("password"), PASSWORD);
    var process =
        new ProcessBuilder("bash", "-e", "-u", "-o", "pipefail", "-c", commands)
            .redirectErrorStream(true);
    process.environment().clear();
    process
        .environment()
        .putAll(
            Map.of(
                "PATH",
                Programs.here().restic().getParent()
                    + ":"
                    + server.program("psql").getParent()
                    + ":/usr/bin:/bin",
                "HOME",
                work.toString(),
                "RESTIC_REPOSITORY",
                repository.toString(),
                "RESTIC_PASSWORD_FILE",
                password.toString(),
                "PGHOST",
                server.host(),
                "PGPORT",
                Integer.toString(server.port()),
                "PGUSER",
                PostgresServer.SUPERUSER,
                "PGPASSWORD",
                PostgresServer.PASSWORD,
                "DATABASE",
                database,
                "NEW_DATABASE",
                newDatabase));
    process.environment().put("WORK", work.toString());
    var running = process.start();
    var text = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(running.waitFor(), text);
  }

  private static String blocks() throws IOException {
    var blocks = BLOCK.matcher(Files.readString(PAGE)).results().map(it -> it.group(1)).toList();
    assertThat(blocks).as("blocks of " + PAGE).hasSizeGreaterThan(5);
    return String.join("\n", blocks);
  }

  /** As the page's own query writes them. */
  private List<String> rowsInManifest(String newDatabase) throws IOException {
    var manifest =
        Json.mapper()
            .readValue(
                Files.readString(folder.resolve("work-" + newDatabase + "/manifest.json")),
                Manifest.class);
    return manifest.postgres().databases().stream()
        .map(DatabaseFacts::tables)
        .flatMap(List::stream)
        .map(table -> table.schema() + "." + table.name() + " " + table.rows())
        .toList();
  }
}
