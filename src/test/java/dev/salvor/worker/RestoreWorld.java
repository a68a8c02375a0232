package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Json;
import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.RolesMode;
import dev.salvor.api.SslMode;
import dev.salvor.task.Credential;
import dev.salvor.task.Header;
import dev.salvor.task.PointReference;
import dev.salvor.task.ServerReference;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;

/** Restores what a {@link BackupWorld} backed up, as a host would ask for it. */
@NullUnmarked
final class RestoreWorld {
  private static final AtomicInteger REQUESTS = new AtomicInteger();

  /** Long ago: what is kept for an hour is over now. */
  private static final Instant TICK = Instant.parse("2026-01-01T00:00:00Z");

  final StoreWorld stores;
  final PostgresServer server;
  RolesMode roles = RolesMode.MISSING;
  RestoreStrategy strategy = RestoreStrategy.RENAME;
  Task.Existing existing = Task.Existing.REFUSE;
  Task.Effect effect = Task.Effect.CARRY_OUT;
  Selection select;
  Instant notAfter;
  List<String> acknowledge = List.of();
  int attempt = 1;
  InstantSource clock = InstantSource.system();
  String request = "request-" + REQUESTS.incrementAndGet();
  String database;
  String uri;

  /** Carried out when the worker announces the step, before the step begins. */
  final Map<Step, Runnable> before = new EnumMap<>(Step.class);

  RestoreWorld(StoreWorld stores, PostgresServer server) {
    this.stores = stores;
    this.server = server;
    this.uri = server.uri("postgres");
  }

  RestoreWorld replacing() {
    existing = Task.Existing.REPLACE;
    notAfter = Instant.now().plus(Duration.ofHours(1));
    return this;
  }

  TaskReport restore(String point, String target) {
    return run(new Task.FromPoint(new PointReference(point, null), database), target);
  }

  TaskResult.Restored succeed(String point, String target) {
    return succeeded(restore(point, target));
  }

  TaskResult.Restored undo(String kept, String target) {
    return succeeded(run(new Task.FromKept(kept), target));
  }

  TaskResult.DroppedKept drop(String kept, String target) {
    var report = run(new Task.DropKept(header(), reference(), target, kept, request));
    assertThat(report.failure()).as(String.valueOf(report)).isNull();
    return (TaskResult.DroppedKept) report.result();
  }

  TaskReport run(Task.From from, String target) {
    var task =
        new Task.Restore(
            header(),
            stores.target(),
            from,
            reference(),
            target,
            roles,
            strategy,
            existing,
            effect,
            select,
            notAfter,
            3600,
            request,
            acknowledge);
    return run(task);
  }

  private Header header() {
    var first = stores.header(TICK);
    return new Header(
        first.run(), attempt, first.tick(), first.deadlineSeconds(), first.credentials());
  }

  TaskReport run(Task task) {
    stores.credential(Credential.TARGET, "uri", uri);
    stores.environment.put(WorkerEnvironment.TASK, TaskJson.write(task));
    new Worker(stores.environment, new Hooks(), clock.withZone(ZoneOffset.UTC)).run();
    try {
      var report = Files.readString(stores.folder.resolve("report.json"));
      assertThat(report).doesNotContain(PostgresServer.PASSWORD).doesNotContain("SCRAM");
      return Json.mapper().readValue(report, TaskReport.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ServerReference reference() {
    return new ServerReference(
        Credential.TARGET,
        Credential.TARGET_PASSWORD,
        Credential.TARGET_CA,
        null,
        null,
        null,
        null,
        SslMode.PREFER);
  }

  private static TaskResult.Restored succeeded(TaskReport report) {
    assertThat(report.outcome()).as(String.valueOf(report)).isEqualTo(TaskReport.Outcome.SUCCEEDED);
    return (TaskResult.Restored) report.result();
  }

  /** Databases that bear Salvor's mark. */
  List<String> marked() {
    var names =
        server.query(
            "postgres",
            "SELECT coalesce(string_agg(datname, ',' ORDER BY datname), '') FROM pg_database WHERE"
                + " datname LIKE '%\\_\\_salvor\\_%'");
    return names.isEmpty() ? List.of() : List.of(names.split(",", -1));
  }

  private final class Hooks extends PrintStream {
    Hooks() {
      super(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    }

    @Override
    public void println(String line) {
      for (var step : List.copyOf(before.keySet())) {
        if (line.contains("\"step\":\"" + step + "\"")) {
          before.remove(step).run();
        }
      }
    }
  }
}
