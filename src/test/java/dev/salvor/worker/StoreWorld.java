package dev.salvor.worker;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.Initialize;
import dev.salvor.api.Json;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.engine.restic.ByteProgress;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.Header;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.ServerFacts;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.worker.RecoveryPoints.Access;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One machine with a store and a policy: runs Tasks as a host would, and makes points of plain
 * files.
 */
final class StoreWorld {
  static final Owner OWNER = new Owner("c1f0", "shop", "db");
  static final Owner OTHER = new Owner("0000", "shop", "db");
  static final Instant TICK = Instant.parse("2026-11-22T18:00:00Z");
  static final String PASSWORD = "correct horse battery staple";

  private static final AtomicInteger RUNS = new AtomicInteger();

  final Path folder;
  final Map<String, String> environment = new HashMap<>();
  StoreTarget.Place place;
  Initialize initialize = Initialize.IF_EMPTY;
  @Nullable String storeId;
  @Nullable String repositoryId;
  Owner owner = OWNER;
  String lineage = "7312345678901234567";
  List<String> acknowledge = List.of();
  String path = "shop/db";
  String lockFile = "repository.lock";

  Clock clock = Clock.systemUTC();

  /** Sees the worker's lines of progress. */
  PrintStream output = new PrintStream(PrintStream.nullOutputStream());

  private @Nullable Worker worker;

  StoreWorld(Path folder) {
    this.folder = folder;
    place = new StoreTarget.Directory(folder.resolve("store").toString());
    environment.putAll(System.getenv());
    environment.put(WorkerEnvironment.CREDENTIALS, folder.resolve("credentials").toString());
    environment.put(WorkerEnvironment.SCRATCH, folder.resolve("scratch").toString());
    environment.put(WorkerEnvironment.CACHE, folder.resolve("cache").toString());
    environment.put(WorkerEnvironment.REPORT, folder.resolve("report.json").toString());
    environment.put(
        WorkerEnvironment.REPOSITORY_LOCK, folder.resolve("repository.lock").toString());
    try {
      Files.createDirectories(folder.resolve("store"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    credential(Credential.STORE_PASSWORD, Credential.VALUE, PASSWORD);
  }

  /**
   * A repository whose key costs nothing to derive, in a store: what each restic call then saves.
   */
  ForgedRepository withRepository() {
    return ForgedRepository.inStore(store(), path, PASSWORD);
  }

  void credential(Credential credential, String key, String value) {
    var file = folder.resolve("credentials").resolve(credential.folder()).resolve(key);
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path store() {
    return folder.resolve("store");
  }

  Header header() {
    return header(TICK);
  }

  Header header(Instant tick) {
    return new Header(
        "run-" + RUNS.incrementAndGet(),
        1,
        tick,
        300,
        List.of(
            new CredentialSource.Secret(Credential.STORE_PASSWORD, "offsite-key", "password"),
            new CredentialSource.Secret(Credential.STORE_S3, "offsite-s3", null)));
  }

  StoreTarget storeTarget() {
    return new StoreTarget("offsite", place, initialize, storeId, null);
  }

  RepositoryTarget target() {
    return new RepositoryTarget(storeTarget(), path, owner, repositoryId, acknowledge);
  }

  /**
   * Has something done once, as soon as a line of progress holds these words, on the worker's
   * thread.
   */
  void at(String words, Runnable work) {
    output =
        new PrintStream(PrintStream.nullOutputStream()) {
          private boolean done;

          @Override
          public void println(String line) {
            if (!done && line.contains(words)) {
              done = true;
              work.run();
            }
          }
        };
  }

  /** As the host does that stops, from now on while a Task is run. */
  void interrupt() {
    Objects.requireNonNull(worker).end();
  }

  /** Runs a Task by the worker itself. */
  TaskReport run(Task task) {
    environment.put(WorkerEnvironment.TASK, TaskJson.write(task));
    var carrier = new Worker(environment, output, clock);
    worker = carrier;
    carrier.run();
    try {
      return Json.mapper().readValue(folder.resolve("report.json").toFile(), TaskReport.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  WorkerContext context(Header header) {
    var processes = new ProcessRunner(environment, Deadline.after(Duration.ofMinutes(4)));
    try {
      Files.createDirectories(folder.resolve("scratch"));
      var scratch = Files.createTempDirectory(folder.resolve("scratch"), "test-");
      return new WorkerContext(
          header,
          null,
          environment,
          new Credentials(folder.resolve("credentials"), header.credentials()),
          scratch,
          scratch,
          Optional.empty(),
          Optional.of(folder.resolve("cache")),
          Optional.of(folder.resolve(lockFile)),
          new ProgressLines(
              new PrintStream(PrintStream.nullOutputStream()), Clock.systemUTC(), header.run()),
          processes,
          () -> processes,
          new Programs(environment),
          Clock.systemUTC(),
          new Ending(),
          new WorkerContext.Warnings());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RecoveryPoints open(Access access) {
    return RecoveryPoints.open(context(header()), target(), access);
  }

  /** Makes a recovery point whose one database is this content; returns its id. */
  String backup(Instant tick, byte[] content) {
    var context = context(header(tick));
    try (var points = RecoveryPoints.open(context, target(), Access.WRITE)) {
      var id = points.newId();
      var part = store(points, context, id, content);
      points.commit(manifest(context.header(), id, List.of(part)), "-- globals of " + id);
      return id;
    }
  }

  Manifest.Part store(RecoveryPoints points, WorkerContext context, String id, byte[] content) {
    var file = folder.resolve("content");
    try {
      Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var stored =
        points
            .repository()
            .backupStream(
                points.part(id),
                PartPath.stream("shop"),
                Command.of(context.programs().onSystem("cat"), file.toString()),
                ByteProgress.NONE);
    return new Manifest.Part(
        "shop",
        PartPath.stream("shop"),
        RecoveryPoints.partTag(id),
        stored.snapshot(),
        "",
        stored.sizeBytes(),
        context.header().tick(),
        DumpFormat.STREAM,
        null);
  }

  Manifest manifest(Header header, String id, List<Manifest.Part> parts) {
    return new Manifest(
        1,
        id,
        Manifest.Origin.SCHEDULE,
        owner,
        header.run(),
        header.tick(),
        header.tick(),
        lineage,
        "test",
        true,
        parts,
        new Manifest.Postgres(
            170002,
            new ServerFacts("postgres", List.of(), List.of(), true),
            List.of(),
            FactsMode.OFF));
  }

  /** What a restore would read. */
  byte[] restored(String id, Access access) {
    try (var points = open(access)) {
      var set = points.require(new PointReference(id, null));
      var part = points.manifest(set).parts().getFirst();
      var bytes = new ByteArrayOutputStream();
      points
          .repository()
          .dump(points.snapshotOf(set, part), part.path(), stream -> stream.transferTo(bytes));
      return bytes.toByteArray();
    }
  }

  /** Content that no other content shares a chunk with. */
  static byte[] random(int seed, int bytes) {
    var content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return content;
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The largest pack below the repository: it holds data. */
  Path largestPack() {
    try (var files = Files.walk(store().resolve(path).resolve("data"))) {
      return files
          .filter(Files::isRegularFile)
          .max(Comparator.comparingLong(file -> file.toFile().length()))
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
