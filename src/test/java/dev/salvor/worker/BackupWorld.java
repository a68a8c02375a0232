package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Json;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.SslMode;
import dev.salvor.engine.postgres.ConnectionSettings;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.FactsReader;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Streams;
import dev.salvor.engine.restic.ByteProgress;
import dev.salvor.task.Baseline;
import dev.salvor.task.Credential;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.Manifest;
import dev.salvor.task.PointReference;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.ServerReference;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/** A store, a server and a policy: backs up as a host would, and restores with pg_restore alone. */
@NullUnmarked
final class BackupWorld {
  final StoreWorld stores;

  /** Null in a second world of the same folder. */
  ForgedRepository repository;

  final PostgresServer server;
  String user = PostgresServer.SUPERUSER;
  String password = PostgresServer.PASSWORD;
  PostgresSource.Databases databases;
  PostgresSource.Selection include;
  PostgresSource.Selection exclude;
  GlobalsMode globals = GlobalsMode.INCLUDE;
  DumpFormat format = DumpFormat.STREAM;
  FactsRequest facts = new FactsRequest(FactsMode.FULL, null, null);
  Baseline baseline;
  boolean allowEmpty;

  /** Carried out on the worker's own thread when it announces the step, before the step begins. */
  final Map<Step, Runnable> before = new EnumMap<>(Step.class);

  private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

  BackupWorld(Path folder, PostgresServer server, String... names) {
    this.stores = new StoreWorld(folder);
    if (!Files.exists(stores.store().resolve(stores.path))) {
      this.repository = stores.withRepository();
    }
    this.server = server;
    this.databases = new PostgresSource.Databases(List.of(names), null);
  }

  TaskReport backup() {
    stores.credential(Credential.SOURCE, "host", server.host());
    stores.credential(Credential.SOURCE, "port", Integer.toString(server.port()));
    stores.credential(Credential.SOURCE, "user", user);
    stores.credential(Credential.SOURCE, "password", password);
    var task =
        new Task.Backup(
            stores.header(),
            stores.target(),
            new PostgresDump(
                new ServerReference(
                    Credential.SOURCE,
                    Credential.SOURCE_PASSWORD,
                    Credential.SOURCE_CA,
                    null,
                    null,
                    null,
                    null,
                    SslMode.PREFER),
                databases,
                globals,
                format,
                include,
                exclude,
                facts,
                allowEmpty),
            baseline,
            null);
    stores.environment.put(WorkerEnvironment.TASK, TaskJson.write(task));
    new Worker(stores.environment, new Hooks(), Clock.systemUTC()).run();
    try {
      var report = Files.readString(stores.folder.resolve("report.json"));
      assertThat(report).doesNotContain(password);
      assertThat(progress()).doesNotContain(password);
      return Json.mapper().readValue(report, TaskReport.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything that was written to standard output. */
  String progress() {
    return progress.toString(StandardCharsets.UTF_8);
  }

  TaskResult.BackedUp succeed() {
    var report = backup();
    assertThat(report.outcome()).as(String.valueOf(report)).isEqualTo(TaskReport.Outcome.SUCCEEDED);
    return (TaskResult.BackedUp) report.result();
  }

  Manifest manifest(String point) {
    try (var points = stores.open(RecoveryPoints.Access.READ)) {
      return points.manifest(points.require(new PointReference(point, null)));
    }
  }

  String globals(String point) {
    try (var points = stores.open(RecoveryPoints.Access.READ)) {
      return points.globals(points.require(new PointReference(point, null)));
    }
  }

  /** Whether a run made a recovery point. */
  boolean hasPointOf(String run) {
    try (var points = stores.open(RecoveryPoints.Access.READ)) {
      return points.sets().stream().anyMatch(set -> set.manifest().tags().contains("run=" + run));
    }
  }

  /** Restores a part into a fresh database and says what is in it. */
  DatabaseFacts restored(String point, String database) {
    var copy = server.createDatabase();
    var context = stores.context(stores.header());
    try (var points = stores.open(RecoveryPoints.Access.PROVE)) {
      var set = points.require(new PointReference(point, null));
      var part =
          points.manifest(set).parts().stream()
              .filter(each -> each.name().equals(database))
              .findFirst()
              .orElseThrow();
      var snapshot = points.snapshotOf(set, part);
      if (part.format() == DumpFormat.DIRECTORY) {
        var target = context.scratch().resolve("restored");
        points.repository().restore(snapshot, part.path(), target, ByteProgress.NONE);
        var completed = context.processes().run(restore(copy, "--jobs=2", target.toString()));
        assertThat(completed.exitCode()).as(completed.errorTail()).isZero();
      } else {
        var piped =
            points.repository().dumpInto(snapshot, part.path(), restore(copy), Streams.captured());
        assertThat(piped.consumer().exitCode()).as(piped.consumer().errorTail()).isZero();
      }
    }
    return facts(copy);
  }

  private Command restore(String database, String... more) {
    var arguments = new java.util.ArrayList<String>();
    arguments.add("--exit-on-error");
    arguments.add("--no-subscriptions");
    arguments.add("--dbname=" + database);
    arguments.addAll(List.of(more));
    return Command.of(server.program("pg_restore"), arguments)
        .withEnvironment(
            Map.of(
                "PGHOST", server.socketDirectory().toString(),
                "PGPORT", Integer.toString(server.port()),
                "PGUSER", PostgresServer.SUPERUSER));
  }

  DatabaseFacts facts(String database) {
    var connection =
        Connector.connect(
            ConnectionSettings.overSocket(
                server.socketDirectory(), server.port(), PostgresServer.SUPERUSER, "postgres"));
    try (var session = PostgresSession.open(connection, database, "test")) {
      return FactsReader.of(session, FactsMode.FULL);
    }
  }

  /** What a restore must bring back: names, counts and hashes. */
  static List<String> contents(DatabaseFacts facts) {
    return facts.tables().stream()
        .map(t -> t.schema() + "." + t.name() + " " + t.rows() + " " + t.hash())
        .toList();
  }

  private final class Hooks extends PrintStream {
    Hooks() {
      super(progress, true, StandardCharsets.UTF_8);
    }

    @Override
    public void println(String line) {
      super.println(line);
      for (var step : List.copyOf(before.keySet())) {
        if (line.contains("\"step\":\"" + step + "\"")) {
          before.remove(step).run();
        }
      }
    }
  }
}
