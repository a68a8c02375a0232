package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresContainer;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database in a container, proven in another of the same image. */
@NeedsRoot
class DockerProofIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Only there the data lies in this folder. */
  private static final String IN_CONTAINER =
      "select current_setting(''data_directory'')', expect: /sandbox/data";

  private static final String PASSWORD = "only-in-a-file-4b1d";

  private static final String FOR_EVER = "select pg_sleep(3600)', expect: never";

  @TempDir private static Path folder;
  private static DockerDaemon docker;

  /** Longer than the path of a socket can be. */
  @TempDir private Path temporary;

  private OneMachine machine;

  @BeforeAll
  static void start() {
    docker = DockerDaemon.startForImages(folder);
    docker.postgresImage("postgres", 15);
  }

  @BeforeEach
  void makeMachine() throws IOException {
    var root = temporary.resolve("a-folder-with-a-name-that-makes-every-path-in-it-a-long-one");
    machine = new OneMachine(Files.createDirectory(root));
    machine.writeStore();
    machine.writeSecrets("postgresql://nobody@127.0.0.1:1/none");
    machine.makeRepository();
  }

  @AfterAll
  static void stop() {
    docker.close();
  }

  /** With dblink: it is restored only where it can reach nobody. */
  @Test
  void aCopyIsProvenInTheImageThatItsSourceRuns() throws IOException, InterruptedException {
    backedUp(15, IN_CONTAINER);
    assertThat(machine.policyStatus().path("lastSuccess").toString())
        .contains("lies on the same disk as " + docker.volumes().resolve("shop-db"));
    verify("first");
    assertThat(machine.once(docker)).as(machine::said).isZero();

    assertThat(verdict("first").path("outcome").asText()).isEqualTo("Verified");
    assertThat(verdict("first").path("isolation").asText()).isEqualTo("Enforced");
    assertThat(machine.said()).contains("made a container to restore into");
    assertNothingLeft();
  }

  @Test
  void anImageOfAnotherMajorProvesNothing() throws IOException, InterruptedException {
    backedUp(17, IN_CONTAINER);
    verify("first");
    assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);

    assertThat(verdict("first").path("outcome").asText()).isEqualTo("Unproven");
    assertThat(verdict("first").path("reason").asText()).isEqualTo("NoClientForServer");
    assertThat(verdict("first").path("message").asText())
        .contains("the image has no initdb and postgres");
    assertNothingLeft();

    // Its container stands there, and its image is nowhere: it is not fetched from anywhere.
    docker.docker("rm", "--force", "shop-db");
    docker.container("base");
    docker.docker("commit", "base", "gone");
    docker.containerOf("gone", "shop-db");
    docker.docker("kill", "shop-db");
    docker.docker("rmi", "--force", "gone");
    verify("second");
    assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);
    assertThat(verdict("second").path("outcome").asText()).isEqualTo("Unproven");
    assertThat(verdict("second").path("reason").asText()).isEqualTo("ContainerUnusable");
    assertThat(verdict("second").path("message").asText())
        .contains("This machine has the image of", "shop-db", "no more");
  }

  @Test
  void whatAKilledHostLeftIsRemovedByTheNext() throws IOException, InterruptedException {
    backedUp(15, FOR_EVER);
    verify("first");
    var host = comparing();
    var all = host.descendants().toList();
    host.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
    host.onExit().join();
    assertThat(containers()).isNotEmpty();

    machine.once(docker);
    assertThat(containers()).isEmpty();
    assertNothingLeft();
  }

  /** A check that says no is Refuted, where its server was there to the end. */
  @Test
  void aDockerThatGoesAwayRefutesNothing() throws IOException, InterruptedException {
    backedUp(15, "select pg_sleep(5)', expect: never");
    verify("first");
    var host = comparing();
    docker.kill();
    try {
      await()
          .atMost(PATIENCE)
          .until(() -> verdict("first").path("outcome").asText().equals("Unproven"));
      assertThat(verdict("first").path("reason").asText()).isEqualTo("SandboxFailed");
    } finally {
      host.destroy();
      host.onExit().join();
      docker.startAgain();
    }
    machine.once(docker);
    assertNothingLeft();
  }

  /** With the password in a file, as Compose gives its secrets. Nobody else listens there. */
  @Test
  void aServerInANetworkOfDockerIsKeptProvenAndRestoredInto()
      throws IOException, InterruptedException {
    var secret = Files.writeString(temporary.resolve("secret"), PASSWORD + "\n");
    var inside = "/run/secrets/shop-db";
    // Without a way out of it: only what is published on its own address is reached from there.
    docker.docker("network", "create", "--internal", "outside");
    var gateway = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
    var here = docker.docker("network", "inspect", "--format", gateway, "outside");
    try {
      docker.container("outsider", "--network=outside");
      var outsider =
          "/proc/" + docker.docker("inspect", "--format", "{{.State.Pid}}", "outsider") + "/ns/net";
      Script.run("nsenter --net=" + outsider + " ip route del default", temporary);
      docker.docker("rm", "--force", "shop-db");
      var server =
          PostgresContainer.start(
              docker,
              "shop-db",
              "postgres",
              15,
              "boss",
              PASSWORD,
              "--volume=" + secret + ":" + inside + ":ro",
              "--env=POSTGRES_PASSWORD_FILE=" + inside,
              "--publish=" + here + "::5432");
      server.execute("postgres", "create database shop");
      server.execute("shop", "create table orders as select generate_series(1, 10) as id");
      policy("shop", IN_CONTAINER);
      assertThat(machine.once(docker)).as(machine::said).isZero();
      assertThat(machine.policyStatus().at("/lastSuccess/rows").asLong()).isEqualTo(10);

      verify("first");
      restore("copied", "shop_copy");
      assertThat(machine.once(docker)).as(machine::said).isZero();
      assertThat(verdict("first").path("outcome").asText()).isEqualTo("Verified");
      assertThat(server.query("shop_copy", "select count(*) from orders")).isEqualTo("10");

      server.execute("shop", "insert into orders values (11)");
      assertThat(machine.salvor("backup", "shop-db")).as(machine::said).isZero();
      var there = List.of("nsenter", "--net=" + outsider);
      var asked =
          machine.process(
              there,
              Map.of("DOCKER_HOST", docker.address()),
              "local",
              "--once",
              "--manifests",
              machine.manifests().toString());
      assertThat(asked).as(machine::said).isZero();
      assertThat(machine.policyStatus().at("/lastSuccess/rows").asLong()).isEqualTo(11);
    } finally {
      docker.docker("rm", "--force", "shop-db", "outsider");
      docker.docker("network", "rm", "outside");
    }
    try (var files = Files.walk(machine.state())) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        var text = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(text).as(file.toString()).doesNotContain(PASSWORD);
      }
    }
  }

  /**
   * A person names the project alone. Its server has the key of Vault from its folder when it
   * starts, and so has the copy's.
   */
  @Test
  void aSupabaseIsFoundByItsProjectAndProvenInItsOwnImage()
      throws IOException, InterruptedException {
    docker.postgresImage("supabase-postgres", 17);
    var folder = Files.createDirectory(temporary.resolve("project"));
    SelfHostedSupabase.lay(folder);
    var key = folder.resolve("db-config").resolve("pgsodium_root.key");
    Files.copy(key, docker.volume("supabase_db-config").resolve("pgsodium_root.key"));
    try (var supabase = SelfHostedSupabase.start()) {
      supabase.encryptSecrets(Files.readString(key));
      docker.containerOf(
          "supabase-postgres",
          "supabase-db",
          "--network=host",
          "--label=com.docker.compose.project=supabase",
          "--label=com.docker.compose.service=db",
          "--label=com.docker.compose.project.working_dir=" + folder,
          "--volume=supabase_db-config:/etc/postgresql-custom",
          "--env=PGPORT=" + supabase.server().port(),
          "--env=POSTGRES_PASSWORD=" + PostgresServer.PASSWORD);
      // Where it keeps its files it tells also when it does not run.
      docker.docker(
          "stop",
          "--time=0",
          docker.service(
              "supabase",
              "storage",
              "--volume=" + folder.resolve("volumes/storage") + ":/var/lib/storage",
              "--env=STORAGE_BACKEND=file",
              "--env=TENANT_ID=stub",
              "--env=GLOBAL_S3_BUCKET=stub",
              "--env=SERVICE_KEY=" + SelfHostedSupabase.ENV_SECRET));
      docker.service(
          "supabase",
          "functions",
          "--volume=" + folder.resolve("volumes/functions") + ":/home/deno/functions");
      machine.write(
          "policy.yaml",
          """
          apiVersion: salvor.dev/v1alpha1
          kind: BackupPolicy
          metadata: {name: shop-db, namespace: shop}
          spec:
            source: {supabase: {selfHosted: {composeProject: supabase}}}
            storeRef: {name: offsite}
            runOnCreate: true
            retries: 0
            verification:
              checks: [{name: asked, sql: {query: '%s}}]
          """
              .formatted(IN_CONTAINER));
      assertThat(machine.once(docker)).as(machine::said).isZero();
      verify("first");
      assertThat(machine.once(docker)).as(machine::said).isZero();

      var status = machine.policyStatus();
      assertThat(status.at("/lastSuccess/objects/known").asLong()).as(machine::said).isEqualTo(11);
      assertThat(status.at("/source/selfHosted/storage/place/path").asText())
          .isEqualTo(folder.resolve("volumes/storage").toString());
      assertThat(status.at("/source/selfHosted/key/place/dockerVolume").asText())
          .isEqualTo("supabase_db-config");
      assertThat(status.at("/source/selfHosted/files/0/name").asText()).isEqualTo("functions");
      assertThat(status.at("/source/selfHosted/configuration/folder").asText())
          .isEqualTo(folder.toString());
      assertThat(status.at("/source/images").toString())
          .contains("{\"service\":\"db\",\"image\":\"supabase-postgres\"}");
      assertThat(verdict("first").path("outcome").asText())
          .as(verdict("first")::toString)
          .isEqualTo("Verified");
      assertThat(verdict("first").path("coverage").asText())
          .contains("1 secrets of Vault decrypted");

      // As after a server that lost its key and made another.
      supabase.encryptSecrets("0f".repeat(32));
      machine.write(
          "again.yaml",
          """
          apiVersion: salvor.dev/v1alpha1
          kind: BackupRequest
          metadata: {name: again, namespace: shop}
          spec: {policyRef: {name: shop-db}}
          """);
      assertThat(machine.once(docker)).as(machine::said).isZero();
      verify("second");
      assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);
      assertThat(verdict("second").path("outcome").asText()).isEqualTo("Refuted");
      assertThat(verdict("second").path("message").asText())
          .contains("cannot be decrypted with the key that the point holds");
    }
    assertNothingLeft();
    try (var files = Files.walk(machine.state())) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(SelfHostedSupabase.ENV_SECRET, PostgresServer.PASSWORD);
      }
    }
  }

  private void restore(String name, String database) throws IOException {
    machine.write(
        name + ".yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: %s, namespace: shop}
        spec:
          source: {policyRef: {name: shop-db}, latest: {}}
          target: {postgres: {connection: {container: shop-db}, database: %s}}
        """
            .formatted(name, database));
  }

  /** A host that has a copy restored and asks it. */
  private Process comparing() throws IOException {
    var log = temporary.resolve("host.log");
    var host = machine.host(log, docker);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(host.isAlive()).as(() -> read(log)).isTrue();
              // What lies deeper comes and goes meanwhile.
              try (var runs = Files.list(machine.state().resolve("runs"))) {
                return runs.anyMatch(
                    run -> read(run.resolve("log")).contains("\"step\":\"CHECKS\""));
              }
            });
    return host;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  private void backedUp(int major, String check) throws IOException, InterruptedException {
    var server = PostgresServer.shared(major);
    var database = server.createDatabase();
    server.execute(
        database,
        "create extension dblink",
        "create table orders as select generate_series(1, 10) as id");
    docker.docker("rm", "--force", "shop-db");
    docker.standIn(server, "--volume=shop-db:/var/lib/postgresql/data");
    policy(database, check);
    assertThat(machine.once(docker)).as(machine::said).isZero();
  }

  private void policy(String database, String check) throws IOException {
    machine.write(
        "policy.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: shop-db, namespace: shop}
        spec:
          source: {postgres: {connection: {container: shop-db}, databases: {names: [%s]}}}
          storeRef: {name: offsite}
          runOnCreate: true
          retries: 0
          verification:
            checks: [{name: asked, timeout: 1h, sql: {query: '%s}}]
        """
            .formatted(database, check));
  }

  private void verify(String name) throws IOException {
    machine.write(
        name + ".yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: %s, namespace: shop}
        spec: {source: {policyRef: {name: shop-db}, latest: {}}, target: {sandbox: {}}}
        """
            .formatted(name));
  }

  private JsonNode verdict(String name) {
    return machine.resource("RestoreRequest", name).at("/status/verdict");
  }

  private static String containers() {
    return docker.docker("ps", "--all", "--quiet", "--filter", "label=salvor.dev/state");
  }

  private void assertNothingLeft() throws IOException {
    assertThat(containers()).isEmpty();
    try (var left = Files.walk(machine.state().resolve("runs"))) {
      assertThat(left).noneMatch(path -> path.endsWith("sandbox"));
    }
  }
}
