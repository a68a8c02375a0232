package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.engine.postgres.ConnectionSettings;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.sandbox.SandboxSettings;
import dev.salvor.engine.postgres.sandbox.ServerFolder;
import dev.salvor.engine.process.Programs;
import dev.salvor.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The script of the server's container, in the shells and with the folders of known images. */
@NeedsRoot
class SandboxScriptIT {
  private static final String DEBIAN = "usr/lib/postgresql/17/bin";

  /** Of Debian's images, of Alpine's, and of those for Red Hat. */
  static Stream<List<String>> shells() {
    var busybox = Programs.here().cache().resolve("test/busybox/usr/bin/busybox");
    return Stream.of(
        VerificationPod.DASH, List.of(busybox.toString(), "sh"), List.of("bash", "--posix"));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void isTheSourcesImageWhateverItsNames(List<String> shell) throws IOException {
    try (var pod = new VerificationPod().with(17, DEBIAN)) {
      var canary = canary();
      var user = "-b ; `touch " + canary + "` * & | <x> #~ ü";
      var settings =
          new SandboxSettings(
              17, user, List.of("no_such", "auto_explain", "nor; this"), "it's \"$(touch /c)\" \\");
      order(pod, settings);
      pod.startServer(shell);
      pod.awaitReady();

      try (var session = session(pod, user)) {
        assertThat(session.text("SELECT rolname FROM pg_roles WHERE oid = 10")).isEqualTo(user);
        assertThat(session.text("SHOW shared_preload_libraries")).isEqualTo("auto_explain");
        assertThat(session.text("SHOW cron.database_name")).isEqualTo(settings.cronDatabase());
        assertThat(session.text("SHOW listen_addresses")).isEmpty();
        assertThat(session.text("SHOW max_worker_processes")).isEqualTo("0");
        assertThat(session.text("SHOW data_directory"))
            .isEqualTo(pod.sandbox().resolve("data").toString());
      }
      assertThat(new ServerFolder(pod.sandbox()).missingLibraries())
          .containsExactly("no_such", "nor; this");
      assertThat(canary).doesNotExist();

      assertThat(pod.endServer()).isZero();
      assertThat(pod.sandbox().resolve("data/postmaster.pid")).doesNotExist();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "usr/lib/postgresql/17/bin",
    "usr/pgsql-17/bin",
    "opt/bitnami/postgresql/bin",
    "usr/local/bin",
    "usr/libexec/postgresql17",
    "usr/lib/postgresql/bin",
    "nix/var/nix/profiles/default/bin",
    "nix/store/0a1b-postgresql-and-plugins-17.6/bin",
    "nix/store/0a1b-postgresql-17.6/bin",
    "usr/bin",
    "path"
  })
  void findsTheProgramsWhereImagesKeepThem(String place) {
    try (var pod = new VerificationPod().with(17, place)) {
      order(pod, new SandboxSettings(17, "boss", List.of(), "postgres"));
      pod.startServer(VerificationPod.DASH);
      pod.awaitFile("data");
      assertThat(pod.said()).contains("PostgreSQL 17.").contains("/" + place + "\n");
    }
  }

  @Test
  void anotherMajorIsPassedBy() {
    try (var pod = new VerificationPod().with(17, "usr/local/bin").with(15, "usr/bin")) {
      order(pod, new SandboxSettings(15, "boss", List.of(), "postgres"));
      pod.startServer(VerificationPod.DASH);
      pod.awaitFile("data");
      assertThat(pod.said()).contains("PostgreSQL 15.").contains("/usr/bin\n");
    }
  }

  /** Those who found Supabase's own PostgreSQL without its extensions would prove nothing. */
  @Test
  void theOneWithItsExtensionsComesFirst() {
    try (var pod =
        new VerificationPod()
            .with(17, "nix/store/0aaa-postgresql-17.6/bin")
            .with(17, "nix/store/1bbb-postgresql-and-plugins-17.6/bin")) {
      order(pod, new SandboxSettings(17, "boss", List.of(), "postgres"));
      pod.startServer(VerificationPod.DASH);
      pod.awaitFile("data");
      assertThat(pod.said()).contains("/nix/store/1bbb-postgresql-and-plugins-17.6/bin\n");
    }
  }

  @ParameterizedTest
  @MethodSource("shells")
  void anImageOfAnotherMajorSaysSo(List<String> shell) {
    try (var pod = new VerificationPod().with(15, DEBIAN)) {
      order(pod, new SandboxSettings(17, "boss", List.of(), "postgres"));
      assertThat(failure(pod, shell))
          .startsWith("NoClientForServer: ")
          .contains("the image has PostgreSQL 15.")
          .contains(" instead of 17");
      assertThat(pod.sandbox().resolve("data")).doesNotExist();
      // It would be started again by the kubelet, over and over.
      assertThat(pod.processes()).isNotEmpty();
      assertThat(pod.endServer()).isZero();
    }
  }

  @Test
  void anImageWithoutAServerSaysSo() {
    try (var pod = new VerificationPod()) {
      order(pod, new SandboxSettings(17, "boss", List.of(), "postgres"));
      assertThat(failure(pod, VerificationPod.DASH))
          .startsWith("NoClientForServer: ")
          .contains("no initdb and postgres");
    }
  }

  /** PostgreSQL itself refuses such a name in initdb. */
  @Test
  void aNameThatNoServerCanBearSaysSo() {
    try (var pod = new VerificationPod().with(17, DEBIAN)) {
      var canary = canary();
      order(pod, new SandboxSettings(17, "$(touch " + canary + ")", List.of(), "postgres"));
      assertThat(failure(pod, VerificationPod.DASH))
          .startsWith("SandboxFailed: ")
          .contains("initdb of PostgreSQL 17.");
      assertThat(new ServerFolder(pod.sandbox()).failure().orElseThrow().logTail())
          .contains("invalid character in extension owner");
      assertThat(canary).doesNotExist();
    }
  }

  @Test
  void whatCannotBeOrderedIsNotStarted() {
    try (var pod = new VerificationPod().with(17, DEBIAN)) {
      order(pod, new SandboxSettings(17, "bo\nss", List.of(), "postgres"));
      assertThat(failure(pod, VerificationPod.DASH)).contains("line break");
      assertThat(pod.processes()).isNotEmpty();
      assertThat(pod.sandbox().resolve("data")).doesNotExist();
    }
  }

  @Test
  void waitsForFetch() throws IOException {
    try (var pod = new VerificationPod().with(17, DEBIAN)) {
      order(pod, new SandboxSettings(17, "boss", List.of(), "postgres"));
      Files.delete(pod.sandbox().resolve("server/ordered"));
      pod.startServer(VerificationPod.DASH);
      await()
          .pollDelay(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(20))
          .until(() -> !pod.processes().isEmpty());
      assertThat(pod.sandbox().resolve("server/started")).doesNotExist();
      Files.createFile(pod.sandbox().resolve("server/ordered"));
      pod.awaitReady();
    }
  }

  @ParameterizedTest
  @MethodSource("shells")
  void aServerThatWasKilledIsNotMadeAnew(List<String> shell) {
    try (var pod = new VerificationPod().with(17, DEBIAN)) {
      order(pod, new SandboxSettings(17, "boss", List.of(), "postgres"));
      pod.startServer(shell);
      pod.awaitReady();
      pod.killServer();
      assertThat(failure(pod, shell)).contains("ended and started again");
    }
  }

  /** That nobody may make. Its path is short: it becomes a part of a role's name. */
  private static Path canary() {
    return Path.of("/tmp/c" + System.nanoTime());
  }

  private static void order(VerificationPod pod, SandboxSettings settings) {
    new ServerFolder(pod.sandbox()).order(settings);
    pod.writePasswd();
    pod.give();
  }

  private static String failure(VerificationPod pod, List<String> shell) {
    pod.startServer(shell);
    pod.awaitFile("server/failed");
    var failure = new ServerFolder(pod.sandbox()).failure().orElseThrow();
    return failure.reason() + ": " + failure.message();
  }

  private static PostgresSession session(VerificationPod pod, String user) {
    var settings =
        ConnectionSettings.overSocket(
            new ServerFolder(pod.sandbox()).socketFolder(), 5432, user, "template1");
    return PostgresSession.open(Connector.connect(settings), "template1", "test");
  }
}
