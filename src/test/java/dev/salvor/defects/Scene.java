package dev.salvor.defects;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.engine.objectstore.StoreMarker;
import dev.salvor.engine.process.Programs;
import dev.salvor.task.Credential;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.Header;
import dev.salvor.task.PointReference;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.ServerReference;
import dev.salvor.task.Step;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.Script;
import dev.salvor.worker.InProcessWorker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One policy with its database, its store and its machine, all its own: what a host would hand to a
 * worker. Runs go one after the other. A repository's key is derived with weak parameters, so that
 * a call of restic costs a tenth of a second and not one.
 */
final class Scene implements AutoCloseable {
  static final String PASSWORD = "the password of the repository";
  static final String PATH = "shop/shop-db";
  private static final Instant FIRST_TICK = Instant.parse("2026-03-01T02:00:00Z");

  private static final AtomicInteger RUNS = new AtomicInteger();

  private final Path folder;
  private final String database;
  private final boolean ownDatabase;
  private final Map<String, String> environment = new HashMap<>();
  private final Wishes wishes = new Wishes();
  private Clock clock = Clock.systemUTC();
  private Instant tick = FIRST_TICK;
  private Path reports;

  private Scene(Path folder) {
    this.folder = folder;
    this.reports = folder;
    this.database = "imagined";
    this.ownDatabase = false;
  }

  private Scene(Path folder, String database, boolean ownDatabase) {
    this.folder = folder;
    this.reports = folder;
    this.database = database;
    this.ownDatabase = ownDatabase;
    environment.putAll(System.getenv());
    environment.put(WorkerEnvironment.CREDENTIALS, made("credentials").toString());
    environment.put(WorkerEnvironment.SCRATCH, made("scratch").toString());
    environment.put(WorkerEnvironment.CACHE, folder.resolve("cache").toString());
    environment.put(WorkerEnvironment.REPOSITORY_LOCK, folder.resolve("lock").toString());
    credential(Credential.STORE_PASSWORD, Credential.VALUE, PASSWORD);
    credential(Credential.SOURCE, "uri", Shop.server().uri(database));
    credential(Credential.TARGET, "uri", Shop.server().uri("postgres"));
  }

  /** A database of its own and a store that is still empty. */
  static Scene fresh() {
    return new Scene(newFolder(), Shop.copy(), true).withEmptyStore();
  }

  /** A store that is still empty, for what needs no database. */
  static Scene withoutDatabase() {
    return new Scene(newFolder(), Shop.DATABASE, false).withEmptyStore();
  }

  private Scene withEmptyStore() {
    made(store());
    try {
      Files.write(
          store().resolve(StoreMarker.KEY),
          Json.mapper().writeValueAsBytes(new StoreMarker(1, "the-store", Instant.EPOCH)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ForgedRepository.create(repository(), PASSWORD);
    return this;
  }

  /** The database that nobody alters, and a store with one good point of it. */
  static Scene backedUp() {
    var scene = new Scene(newFolder(), Shop.DATABASE, false);
    FolderCopy.copy(Template.STORE, scene.store());
    scene.tick = FIRST_TICK.plus(Duration.ofHours(1));
    return scene;
  }

  /** As {@link #backedUp}, with a database of its own that is equal to the one backed up. */
  static Scene backedUpWithOwnDatabase() {
    var scene = new Scene(newFolder(), Shop.copy(), true);
    FolderCopy.copy(Template.STORE, scene.store());
    scene.tick = FIRST_TICK.plus(Duration.ofHours(1));
    return scene;
  }

  /** Only to see what Tasks are made of: nothing of it may be run. */
  static Scene imagined() {
    return new Scene(newFolder());
  }

  /** One backup for all scenes that begin with one. */
  private static final class Template {
    static final Path STORE = make();

    private static Path make() {
      var scene = withoutDatabase();
      scene.require(scene.backup());
      Runtime.getRuntime().addShutdownHook(new Thread(() -> FolderCopy.delete(scene.folder)));
      return scene.store();
    }
  }

  // --- what can be altered ---

  Wishes wishes() {
    return wishes;
  }

  Path folder() {
    return folder;
  }

  Path store() {
    return folder.resolve("store");
  }

  Path repository() {
    return store().resolve(PATH);
  }

  Path sandbox() {
    return folder.resolve("sandbox");
  }

  String database() {
    return database;
  }

  /** Carried out by the superuser in the scene's own database. */
  void sql(String... statements) {
    Shop.server().execute(ownDatabase(), statements);
  }

  private String ownDatabase() {
    if (!ownDatabase) {
      throw new IllegalStateException("this database is shared");
    }
    return database;
  }

  Scene with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  Scene without(String variable) {
    environment.remove(variable);
    return this;
  }

  Scene at(Clock other) {
    clock = other;
    return this;
  }

  Scene credential(Credential credential, String key, String value) {
    try {
      var place = made(credentials().resolve(credential.folder()));
      Files.write(place.resolve(key), value.getBytes(UTF_8));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path credentials() {
    return folder.resolve("credentials");
  }

  /** Puts a shell script in the place of the program; it finds the real one as {@code $REAL}. */
  Scene wrapPostgres(String program, String script) {
    var real = Programs.here().postgres(Shop.MAJOR, program);
    var place = made("wrapped-postgres");
    write(place.resolve(program), real, script);
    return with(Programs.POSTGRES_PREFIX + Shop.MAJOR, place.toString());
  }

  /** As {@link #wrapPostgres}, for restic. */
  Scene wrapRestic(String script) {
    var place = made("wrapped-restic").resolve("restic");
    write(place, Programs.here().restic(), script);
    return with(Programs.RESTIC, place.toString());
  }

  /** Takes the wrappers away again. */
  Scene unwrap() {
    return without(Programs.RESTIC).without(Programs.POSTGRES_PREFIX + Shop.MAJOR);
  }

  private static void write(Path place, Path real, String script) {
    try {
      // By another process: what another thread starts meanwhile would have it open for writing,
      // and no such file can be run.
      Files.writeString(
          place.resolveSibling("text"), "#!/bin/bash\nREAL=" + real + "\n" + script + "\n");
      Script.run(
          "cp text %1$s && chmod +x %1$s".formatted(place.getFileName()),
          Objects.requireNonNull(place.getParent()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // --- Tasks ---

  /** Ticks follow each other by the hour; this lets more of the host's time pass. */
  void pass(Duration time) {
    tick = tick.plus(time);
  }

  Header header() {
    var header =
        new Header("run-" + RUNS.incrementAndGet(), 1, tick, wishes.deadlineSeconds, List.of());
    tick = tick.plus(Duration.ofHours(1));
    return header;
  }

  StoreTarget storeTarget() {
    return new StoreTarget(
        "store",
        new StoreTarget.Directory(store().toString()),
        wishes.initialize,
        wishes.expectedStoreId,
        null);
  }

  RepositoryTarget target() {
    return new RepositoryTarget(
        storeTarget(), PATH, wishes.owner, wishes.expectedRepositoryId, wishes.acknowledge);
  }

  private static ServerReference server(
      Credential connection, Credential password, Credential authority) {
    return new ServerReference(connection, password, authority, null, null, null, null, null);
  }

  static ServerReference targetServer() {
    return server(Credential.TARGET, Credential.TARGET_PASSWORD, Credential.TARGET_CA);
  }

  Task.Backup backupTask() {
    return new Task.Backup(
        header(),
        target(),
        new PostgresDump(
            server(Credential.SOURCE, Credential.SOURCE_PASSWORD, Credential.SOURCE_CA),
            new PostgresSource.Databases(List.of(database), null),
            wishes.globals,
            wishes.format,
            null,
            wishes.exclude,
            new FactsRequest(wishes.facts, null, null),
            wishes.allowEmpty),
        wishes.baseline,
        null);
  }

  Task.Fetch fetchTask(String point) {
    return new Task.Fetch(header(), target(), new PointReference(point, null));
  }

  Task.Compare compareTask(String point) {
    return new Task.Compare(
        header(),
        new PointReference(point, null),
        new Task.Initdb(),
        wishes.checks,
        "0123456789abcdef",
        wishes.isolation);
  }

  Task.Restore restoreTask(Task.From from, String name) {
    return new Task.Restore(
        header(),
        target(),
        from,
        targetServer(),
        name,
        wishes.roles,
        wishes.strategy,
        wishes.existing,
        Task.Effect.CARRY_OUT,
        wishes.select,
        wishes.notAfter,
        3600,
        "a1b2c3d4-0000-0000-0000-" + String.format("%012d", RUNS.incrementAndGet()),
        wishes.acknowledge);
  }

  Task.Restore restoreTask(String point, String name) {
    return restoreTask(new Task.FromPoint(new PointReference(point, null), null), name);
  }

  Task.Maintain maintainTask() {
    return new Task.Maintain(
        header(),
        target(),
        wishes.retention,
        wishes.verdicts,
        wishes.orphanAgeSeconds,
        wishes.forgetting,
        new Task.CheckTurn(1, 1));
  }

  Task.ProbeStore probeTask() {
    return new Task.ProbeStore(header(), storeTarget());
  }

  /** The same request once more, as a host tries again. */
  Task.Restore again(Task.Restore task) {
    var first = task.header();
    return new Task.Restore(
        new Header(
            first.run() + "-again",
            first.attempt() + 1,
            first.tick(),
            first.deadlineSeconds(),
            first.credentials()),
        task.repository(),
        task.from(),
        task.target(),
        task.database(),
        task.roles(),
        task.strategy(),
        task.existing(),
        task.effect(),
        task.select(),
        task.notAfter(),
        task.keepReplacedSeconds(),
        task.requestUid(),
        task.acknowledge());
  }

  Task.Inspect inspectTask() {
    return new Task.Inspect(header(), target(), null, null, 64);
  }

  // --- runs ---

  TaskReport backup() {
    return run(backupTask());
  }

  TaskReport restore(String point, String name) {
    return run(restoreTask(point, name));
  }

  TaskReport maintain() {
    return run(maintainTask());
  }

  /** Both halves of a verification; the failure of the first ends it, as a host would. */
  TaskReport verify(String point) {
    renew(sandbox());
    var fetched = run(fetchTask(point));
    return fetched.failure() != null ? fetched : run(compareTask(point));
  }

  /** The catalogue, newest first. */
  List<TaskResult.Point> points() {
    if (require(run(inspectTask())).result() instanceof TaskResult.Inspected inspected) {
      return inspected.points();
    }
    throw new AssertionError("Inspect answered something else");
  }

  /** Id of the newest point. */
  String newest() {
    return points().getFirst().id();
  }

  TaskReport run(Task task) {
    return run(task, step -> {});
  }

  /** Runs it in this JVM; what is done at a step is done before it begins. */
  TaskReport run(Task task, Step step, Runnable deed) {
    return run(
        task,
        announced -> {
          if (announced == step) {
            deed.run();
          }
        });
  }

  private TaskReport run(Task task, Consumer<Step> atStep) {
    var given = environment(task);
    InProcessWorker.run(given, clock, atStep);
    return report(task)
        .orElseThrow(() -> new AssertionError("no report of " + task.header().run()));
  }

  /**
   * Runs it in a process of its own that is killed, with nothing of what it started, as it begins a
   * step.
   */
  void kill(Task task, Step step) {
    ChildWorker.killedAt(step, environment(task));
  }

  /** Ends it by SIGTERM at a step. */
  TaskReport terminate(Task task, Step step) {
    ChildWorker.start(environment(task)).terminateAt(step);
    return report(task).orElseGet(() -> missing(task));
  }

  /** What still runs of all that the scene's runs started: programs that name its folder. */
  List<String> processes() {
    return ProcessHandle.allProcesses()
        .flatMap(process -> process.info().commandLine().stream())
        .filter(line -> line.contains(folder.toString()))
        .filter(line -> line.contains("postgres"))
        .toList();
  }

  /** Puts reports into another folder. */
  void reportsTo(Path other) {
    reports = other;
  }

  /** The same in a process of its own, that begins by a line of shell. */
  TaskReport runAfter(String preparation, Task task) {
    ChildWorker.start(environment(task), preparation).await();
    return report(task).orElseGet(() -> missing(task));
  }

  /** As a host judges a worker that left nothing. */
  private static TaskReport missing(Task task) {
    return new TaskReport(
        task.header().run(),
        TaskReport.Outcome.FAILED,
        Instant.EPOCH,
        Instant.EPOCH,
        Reason.REPORT_MISSING.failure("the worker left no report"),
        null,
        null);
  }

  Map<String, String> environment(Task task) {
    var given = new HashMap<>(environment);
    given.put(WorkerEnvironment.TASK, TaskJson.write(task));
    given.put(WorkerEnvironment.REPORT, reportFile(task).toString());
    if (task instanceof Task.Fetch || task instanceof Task.Compare) {
      given.put(WorkerEnvironment.SANDBOX, made(sandbox()).toString());
    }
    if (task instanceof Task.Compare) {
      given.remove(WorkerEnvironment.CREDENTIALS);
    }
    return given;
  }

  private Path reportFile(Task task) {
    return reports.resolve(task.header().run() + ".json");
  }

  private Optional<TaskReport> report(Task task) {
    var file = reportFile(task);
    try {
      return Files.exists(file)
          ? Optional.of(Json.mapper().readValue(Files.readAllBytes(file), TaskReport.class))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      throw new AssertionError("half a report of " + task.header().run(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A run that has to succeed for the scene to mean anything. */
  TaskReport require(TaskReport report) {
    if (report.failure() != null) {
      throw new AssertionError(
          "the scene broke: " + report.failure().reason() + ": " + report.failure());
    }
    return report;
  }

  // --- folders ---

  private Path made(String name) {
    return made(folder.resolve(name));
  }

  static Path made(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void renew(Path path) {
    FolderCopy.delete(path);
    made(path);
  }

  private static Path newFolder() {
    try {
      // Short: the sandbox's socket lies four folders below, and its path is bounded.
      var folder = Files.createTempDirectory("sd-");
      // Programs in a sandbox run as nobody, and must find what stands in for them.
      return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (ownDatabase) {
      Shop.drop(database);
    }
    FolderCopy.delete(folder);
  }
}
