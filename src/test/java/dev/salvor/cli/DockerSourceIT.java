package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.engine.process.Programs;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** A server that runs in a container, to which something happens while it is backed up. */
@NeedsRoot
class DockerSourceIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MAJOR = 15;

  @TempDir private static Path folder;
  private static DockerDaemon docker;

  @TempDir private Path temporary;
  private OneMachine machine;

  @BeforeAll
  static void start() {
    docker = DockerDaemon.startForImages(folder);
    docker.postgresImage("postgres", MAJOR);
  }

  @AfterAll
  static void stop() {
    docker.close();
  }

  @BeforeEach
  void makeMachine() throws IOException, SQLException {
    machine = new OneMachine(Files.createDirectory(temporary.resolve("machine")));
    machine.writeStore();
    machine.writeSecrets("postgresql://nobody@127.0.0.1:1/none");
    machine.makeRepository();
    made();
    machine.write(
        "policy.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: shop-db, namespace: shop}
        spec:
          source: {postgres: {connection: {container: shop-db}, databases: {names: [one, two]}}}
          storeRef: {name: offsite}
          retries: 0
        """);
  }

  /** Anew, in place of what was there; a database system of its own with the same databases. */
  private static void made() throws IOException {
    docker.docker("rm", "--force", "--volumes", "shop-db", "shop-db-now");
    var server = docker.postgresIn("shop-db", "postgres", MAJOR);
    execute(server, "create database one", "create database two");
    for (var name : new String[] {"one", "two"}) {
      server.setDatabaseName(name);
      execute(server, "create table orders as select generate_series(1, 10) as id");
    }
  }

  private static void execute(PGSimpleDataSource server, String... statements) {
    try (var connection = server.getConnection();
        var statement = connection.createStatement()) {
      for (var sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What happens to the container. */
  private interface Happening {
    void happen() throws IOException;
  }

  /**
   * Has a host do what is due; it happens when one of its programs is about to begin.
   *
   * @param program the program itself, and what names another folder or file to find it in
   */
  private int meanwhile(String program, Map<String, String> found, Happening happening)
      throws IOException, InterruptedException {
    var log = temporary.resolve("log");
    var environment = new HashMap<>(found);
    environment.put("DOCKER_HOST", docker.address());
    var host = machine.host(log, environment, "--once");
    try {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                assertThat(host.isAlive()).as(() -> read(log)).isTrue();
                return Files.exists(temporary.resolve(program));
              });
      happening.happen();
    } finally {
      Files.createFile(temporary.resolve("go"));
    }
    return host.waitFor();
  }

  /** Happens when this program of PostgreSQL is about to begin. */
  private int atProgram(String program, Happening happening)
      throws IOException, InterruptedException {
    var programs = Files.createDirectory(temporary.resolve("programs"));
    var script =
        Files.writeString(
            programs.resolve(program),
            "#!/bin/sh\n"
                + waiting(program)
                + "exec '"
                + Programs.here().postgres(MAJOR, program)
                + "' \"$@\"\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return meanwhile(
        program, Map.of(Programs.POSTGRES_PREFIX + MAJOR, programs.toString()), happening);
  }

  /** Happens when something is about to be fetched from the repository. */
  private int atFetch(Happening happening) throws IOException, InterruptedException {
    var restic =
        machine.resticThat("case \" $* \" in *' dump '*)\n" + waiting("fetch") + ";;\nesac\n");
    return meanwhile("fetch", Map.of(Programs.RESTIC, restic.toString()), happening);
  }

  private String waiting(String what) {
    return "touch '%1$s/%2$s'; while [ ! -e '%1$s/go' ]; do sleep 0.05; done\n"
        .formatted(temporary, what);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void oneThatIsKilledFailsTheBackup() throws IOException, InterruptedException {
    request("first");
    assertThat(atProgram("pg_dump", () -> docker.docker("kill", "shop-db"))).isEqualTo(Exit.FAILED);

    assertThat(failure("first").path("reason").asText()).isEqualTo("SourceUnreachable");
    // The server's last word, or none where the connection went before it.
    assertThat(failure("first").path("message").asText())
        .contains("database one")
        .containsAnyOf("terminating", "I/O error");
    assertThat(points()).isEmpty();

    docker.docker("start", "shop-db");
    request("second");
    assertThat(machine.once(docker)).as(machine::said).isZero();
    assertThat(points()).hasSize(1);
    assertThat(machine.policyStatus().at("/lastSuccess/rows").asLong()).isEqualTo(20);
  }

  /** Its name is for finding it alone: what is connected is read to its end. */
  @Test
  void oneThatIsRenamedIsLookedForWhenARunBegins() throws IOException, InterruptedException {
    Happening renamed = () -> docker.docker("rename", "shop-db", "shop-db-now");
    request("first");
    assertThat(atProgram("pg_dump", renamed)).as(() -> failure("first").toString()).isZero();
    assertThat(machine.policyStatus().at("/lastSuccess/rows").asLong()).isEqualTo(20);

    request("second");
    assertThat(machine.once(docker)).isEqualTo(Exit.FAILED);
    assertThat(failure("second").path("reason").asText()).isEqualTo("SourceUnreachable");
    assertThat(failure("second").path("message").asText()).contains("no container 'shop-db'");
  }

  /** With the same address, databases and password, and the last that is asked is its roles. */
  @Test
  void oneThatIsMadeAnewIsNoPartOfThePoint() throws IOException, InterruptedException {
    request("first");
    assertThat(atProgram("pg_dumpall", DockerSourceIT::made)).isEqualTo(Exit.FAILED);

    assertThat(failure("first").path("reason").asText()).isEqualTo("IncompleteBackup");
    assertThat(failure("first").path("message").asText())
        .contains("another database system answers");
    assertThat(points()).isEmpty();

    request("second");
    assertThat(machine.once(docker)).as(machine::said).isZero();
    assertThat(points()).hasSize(1);
  }

  /** Whose image a proof takes is asked when the copy was fetched. */
  @Test
  void aProofWhoseSourceIsRenamedSaysSo() throws IOException, InterruptedException {
    request("first");
    assertThat(machine.once(docker)).as(machine::said).isZero();
    machine.write(
        "verify.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: proof, namespace: shop}
        spec: {source: {policyRef: {name: shop-db}, latest: {}}, target: {sandbox: {}}}
        """);

    assertThat(atFetch(() -> docker.docker("rename", "shop-db", "shop-db-now")))
        .isEqualTo(Exit.FAILED);

    var verdict = machine.resource("RestoreRequest", "proof").at("/status/verdict");
    assertThat(verdict.path("outcome").asText()).isEqualTo("Unproven");
    assertThat(verdict.path("reason").asText()).isEqualTo("SandboxFailed");
    assertThat(verdict.path("message").asText()).contains("shop-db");
  }

  private JsonNode points() {
    return machine.policyStatus().path("recoveryPoints");
  }

  private JsonNode failure(String name) {
    return machine.resource("BackupRequest", name).at("/status/failure");
  }

  private void request(String name) throws IOException {
    machine.write(
        name + ".yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupRequest
        metadata: {name: %s, namespace: shop}
        spec: {policyRef: {name: shop-db}}
        """
            .formatted(name));
  }
}
