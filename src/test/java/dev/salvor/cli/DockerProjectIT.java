package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.JumpingClock;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole project of Docker is had back while its services are stopped, and its server is not. */
@NeedsRoot
class DockerProjectIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Past the delay before a second attempt. */
  private static final Duration LATER = Duration.ofMinutes(5);

  private static final String POSTS = "SELECT count(*) FROM public.posts";
  private static final String DB = "supabase-db-1";
  private static final String STORAGE = "supabase-storage-1";
  private static final String AUTH = "supabase-auth-1";

  /** A person had it stopped before. */
  private static final String REST = "supabase-rest-1";

  @TempDir private static Path folder;
  private static DockerDaemon docker;
  private static SelfHostedSupabase supabase;
  private static Path project;
  private static OneMachine machine;

  @TempDir private Path temporary;
  private String serverStarted;
  private @Nullable Process host;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    docker = DockerDaemon.start(Files.createDirectory(folder.resolve("docker")));
    supabase = SelfHostedSupabase.start();
    // What is mounted of /tmp is nobody's data.
    project = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "project.");
    SelfHostedSupabase.lay(project);
    Files.copy(
        project.resolve("db-config/pgsodium_root.key"),
        docker.volume("supabase_db-config").resolve("pgsodium_root.key"));
    docker.service(
        "supabase",
        "db",
        "--network=host",
        "--volume=supabase_db-config:/etc/postgresql-custom",
        "--env=PGPORT=" + supabase.server().port(),
        "--env=POSTGRES_PASSWORD=" + PostgresServer.PASSWORD);
    docker.service(
        "supabase",
        "storage",
        "--stop-signal=SIGKILL",
        "--volume=" + project.resolve("volumes/storage") + ":/var/lib/storage");
    docker.service("supabase", "auth", "--stop-signal=SIGKILL");
    docker.docker("stop", "--time=0", docker.service("supabase", "rest"));
    machine = new OneMachine(Files.createDirectory(folder.resolve("machine")));
    machine.writeStore();
    machine.writeSecrets("postgresql://nobody@127.0.0.1:1/none");
    ForgedRepository.inStore(machine.store(), "shop/project", OneMachine.ENCRYPTION_PASSWORD);
    machine.write(
        "policy.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: project, namespace: shop}
        spec:
          source: {supabase: {selfHosted: %s}}
          storeRef: {name: offsite}
          runOnCreate: true
        """
            .formatted(places("")));
    assertThat(machine.once(docker)).as(machine::said).isZero();
  }

  @AfterAll
  static void stop() {
    supabase.close();
    docker.close();
    Script.run("rm -rf \"$1\"", project);
  }

  @AfterEach
  void endHost() throws IOException {
    if (Files.notExists(temporary.resolve("open"))) {
      Files.createFile(temporary.resolve("open"));
    }
    if (host != null) {
      host.destroy();
      host.onExit().join();
    }
  }

  private static String places(String more) {
    return """
    {database: {connection: {composeService: {project: supabase, service: db}}},
            storage: {place: {path: "%s/volumes/storage"}},
            key: {place: {dockerVolume: supabase_db-config}}%s}
    """
        .formatted(project, more)
        .strip();
  }

  private static void restore(String name, String more) throws IOException {
    machine.write(
        name + ".yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: %s, namespace: shop}
        spec:
          source: {policyRef: {name: project}, latest: {}}
          target: {supabase: {selfHosted: %s}}
          replace: true
          notAfter: "2099-01-01T00:00:00Z"
          %s
        """
            .formatted(name, places(", stopConsumers: true, services: [auth, rest]"), more));
  }

  @BeforeEach
  void damage() {
    supabase.server().execute("postgres", "DELETE FROM public.posts WHERE id > 10");
    Script.run("rm -rf volumes/storage/stub/stub/avatars", project);
    serverStarted = started(DB);
  }

  private static String inspect(String container, String what) {
    return docker.docker("inspect", "--format", "{{.State." + what + "}}", container);
  }

  private static String state(String container) {
    return inspect(container, "Status");
  }

  private static String started(String container) {
    return inspect(container, "StartedAt");
  }

  private static JsonNode status(String request) {
    return machine.resource("RestoreRequest", request).path("status");
  }

  private static boolean isWhole() {
    return supabase.server().query("postgres", POSTS).equals("1000")
        && Files.isDirectory(project.resolve("volumes/storage/stub/stub/avatars"));
  }

  /** All as they were, whatever became of the restore. */
  private void assertAllRunAgain() throws IOException {
    assertThat(List.of(state(STORAGE), state(AUTH), state(REST)))
        .containsExactly("running", "running", "exited");
    assertThat(started(DB)).isEqualTo(serverStarted);
    try (var held = Files.list(machine.state().resolve("held"))) {
      assertThat(held).isEmpty();
    }
  }

  /** Whose databases are restored, and whose files are about to be. */
  private Process hostInTheMiddle() throws IOException {
    var restic =
        machine.resticThat(
            """
            case " $* " in
              *" restore "*)
                if [ -e '%2$s/volumes/storage/.salvor-restore.json' ]; then
                  touch '%1$s/reached'
                  while [ ! -e '%1$s/open' ]; do sleep 0.05; done
                fi ;;
            esac
            """
                .formatted(temporary, project));
    var started =
        machine.host(
            temporary.resolve("log"),
            Map.of("DOCKER_HOST", docker.address(), "SALVOR_RESTIC", restic.toString()));
    host = started;
    await().atMost(PATIENCE).until(() -> Files.exists(temporary.resolve("reached")));
    assertThat(List.of(state(STORAGE), state(AUTH), state(REST), state(DB)))
        .containsExactly("exited", "exited", "exited", "running");
    return started;
  }

  /** Also whoever's statement ends only when its client is gone is waited for. */
  @Test
  void servicesAreStoppedForARestoreAndStartedAgain() throws Exception {
    restore("plan", "dryRun: true");
    var login = supabase.server().connect("postgres", "authenticator", "p2");
    var storageStarted = started(STORAGE);
    assertThat(machine.once(docker)).as(machine::said).isZero();
    assertThat(status("plan").path("plan").toString()).contains("stop services", "authenticator");
    assertThat(started(STORAGE)).isEqualTo(storageStarted);

    restore("back", "");
    var session = Thread.startVirtualThread(() -> closeAfterAuth(login));
    var running = hostInTheMiddle();
    session.join();
    Files.createFile(temporary.resolve("open"));
    await().atMost(PATIENCE).until(() -> status("back").hasNonNull("finished"));
    running.destroy();
    running.onExit().join();
    assertThat(status("back").path("failure").isMissingNode())
        .as(status("back")::toPrettyString)
        .isTrue();
    assertThat(isWhole()).isTrue();
    assertAllRunAgain();
  }

  /** Which outlives its container by a while. */
  private static void closeAfterAuth(Connection login) {
    await().atMost(PATIENCE).until(() -> state(AUTH).equals("exited"));
    try (login) {
      Thread.sleep(Duration.ofSeconds(2));
    } catch (SQLException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of the project nothing was touched, and nobody stays down for it. */
  @Test
  void whoStaysConnectedIsRefusedAndServicesRunAgain() throws Exception {
    var storageStarted = started(STORAGE);
    restore("refused", "");
    try (var _ = supabase.server().connect("postgres", "authenticator", "p2")) {
      assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);
    }

    assertThat(status("refused").at("/failure/reason").asText()).isEqualTo("AcknowledgementNeeded");
    assertThat(status("refused").at("/failure/message").asText())
        .startsWith("Connected are")
        .contains("as authenticator", "Nothing was touched.");
    assertThat(supabase.server().query("postgres", POSTS)).isEqualTo("10");
    assertThat(started(STORAGE)).isNotEqualTo(storageStarted);
    assertAllRunAgain();
  }

  @Test
  void servicesOfARestoreThatIsKilledRunAgain() throws Exception {
    restore("killed", "");
    var running = hostInTheMiddle();
    Killed.HOST_AND_WORKERS.kill(running, docker, machine);
    Files.createFile(temporary.resolve("open"));

    machine.once(docker, Clock.systemUTC());
    assertAllRunAgain();

    var later = new JumpingClock();
    later.jump(LATER);
    machine.once(docker, later);
    assertThat(status("killed").path("failure").isMissingNode())
        .as(status("killed")::toPrettyString)
        .isTrue();
    assertThat(isWhole()).isTrue();
    assertAllRunAgain();
  }
}
