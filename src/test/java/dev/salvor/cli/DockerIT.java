package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.local.state.DurableFile;
import dev.salvor.plan.BindMounts;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stack of Docker: its database by the name of a container, its volumes by their project. */
@NeedsRoot
class DockerIT {
  private static final String KEY_FILE = "pgsodium_root.key";
  private static final String ATTRIBUTE = "supabase.content-type";

  @TempDir private static Path folder;
  private static DockerDaemon docker;

  @TempDir private Path temporary;
  private OneMachine machine;

  @BeforeAll
  static void start() {
    docker = DockerDaemon.start(folder);
  }

  @BeforeEach
  void makeMachine() throws IOException {
    machine = new OneMachine(Files.createDirectory(temporary.resolve("machine")));
    machine.writeStore();
    machine.writeSecrets("postgresql://nobody@127.0.0.1:1/none");
  }

  @AfterAll
  static void stop() {
    docker.close();
  }

  @Test
  void aDatabaseIsKeptByTheNameOfItsContainer() throws IOException, InterruptedException {
    var server = PostgresServer.shared(PostgresServer.MAJORS.getLast());
    var database = server.createDatabase();
    server.execute(database, "create table orders as select generate_series(1, 10) as id");
    machine.makeRepository();
    machine.write(
        "policy.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: shop-db, namespace: shop}
        spec:
          source: {postgres: {connection: {container: shop-db}, databases: {names: [%s]}}}
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(database));

    // Nobody has the name yet.
    request("first");
    assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);
    assertThat(failure("BackupRequest", "first").path("reason").asText())
        .isEqualTo("SourceUnreachable");
    assertThat(failure("BackupRequest", "first").path("message").asText())
        .contains("no container 'shop-db'");

    container(server, PostgresServer.PASSWORD, database);
    request("second");
    assertThat(machine.once(docker)).as(machine::said).isZero();
    assertThat(machine.policyStatus().at("/lastSuccess/rows").asLong()).isEqualTo(10);

    // Its owner made it anew, and gave it a password that the server does not know.
    docker.docker("rm", "--force", "shop-db");
    container(server, "wrong-4b1d", database);
    request("third");
    assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);
    assertThat(failure("BackupRequest", "third").path("reason").asText())
        .isEqualTo("AuthenticationFailed");

    try (var files = Files.walk(machine.state())) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        var text = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(text).as(file.toString()).doesNotContain(PostgresServer.PASSWORD, "wrong-4b1d");
      }
    }
  }

  /** On the machine's own network, as the image of a server that is on all of it would be. */
  private void container(PostgresServer server, String password, String database) {
    docker.container(
        "shop-db",
        "--network=host",
        "--env=PGPORT=" + server.port(),
        "--env=POSTGRES_USER=" + PostgresServer.SUPERUSER,
        "--env=POSTGRES_PASSWORD=" + password,
        "--env=POSTGRES_DB=" + database);
  }

  @Test
  void theVolumesOfAStackAreOnePointAndHadBack() throws IOException, InterruptedException {
    var uploads = volume("shop_uploads");
    var config = volume("shop_config");
    Files.writeString(config.resolve("config.php"), "one");
    var picture = Files.writeString(uploads.resolve("a.png"), "picture");
    Files.getFileAttributeView(picture, UserDefinedFileAttributeView.class)
        .write(ATTRIBUTE, ByteBuffer.wrap("image/png".getBytes(StandardCharsets.UTF_8)));
    Files.setAttribute(picture, "unix:uid", 4711);
    Files.setPosixFilePermissions(uploads, PosixFilePermissions.fromString("rwxr-x---"));
    ForgedRepository.inStore(machine.store(), "shop/shop-volumes", OneMachine.ENCRYPTION_PASSWORD);
    machine.write(
        "policy.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: shop-volumes, namespace: shop}
        spec:
          source: {dockerVolume: {composeProject: shop}}
          storeRef: {name: offsite}
          runOnCreate: true
          verification: {checks: [{name: config, files: {path: config.php}}]}
        """);
    docker.container("shop-web-1", "--volume=shop_uploads:/srv");
    assertThat(machine.once(docker)).as(machine::said).isZero();
    var status = machine.resource("BackupPolicy", "shop-volumes").path("status");
    assertThat(status.path("recoveryPoints")).hasSize(1);
    assertThat(status.at("/lastSuccess/files").asLong()).isEqualTo(2);

    // To a new volume.
    var asked =
        machine.salvor(
            "restore",
            "shop-volumes",
            "--docker-volume=shop_uploads",
            "--to-docker-volume=shop_copy",
            "--create-docker-volume");
    assertThat(asked).as(machine::said).isZero();
    assertThat(machine.once(docker)).as(machine::said).isZero();
    var copy =
        Path.of(docker.docker("volume", "inspect", "--format", "{{.Mountpoint}}", "shop_copy"));
    var copied = copy.resolve("a.png");
    assertThat(copied).hasContent("picture");
    assertThat(Files.getAttribute(copied, "user:" + ATTRIBUTE)).isEqualTo(bytes("image/png"));
    assertThat(Files.getAttribute(copied, "unix:uid")).isEqualTo(4711);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
        .isEqualTo("rwxr-x---");

    // Over one that is in use: named, and refused.
    Files.writeString(uploads.resolve("later"), "not in the point");
    var replace = "replace: true, notAfter: \"2099-01-01T00:00:00Z\", ";
    restore("refused", "{name: shop_uploads, mode: Mirror}", replace);
    restore("planned", "{name: shop_planned, create: true}", "dryRun: true, ");
    assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);
    assertThat(failure("RestoreRequest", "refused").path("reason").asText())
        .isEqualTo("AcknowledgementNeeded");
    assertThat(failure("RestoreRequest", "refused").path("message").asText())
        .contains("shop-web-1");
    assertThat(uploads.resolve("later")).exists();
    assertThat(machine.resource("RestoreRequest", "planned").at("/status/plan").toString())
        .contains("/shop_planned/_data");
    assertThat(docker.docker("volume", "ls", "--quiet")).doesNotContain("shop_planned");

    docker.docker("kill", "shop-web-1");
    restore("replaced", "{name: shop_uploads, mode: Mirror}", replace);
    assertThat(machine.once(docker)).as(machine::said).isZero();
    assertThat(uploads.resolve("later")).doesNotExist();
    assertThat(uploads.resolve("a.png")).hasContent("picture");
    assertThat(
            machine.resource("RestoreRequest", "replaced").at("/status/undo/safetyPoint").asText())
        .isNotEmpty();
  }

  /** It writes all the time: nothing of it changes while it is read, and it goes on afterwards. */
  @Test
  void aContainerIsStoppedWhileItsVolumeIsReadAndWhileItIsRestoredTo()
      throws IOException, InterruptedException {
    var busy = docker.volume("busy");
    writer("busy-web", "busy");
    busyPolicy("consumers: {mode: Stop}", "");
    request("quiet", "shop-busy");
    var first = started("busy-web");
    assertThat(machine.once(docker)).as(machine::said).isZero();

    var status = machine.resource("BackupRequest", "quiet").path("status");
    assertThat(status.path("warnings").toString()).doesNotContain("changed while they were read");
    assertThat(started("busy-web")).isAfter(first);
    assertThat(state("busy-web")).isEqualTo("running");

    // What writes on is seen to change: the first of these would tell nothing else.
    busyPolicy("allowEmpty: true", "");
    request("live", "shop-busy");
    assertThat(machine.once(docker)).as(machine::said).isZero();
    assertThat(machine.resource("BackupRequest", "live").at("/status/warnings").toString())
        .contains("changed while they were read");

    var second = started("busy-web");
    Files.writeString(busy.resolve("later"), "not in the point");
    var asked =
        machine.salvor(
            "restore",
            "shop-busy",
            "--to-docker-volume=busy",
            "--stop-consumers",
            "--replace",
            "--mirror");
    assertThat(asked).as(machine::said).isZero();
    assertThat(machine.once(docker)).as(machine::said).isZero();
    assertThat(busy.resolve("later")).doesNotExist();
    assertThat(started("busy-web")).isAfter(second);
    assertThat(state("busy-web")).isEqualTo("running");
    assertThat(machine.state().resolve("held")).isEmptyDirectory();
  }

  /** As a stack has it whose data lies beside its compose.yaml. */
  @Test
  void aFolderThatAProjectMountsIsKeptHeldStillAndHadBack()
      throws IOException, InterruptedException {
    // Not below the folder for temporary files, where nobody keeps data.
    var data = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "bind.");
    try {
      var stack = "--label=com.docker.compose.project=beside";
      writer("beside-web", data.toString(), stack, "--volume=/etc/hostname:/etc/name");
      writer("beside-down", data.toString(), stack);
      docker.docker("kill", "beside-down");
      writer("inner", Files.createDirectory(data.resolve("inner")).toString());
      Files.writeString(data.resolve("letter"), "kept");
      busyPolicy("consumers: {mode: Stop}", "", "composeProject: beside");
      request("quiet", "shop-busy");
      var first = started("beside-web");
      var firstInner = started("inner");
      assertThat(machine.once(docker)).as(machine::said).isZero();

      var status = machine.resource("BackupRequest", "quiet").path("status");
      assertThat(status.path("warnings").toString()).doesNotContain("changed while");
      assertThat(started("beside-web")).isAfter(first);
      assertThat(started("inner")).isAfter(firstInner);
      assertThat(state("beside-down")).isEqualTo("exited");

      Files.delete(data.resolve("letter"));
      var name = BindMounts.name(data.toString());
      var second = started("beside-web");
      var secondInner = started("inner");
      var asked =
          machine.salvor(
              "restore",
              "shop-busy",
              "--to-docker-volume=" + name,
              "--stop-consumers",
              "--replace");
      assertThat(asked).as(machine::said).isZero();
      assertThat(machine.once(docker)).as(machine::said).isZero();
      assertThat(data.resolve("letter")).hasContent("kept");
      assertThat(started("beside-web")).isAfter(second);
      assertThat(started("inner")).isAfter(secondInner);
      assertThat(state("beside-web")).isEqualTo("running");
    } finally {
      docker.docker("rm", "--force", "beside-web", "beside-down", "inner");
      DurableFile.deleteFolder(data);
    }
  }

  /** Nobody else starts what was stopped: Docker takes it for what a person did. */
  @Test
  void aContainerRunsAgainAfterTheHostAndItsWorkerWereKilled()
      throws IOException, InterruptedException {
    var slow = docker.volume("slow");
    var bytes = new byte[16 << 20];
    new java.util.Random(1).nextBytes(bytes);
    Files.write(slow.resolve("large"), bytes);
    writer("slow-web", "slow");
    busyPolicy("consumers: {mode: Stop}", "limits: {uploadKiBPerSecond: 64}", "names: [slow]");
    request("killed", "shop-busy");
    var host = machine.host(temporary.resolve("log"), docker);
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> file("hold/held.json") != null);
      assertThat(state("slow-web")).isEqualTo("exited");
    } finally {
      host.destroyForcibly().waitFor();
    }
    var claim = Files.readString(Objects.requireNonNull(file("claim-0")));
    var worker = Long.parseLong(claim.split(" ", -1)[0]);
    ProcessHandle.of(worker).orElseThrow().destroyForcibly();
    assertThat(state("slow-web")).isEqualTo("exited");

    assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);

    assertThat(state("slow-web")).isEqualTo("running");
    assertThat(machine.state().resolve("held")).isEmptyDirectory();
    assertThat(machine.resource("BackupPolicy", "shop-busy").at("/status/recoveryPoints"))
        .isEmpty();
  }

  /** The one run's. */
  private @Nullable Path file(String name) throws IOException {
    var runs = machine.state().resolve("runs");
    if (!Files.isDirectory(runs)) {
      return null;
    }
    try (var all = Files.list(runs)) {
      return all.map(run -> run.resolve(name)).filter(Files::exists).findFirst().orElse(null);
    }
  }

  private static void writer(String name, String volume, String... options) {
    var words =
        new ArrayList<>(
            List.of(
                "run",
                "--detach",
                "--name=" + name,
                "--stop-signal=SIGKILL",
                "--volume=" + volume + ":/data"));
    words.addAll(List.of(options));
    words.addAll(
        List.of(
            "box",
            "/bin/busybox",
            "sh",
            "-c",
            "while true; do echo $((n += 1)) > /data/now; done"));
    docker.docker(words.toArray(String[]::new));
  }

  private static String state(String name) {
    return docker.docker("inspect", "--format", "{{.State.Status}}", name);
  }

  private static Instant started(String name) {
    return Instant.parse(docker.docker("inspect", "--format", "{{.State.StartedAt}}", name));
  }

  private void busyPolicy(String source, String store) throws IOException {
    busyPolicy(source, store, "names: [busy]");
  }

  private void busyPolicy(String source, String store, String volumes) throws IOException {
    if (!Files.exists(machine.store().resolve("shop"))) {
      ForgedRepository.inStore(machine.store(), "shop/shop-busy", OneMachine.ENCRYPTION_PASSWORD);
    }
    machine.write(
        "store.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupStore
        metadata: {name: offsite, namespace: shop}
        spec:
          folder: {path: %s}
          encryption: {passwordSecretRef: {name: offsite-key, key: password}}
          initialize: IfEmpty
          %s
        """
            .formatted(machine.store(), store));
    machine.write(
        "policy.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: shop-busy, namespace: shop}
        spec:
          source: {dockerVolume: {%s, %s}}
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(volumes, source));
  }

  /** A person says where things are, and nothing of how they are reached. */
  @Test
  void aSupabaseProjectIsKeptAsItsContainersSay() throws IOException, InterruptedException {
    try (var supabase = SelfHostedSupabase.start()) {
      var project = Files.createDirectory(temporary.resolve("project"));
      SelfHostedSupabase.lay(project);
      var key = project.resolve("db-config").resolve(KEY_FILE);
      Files.copy(key, docker.volume("supabase_db-config").resolve(KEY_FILE));
      docker.container(
          "supabase-db",
          "--network=host",
          "--label=com.docker.compose.project=supabase",
          "--label=com.docker.compose.service=db",
          "--volume=supabase_db-config:/etc/postgresql-custom",
          "--env=PGPORT=" + supabase.server().port(),
          "--env=POSTGRES_USER=postgres",
          "--env=POSTGRES_PASSWORD=" + PostgresServer.PASSWORD);
      ForgedRepository.inStore(machine.store(), "shop/project", OneMachine.ENCRYPTION_PASSWORD);
      machine.write(
          "policy.yaml",
          """
          apiVersion: salvor.dev/v1alpha1
          kind: BackupPolicy
          metadata: {name: project, namespace: shop}
          spec:
            source:
              supabase:
                selfHosted:
                  database: {connection: {composeService: {project: supabase, service: db}}}
                  storage: {place: {path: "%1$s/volumes/storage"}}
                  key: {place: {dockerVolume: supabase_db-config}}
                  configuration: {folder: "%1$s"}
            storeRef: {name: offsite}
            runOnCreate: true
          """
              .formatted(project));

      assertThat(machine.once(docker)).as(machine::said).isZero();
      var status = machine.resource("BackupPolicy", "project").path("status");
      assertThat(status.at("/lastSuccess/files").asLong()).isEqualTo(11);
      assertThat(status.at("/lastSuccess/objects/known").asLong()).isEqualTo(11);
      assertThat(status.at("/lastSuccess/tables").asLong()).isGreaterThan(8);
      assertThat(status.at("/lastSuccess/fileBytes").asLong()).isEqualTo(8 * 5000 + 5 + 64);

      var copy = temporary.resolve("copy");
      assertThat(machine.salvor("restore", "project", "--files=key", "--to-folder=" + copy))
          .as(machine::said)
          .isZero();
      assertThat(machine.once(docker)).as(machine::said).isZero();
      assertThat(copy.resolve(KEY_FILE)).hasSameBinaryContentAs(key);

      // The server has it open, and would not read what is laid under it.
      assertThat(
              machine.salvor(
                  "restore",
                  "project",
                  "--files=key",
                  "--to-docker-volume=supabase_db-config",
                  "--replace"))
          .as(machine::said)
          .isZero();
      assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);
      docker.docker("rm", "--force", "supabase-db");
    }
  }

  private Path volume(String name) {
    return docker.volume(name, "--label=com.docker.compose.project=shop");
  }

  private void restore(String name, String target, String more) throws IOException {
    machine.write(
        name + ".yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: %s, namespace: shop}
        spec: {source: {policyRef: {name: shop-volumes}, latest: {}, dockerVolume: shop_uploads}, %starget: {dockerVolume: %s}}
        """
            .formatted(name, more, target));
  }

  private void request(String name) throws IOException {
    request(name, "shop-db");
  }

  private void request(String name, String policy) throws IOException {
    machine.write(
        name + ".yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupRequest
        metadata: {name: %s, namespace: shop}
        spec: {policyRef: {name: %s}}
        """
            .formatted(name, policy));
  }

  private JsonNode failure(String kind, String name) {
    return machine.resource(kind, name).at("/status/failure");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
