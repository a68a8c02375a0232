package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreMode;
import dev.salvor.task.Credential;
import dev.salvor.task.ExitCode;
import dev.salvor.task.Header;
import dev.salvor.task.PointReference;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.BuiltProgram;
import dev.salvor.testing.S3Server;
import dev.salvor.worker.RecoveryPoints.Access;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker as a host runs it. */
@NullUnmarked
class WorkerIT {
  @TempDir Path folder;
  private StoreWorld world;

  @BeforeEach
  void setUp() {
    world = new StoreWorld(folder);
  }

  @Test
  void withoutATaskThereIsNoReport() {
    assertThat(Worker.run(Map.of())).isEqualTo(ExitCode.USAGE);
    world.environment.put(WorkerEnvironment.TASK, "{\"task\":\"OfANewerVersion\"}");
    assertThat(Worker.run(world.environment)).isEqualTo(ExitCode.USAGE);
    assertThat(folder.resolve("report.json")).doesNotExist();
  }

  @Test
  void aProbeMakesTheStoreOnceAndSaysWhatItIs() {
    var first = (TaskResult.Probed) world.run(probe()).result();
    world.storeId = first.storeId();
    var second = (TaskResult.Probed) world.run(probe()).result();

    assertThat(second).isEqualTo(first);
    assertThat(first.deletable()).isTrue();
    assertThat(first.keyFingerprint())
        .isEqualTo(KeyFingerprint.of(StoreWorld.PASSWORD, first.storeId()));
    try (var files = Files.list(world.store())) {
      assertThat(files.map(file -> file.getFileName().toString())).contains("salvor-store.json");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aMissingSecretIsNamed() throws IOException {
    Folders.delete(folder.resolve("credentials"));

    var report = world.run(probe());

    assertThat(report.failure().reason()).isEqualTo(Reason.CREDENTIALS_MISSING);
    assertThat(report.failure().message()).contains("offsite-key").contains("password");
    assertThat(folder.resolve("scratch")).isEmptyDirectory();
  }

  @Test
  void credentialsAreCopiedToMemoryForThisUserAlone() throws IOException {
    // As the kubelet mounts a Secret: links, readable by the group.
    var data = Files.createDirectories(folder.resolve("mount/source/..2026_11_22"));
    Files.writeString(data.resolve("uri"), "postgresql://u:p@h/d\n");
    Files.createSymbolicLink(folder.resolve("mount/source/..data"), data.getFileName());
    Files.createSymbolicLink(folder.resolve("mount/source/uri"), Path.of("..data/uri"));
    Path copied;
    try (var secrets = PrivateFolder.make(Map.of(), folder)) {
      secrets.copyCredentials(folder.resolve("mount"));
      copied = secrets.path().resolve("source");
      var credentials = new Credentials(secrets.path(), List.of());

      assertThat(copied.toString()).startsWith("/dev/shm/");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copied)))
          .isEqualTo("rwx------");
      var file = credentials.file(Credential.SOURCE, "uri").orElseThrow();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(credentials.text(Credential.SOURCE, "uri")).contains("postgresql://u:p@h/d");
      assertThat(copied).isDirectoryNotContaining("glob:**..*");
    }
    assertThat(copied.getParent()).doesNotExist();
  }

  /** A pod gives each container memory of its own there, while all of them share /dev/shm. */
  @Test
  void credentialsGoToTheMemoryThatTheHostNames() throws IOException {
    var memory = Files.createDirectory(folder.resolve("memory"));
    try (var secrets = PrivateFolder.make(Map.of("XDG_RUNTIME_DIR", memory.toString()), folder)) {
      assertThat(secrets.path()).hasParent(memory);
    }
  }

  @Test
  void theFolderOfAKilledRunIsRemovedAndThatOfALiveOneIsNot() throws IOException {
    // Others of this machine sweep /dev/shm.
    var memory = Map.of("XDG_RUNTIME_DIR", Files.createDirectory(folder.resolve("own")).toString());
    var dead = Files.createDirectories(folder.resolve("own/salvor-run-killed"));
    Files.writeString(dead.resolve("lock"), "");
    Files.writeString(dead.resolve("secret"), "secret");
    Files.setLastModifiedTime(dead.resolve("lock"), FileTime.from(Instant.EPOCH));
    try (var live = PrivateFolder.make(memory, folder);
        var other = PrivateFolder.make(memory, folder)) {
      assertThat(dead).doesNotExist();
      assertThat(live.path()).exists();
      assertThat(other.path()).exists();
    }
  }

  /** A restic that never ends, and says where it is. */
  private Path hangingRestic() throws IOException {
    var script = folder.resolve("restic");
    Files.writeString(
        script, "#!/bin/sh\necho $$ > " + folder.resolve("pid") + "\nexec sleep 600\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    world.environment.put("SALVOR_RESTIC", script.toString());
    world.withRepository();
    return folder.resolve("pid");
  }

  private static boolean alive(Path pid) throws IOException {
    return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
        .map(ProcessHandle::isAlive)
        .orElse(false);
  }

  @Test
  void theDeadlineEndsTheRunAndItsEngines() throws IOException {
    var pid = hangingRestic();
    var header = new Header("run-late", 1, StoreWorld.TICK, 10, List.of());

    var report = world.run(new Task.Inspect(header, world.target(), null, null, 5));

    assertThat(report.outcome()).isEqualTo(TaskReport.Outcome.FAILED);
    assertThat(report.failure().reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
    assertThat(report.failure().message()).doesNotContain("anew");
    assertThat(alive(pid)).isFalse();
    assertThat(folder.resolve("scratch")).isEmptyDirectory();
  }

  /** Nobody can raise what a request was made with. */
  @Test
  void aRequestThatIsTooLateIsToBeMadeAnew() throws IOException {
    hangingRestic();
    var report =
        world.run(
            new Task.RestoreFiles(
                new Header("run-late", 1, StoreWorld.TICK, 3, List.of()),
                world.target(),
                new PointReference("20261122t020000z-abcdef", null),
                null,
                folder.resolve("target").toString(),
                List.of(),
                Task.Existing.REFUSE,
                RestoreMode.MIRROR,
                Task.Effect.CARRY_OUT,
                null,
                "request-1",
                List.of()));

    assertThat(report.failure().reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
    assertThat(report.failure().message()).contains("create it anew with a longer deadline");
  }

  @Test
  void aTermSignalEndsEnginesFirstAndLeavesAReport() throws Exception {
    var pid = hangingRestic();
    var task = new Task.Inspect(world.header(), world.target(), null, null, 5);
    world.environment.put(WorkerEnvironment.TASK, TaskJson.write(task));
    var builder = new ProcessBuilder(BuiltProgram.worker());
    builder.environment().putAll(world.environment);
    builder.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile());
    var process = builder.start();
    await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(pid) && Files.size(pid) > 0);

    process.destroy();

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(ExitCode.INTERRUPTED.code());
    assertThat(alive(pid)).isFalse();
    var report = Json.mapper().readValue(folder.resolve("report.json").toFile(), TaskReport.class);
    assertThat(report.failure().reason()).isEqualTo(Reason.INTERRUPTED);
    assertThat(folder.resolve("scratch")).isEmptyDirectory();
  }

  @Test
  void eachStepIsAnnouncedBeforeItBegins() throws IOException {
    var output = new ByteArrayOutputStream();
    world.withRepository();
    var task = new Task.Inspect(world.header(), world.target(), null, null, 5);
    world.environment.put(WorkerEnvironment.TASK, TaskJson.write(task));

    new Worker(
            world.environment,
            new PrintStream(output, true, StandardCharsets.UTF_8),
            Clock.systemUTC())
        .run();

    var steps = new ArrayList<String>();
    for (var line : output.toString(StandardCharsets.UTF_8).lines().toList()) {
      steps.add(Json.mapper().readTree(line).path("step").asText());
    }
    assertThat(steps).containsExactly("OPEN_REPOSITORY", "LIST", "REPORT");
  }

  @Test
  void aReportReplacesWhatWasThere() throws IOException {
    var file = folder.resolve("termination-log");
    var report =
        new TaskReport(
            "r", TaskReport.Outcome.SUCCEEDED, StoreWorld.TICK, StoreWorld.TICK, null, null, null);

    Files.writeString(file, "x".repeat(5000));
    new ReportFile(file).write(report);

    assertThat(Json.mapper().readValue(file.toFile(), TaskReport.class)).isEqualTo(report);
    assertThat(folder.resolve("termination-log.new")).doesNotExist();
  }

  @Test
  void aBucketWorksLikeAFolderAndReadOnlyKeysRestore() {
    var server = S3Server.shared();
    world.place = server.place(server.bucket(), "prod");
    keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);

    var id = world.backup(StoreWorld.TICK, StoreWorld.text("in a bucket"));
    keys(S3Server.READER, S3Server.READER_SECRET);

    assertThat(world.restored(id, Access.PROVE)).isEqualTo(StoreWorld.text("in a bucket"));
    assertThat(world.run(probe()).failure().reason()).isEqualTo(Reason.STORE_READ_ONLY);
    var inspected =
        (TaskResult.Inspected)
            world.run(new Task.Inspect(world.header(), world.target(), null, null, 5)).result();
    assertThat(inspected.points()).extracting(TaskResult.Point::id).containsExactly(id);

    keys(S3Server.ACCESS_KEY, "wrong");
    var denied = world.run(new Task.Inspect(world.header(), world.target(), null, null, 5));
    assertThat(denied.failure().reason()).isEqualTo(Reason.STORE_ACCESS_DENIED);
    assertThat(denied.toString()).doesNotContain(S3Server.ACCESS_KEY);
  }

  /** Of a place at which nobody listens: what is refused is refused before anything is asked. */
  @ParameterizedTest
  @ValueSource(strings = {"AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID"})
  void aKeyThatNoRequestCanHoldIsNamedAndNotShown(String name) {
    world.place = new StoreTarget.Bucket("b", null, "http://127.0.0.1:1", "r", null, null);
    keys("an-id", "a-secret");
    world.credential(Credential.STORE_S3, name, "in-two\nlines");

    var report = world.run(probe());

    assertThat(report.failure().reason()).isEqualTo(Reason.CREDENTIALS_MISSING);
    assertThat(report.failure().message()).contains("offsite-s3").contains(name);
    assertThat(report.toString()).doesNotContain("in-two").doesNotContain("lines");
  }

  @Test
  void whatOthersSayInAnExceptionIsNotReported() {
    world.at(
        "OPEN",
        () -> {
          throw new IllegalArgumentException("a-secret");
        });

    var report = world.run(new Task.Inspect(world.header(), world.target(), null, null, 5));

    assertThat(report.failure().reason()).isEqualTo(Reason.INTERNAL_ERROR);
    assertThat(report.failure().message()).startsWith("IllegalArgumentException: the log");
    assertThat(report.toString()).doesNotContain("a-secret");
  }

  private void keys(String access, String secret) {
    world.credential(Credential.STORE_S3, "AWS_ACCESS_KEY_ID", access);
    world.credential(Credential.STORE_S3, "secretAccessKey", secret);
  }

  private Task probe() {
    return new Task.ProbeStore(world.header(), world.storeTarget());
  }
}
