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
import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
        var uid = seen.stream().filter(line -> line.matches("[0-9]{5,}")).findFirst();
        assertThat(uid).isPresent();
        if (root()) {
          assertThat(Files.readString(Path.of("/etc/passwd"))).doesNotContain(":" + uid.get());
        }
      }
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
