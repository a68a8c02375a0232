package dev.salvor.worker;

import static org.awaitility.Awaitility.await;

import dev.salvor.api.Json;
import dev.salvor.engine.process.Programs;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.SandboxScript;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.BuiltProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pod of a verification without a cluster: its containers are processes that share a sandbox
 * folder and a uid, the image of its server is a folder with the programs in it. Needs root, to be
 * that uid and to mount passwd.
 */
final class VerificationPod implements AutoCloseable {
  static final int UID = 65532;
  static final List<String> DASH = List.of("sh");

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String MOUNT =
      "mount --bind \"$0\" /etc/passwd && exec setpriv --reuid="
          + UID
          + " --regid="
          + UID
          + " --clear-groups --no-new-privs -- \"$@\"";

  /** As {@code operator.jobs.Identities} gives them to whom proves files. */
  private static final List<String> ROOT =
      List.of(
          "setpriv", "--bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+mknod,+setfcap");

  private static final List<String> SALVOR =
      List.of("setpriv", "--reuid=" + UID, "--regid=" + UID, "--clear-groups");

  private final Path folder;
  private final List<String> worker;
  private @Nullable Process server;

  VerificationPod() {
    this(Path.of(System.getProperty("java.io.tmpdir")), SALVOR);
  }

  private VerificationPod(Path parent, List<String> worker) {
    this.worker = worker;
    try {
      folder = Files.createTempDirectory(parent, "pod-");
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.createDirectories(sandbox());
      Files.createDirectories(image());
      if (worker.equals(SALVOR)) {
        give();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Its workers are root and its server is not: for files, on a disk that keeps their attributes.
   */
  static VerificationPod ofRoot() {
    return new VerificationPod(Path.of("/var/tmp"), ROOT);
  }

  Path folder() {
    return folder;
  }

  Path sandbox() {
    return folder.resolve("sandbox");
  }

  private Path image() {
    return folder.resolve("image");
  }

  /** Adds initdb and postgres of a major to a folder of the image. */
  VerificationPod with(int major, String place) {
    var bin = image().resolve(place);
    try {
      Files.createDirectories(bin);
      for (var program : List.of("initdb", "postgres")) {
        Files.createSymbolicLink(
            bin.resolve(program), Programs.here().postgres(major, program).toRealPath());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** All that lies in the pod is its uid's, whoever of the test wrote it. */
  void give() {
    own(folder);
  }

  /** Of a sandbox that the test's own user filled. */
  void writePasswd() {
    try {
      Files.writeString(
          sandbox().resolve(SandboxFolder.PASSWD), "pod:x:" + UID + ":" + UID + "::/:/bin/false\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts the server's container.
   *
   * @param shell of the image
   */
  void startServer(List<String> shell) {
    var command = new ArrayList<>(List.of("unshare", "--mount", "--", "sh", "-c", MOUNT));
    command.add(sandbox().resolve(SandboxFolder.PASSWD).toString());
    command.addAll(shell);
    command.addAll(List.of("-c", SandboxScript.text()));
    server =
        start(
            command,
            Map.of(
                "PATH",
                image().resolve("path") + ":/usr/bin:/bin",
                "SALVOR_SANDBOX",
                sandbox().toString(),
                "SALVOR_IMAGE_ROOT",
                image().toString(),
                // Images have such, and none of it may matter.
                "PGDATA",
                "/nonexistent",
                "PGPORT",
                "1"),
            folder.resolve("server.out"));
  }

  /** What the server's container said so far. */
  String said() {
    try {
      return Files.readString(folder.resolve("server.out"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for a file by which the server's side speaks. */
  void awaitFile(String name) {
    await().atMost(PATIENCE).until(() -> Files.exists(sandbox().resolve(name)));
  }

  void awaitReady() {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              if (Files.exists(sandbox().resolve("server/failed"))) {
                throw new IllegalStateException(
                    said() + Files.readString(sandbox().resolve("server/log")));
              }
              var pid = sandbox().resolve("data/postmaster.pid");
              return Files.exists(pid) && Files.readString(pid).contains("ready");
            });
  }

  /** As the kubelet ends a container. */
  int endServer() {
    var running = server;
    if (running == null) {
      throw new IllegalStateException("no server was started");
    }
    running.toHandle().destroy();
    return ended(running);
  }

  /** As a kernel does that wants memory: the container with all that is in it. */
  void killServer() {
    var running = server;
    if (running == null) {
      throw new IllegalStateException("no server was started");
    }
    processes().forEach(ProcessHandle::destroyForcibly);
    ended(running);
  }

  /** What runs in the server's container. */
  List<ProcessHandle> processes() {
    var running = server;
    return running == null
        ? List.of()
        : Stream.concat(Stream.of(running.toHandle()), running.descendants())
            .filter(ProcessHandle::isAlive)
            .toList();
  }

  /** Carries a Task out in a container with Salvor's image. */
  TaskReport run(Task task, Map<String, String> more) {
    var report = folder.resolve("report.json");
    var environment = new HashMap<>(more);
    environment.put("PATH", System.getenv().getOrDefault("PATH", ""));
    environment.put("HOME", "/nonexistent");
    environment.put("SALVOR_CACHE", Programs.here().cache().toString());
    environment.put(WorkerEnvironment.TASK, TaskJson.write(task));
    environment.put(WorkerEnvironment.REPORT, report.toString());
    environment.put(WorkerEnvironment.SCRATCH, folder.resolve("scratch").toString());
    environment.put(WorkerEnvironment.SANDBOX, sandbox().toString());
    try {
      Files.deleteIfExists(report);
      var command = new ArrayList<>(worker);
      command.add("--");
      command.addAll(BuiltProgram.worker(Image.FOLDER));
      ended(start(command, environment, folder.resolve("worker.out")));
      return Json.mapper().readValue(report.toFile(), TaskReport.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    // What they started in the meantime too: it would make files in what is being deleted.
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              var left = processes();
              left.forEach(ProcessHandle::destroyForcibly);
              return left.isEmpty();
            });
    Folders.delete(folder);
  }

  /** Salvor's image: where others than root can read it. Gone when the test run ends. */
  private static final class Image {
    static final Path FOLDER = make();

    private static Path make() {
      try {
        var image = Files.createTempDirectory("salvor-image-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Folders.delete(image)));
        BuiltProgram.lay(image);
        return image;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void own(Path tree) {
    try (Stream<Path> files = Files.walk(tree)) {
      for (var file : files.filter(file -> !Files.isSymbolicLink(file)).toList()) {
        Files.setAttribute(file, "unix:uid", UID);
        Files.setAttribute(file, "unix:gid", UID);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Process start(List<String> command, Map<String, String> environment, Path output) {
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("LANG", StandardCharsets.UTF_8.name());
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int ended(Process process) {
    try {
      if (!process.waitFor(PATIENCE.toSeconds() * 3, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("it did not end: " + process.info());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return -1;
    }
  }
}
