package dev.salvor.engine.postgres.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Isolation;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.ConnectionSettings;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class SandboxServerIT {
  static final List<Integer> MAJORS = PostgresServer.MAJORS;

  @TempDir Path scratch;

  private final ProcessRunner processes =
      new ProcessRunner(System.getenv(), Deadline.after(Duration.ofMinutes(2)));

  @ParameterizedTest
  @FieldSource("MAJORS")
  void isTheSourcesMajorUnderAUserOfItsOwnWithoutNetwork(int major) throws IOException {
    var canary = Files.createTempFile(Path.of("/tmp"), "canary-", "");
    try (var server = start(major, List.of("auto_explain"))) {
      assertThat(server.isolation()).isEqualTo(Isolation.ENFORCED);
      try (var session = session(server)) {
        assertThat(session.number("SHOW server_version_num") / 10_000).isEqualTo(major);
        assertThat(session.text("SELECT rolname FROM pg_roles WHERE oid = 10"))
            .isEqualTo("the boss");
        assertThat(session.text("SHOW shared_preload_libraries")).isEqualTo("auto_explain");
        assertThat(session.text("SHOW max_worker_processes")).isEqualTo("0");
        assertThat(session.text("SHOW max_logical_replication_workers")).isEqualTo("0");
        assertThat(session.text("SHOW listen_addresses")).isEmpty();
        assertThat(session.text("SHOW cron.database_name")).isEqualTo("shop");
        // What a restored function could reach: nothing but its own loopback, and no real socket.
        session.execute(
            "CREATE TEMP TABLE seen (line text);"
                + " COPY seen FROM PROGRAM 'cat /proc/net/dev; ls /run; id -u; ls /tmp'");
        var seen = session.rows("SELECT line FROM seen", row -> row.getString(1));
        assertThat(seen).noneMatch(line -> line.contains("eth0"));
        assertThat(seen).contains("data").doesNotContain("lock", "postgresql");
        assertThat(seen).doesNotContain(scratch.getFileName().toString());
        assertThat(seen).doesNotContain(canary.getFileName().toString());
        var uid = seen.stream().filter(line -> line.matches("[0-9]{5,}")).findFirst();
        assertThat(uid).isPresent();
        if (root()) {
          assertThat(Files.readString(Path.of("/etc/passwd"))).doesNotContain(":" + uid.get());
        }
      }
    } finally {
      Files.delete(canary);
    }
    assertThat(folders()).isEmpty();
  }

  @Test
  void aLibraryThatIsNotHereIsLeftOutAndNamed() {
    try (var server = start(15, List.of("no_such_library", "auto_explain", "nor_this"))) {
      assertThat(server.missingLibraries())
          .containsExactlyInAnyOrder("no_such_library", "nor_this");
      try (var session = session(server)) {
        assertThat(session.text("SHOW shared_preload_libraries")).isEqualTo("auto_explain");
      }
    }
  }

  @Test
  void endsWithTheRun() {
    var server = start(15, List.of());
    processes.endAll();
    await().atMost(Duration.ofSeconds(10)).until(() -> !server.isAlive());
    assertThat(serversIn(scratch)).isEmpty();
    assertThatThrownBy(() -> session(server)).isInstanceOf(EngineException.class);
  }

  @Test
  void aLongScratchPathStillHasASocket() throws IOException {
    var deep = scratch.resolve("d".repeat(100));
    Files.createDirectory(deep);
    try (var server =
        SandboxServer.start(deep, settings(15, List.of()), Programs.here(), processes)) {
      try (var session = session(server)) {
        assertThat(session.number("SELECT 1")).isEqualTo(1);
      }
    }
  }

  @Test
  void endsWhenTheWorkerIsKilled() throws IOException {
    var holder = hold(List.of(java().toString()), classes(), scratch);
    var home = scratch.resolve(said(holder).replaceFirst("^\\S+ .*/", ""));
    assertThat(Files.exists(home.resolve("data/postmaster.pid"))).isTrue();
    assertThat(postgresIn(home)).isNotEmpty();

    holder.destroyForcibly();

    await().atMost(Duration.ofSeconds(20)).until(() -> postgresIn(home).isEmpty());
  }

  /** Enclosed by a user namespace, as whoever runs the worker. */
  @Test
  @NeedsRoot
  void anOrdinaryUserIsEnclosedToo() throws IOException {
    var open = Files.createTempDirectory(Path.of("/tmp"), "sandbox-test-");
    var readable = PosixFilePermissions.fromString("rwxr-xr-x");
    Files.setPosixFilePermissions(open, readable);
    copy(Path.of(classes().split(":", -1)[0]), open.resolve("classes"));
    copy(testClasses(), open.resolve("classes"));
    var scratchOfIts = Files.createDirectory(open.resolve("s"));
    Files.setAttribute(scratchOfIts, "unix:uid", 65534);
    var holder =
        hold(
            List.of(
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", java().toString()),
            open.resolve("classes").toString(),
            scratchOfIts);
    assertThat(said(holder)).startsWith("ENFORCED ");
    holder.destroyForcibly();
    await().atMost(Duration.ofSeconds(20)).until(() -> postgresIn(scratchOfIts).isEmpty());
    SandboxFolders.delete(open);
  }

  private static Process hold(List<String> java, String classes, Path folder) throws IOException {
    var command = new ArrayList<>(java);
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classes,
            SandboxHolder.class.getName(),
            folder.toString(),
            "15"));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SALVOR_CACHE", Programs.here().cache().toString());
    return builder.start();
  }

  /** The one line that it says. */
  private static String said(Process holder) throws IOException {
    var reader =
        new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
    return String.valueOf(reader.readLine());
  }

  private static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  private static String classes() {
    return place(SandboxServer.class)
        + ":"
        + testClasses()
        + ":"
        + System.getProperty("java.class.path");
  }

  private static Path testClasses() {
    return place(SandboxHolder.class);
  }

  private static Path place(Class<?> type) {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (var file : files.toList()) {
        var target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  /** By the folder that they hold open: their arguments name it as the enclosure shows it. */
  private static List<ProcessHandle> postgresIn(Path home) throws IOException {
    var real = home.toRealPath().toString();
    return ProcessHandle.allProcesses().filter(process -> opened(process, real)).toList();
  }

  private static boolean opened(ProcessHandle process, String folder) {
    if (process.info().commandLine().orElse("").contains(folder)) {
      return !process.info().command().orElse("").endsWith("java");
    }
    return false;
  }

  private SandboxServer start(int major, List<String> libraries) {
    return SandboxServer.start(scratch, settings(major, libraries), Programs.here(), processes);
  }

  private static SandboxSettings settings(int major, List<String> libraries) {
    return new SandboxSettings(major, "the boss", libraries, "shop");
  }

  static PostgresSession session(SandboxServer server) {
    var settings =
        ConnectionSettings.overSocket(
            server.socketFolder(), server.port(), server.superuser(), "template1");
    return PostgresSession.open(Connector.connect(settings), "template1", "test");
  }

  private static boolean root() {
    return "root".equals(System.getProperty("user.name"));
  }

  private List<Path> folders() throws IOException {
    try (Stream<Path> files = Files.list(scratch)) {
      return files.toList();
    }
  }

  private static List<ProcessHandle> serversIn(Path folder) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(folder.toString()))
        .toList();
  }
}
