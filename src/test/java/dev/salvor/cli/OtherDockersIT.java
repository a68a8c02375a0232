package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** What all other tests show of one Docker, in short of others. */
@NeedsRoot
class OtherDockersIT {
  private static final int MAJOR = 15;
  private static final String ORDERS = "create table orders as select generate_series(1, 10) as id";

  @TempDir private Path folder;

  @Test
  void aNewerDocker() throws IOException, InterruptedException {
    try (var docker = DockerDaemon.startNewer(place())) {
      var machine = machine(shimmed(docker));
      isKeptProvenAndHadBack(docker, machine);
      assertThat(machine.said()).contains("made a container to restore into");
    }
  }

  @Test
  void aPodman() throws IOException, InterruptedException {
    try (var podman = DockerDaemon.startPodman(place())) {
      var machine = machine(shimmed(podman));
      isKeptProvenAndHadBack(podman, machine);
      assertThat(machine.said()).contains("made a container to restore into");
    }
  }

  /** Its server is reached at its published port alone, and proven on the machine. */
  @Test
  void aDockerWithoutRoot() throws IOException, InterruptedException {
    try (var docker = DockerDaemon.startRootless(place())) {
      docker.postgresImage("postgres", MAJOR);
      int port;
      try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      docker.docker(
          "run",
          "--detach",
          "--name=shop-db",
          "--user=999",
          "--tmpfs=/data:mode=1777",
          "--volume=/usr/share/zoneinfo:/usr/share/zoneinfo:ro",
          "--publish=127.0.0.1:" + port + ":5432",
          "--env=POSTGRES_HOST_AUTH_METHOD=trust",
          "--stop-signal=SIGQUIT",
          "--entrypoint=/bin/sh",
          "postgres",
          "-euc",
          """
          bin=/usr/lib/postgresql/%d/bin
          $bin/initdb --pgdata=/data/server --username=postgres --auth=trust --no-sync --locale=C
          echo 'host all all all trust' >> /data/server/pg_hba.conf
          exec $bin/postgres -D /data/server -c listen_addresses='*' -c fsync=off -c unix_socket_directories=
          """
              .formatted(MAJOR));
      var server = new PGSimpleDataSource();
      server.setPortNumbers(new int[] {port});
      server.setUser("postgres");
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .untilAsserted(() -> server.getConnection().close());
      try (var connection = server.getConnection();
          var statement = connection.createStatement()) {
        statement.execute(ORDERS);
      } catch (SQLException e) {
        throw new IOException(e);
      }
      var machine = machine("postgres");
      isKeptProvenAndHadBack(docker, machine);
      assertThat(machine.said()).doesNotContain("made a container to restore into");
    }
  }

  private Path place() throws IOException {
    return Files.createDirectory(folder.resolve("docker"));
  }

  /** A container that stands for a server of this machine; its database. */
  private static String shimmed(DockerDaemon docker) {
    var server = PostgresServer.shared(MAJOR);
    var database = server.createDatabase();
    server.execute(database, ORDERS);
    docker.postgresImage("postgres", MAJOR);
    docker.standIn(server);
    return database;
  }

  private static void isKeptProvenAndHadBack(DockerDaemon docker, OneMachine machine)
      throws IOException, InterruptedException {
    var uploads = docker.volume("uploads", "--label=com.docker.compose.project=shop");
    Files.writeString(uploads.resolve("a"), "an upload");
    docker.container("web", "--network=none", "--stop-signal=SIGKILL", "--volume=uploads:/srv");
    var started = started(docker);

    assertThat(machine.once(docker)).as(machine::said).isZero();
    assertThat(machine.policyStatus().at("/lastSuccess/rows").asLong()).isEqualTo(10);
    assertThat(machine.resource("BackupPolicy", "uploads").at("/status/lastSuccess/files").asLong())
        .isEqualTo(1);
    assertThat(started(docker)).isNotEqualTo(started);

    Files.writeString(uploads.resolve("a"), "something else");
    machine.write(
        "requests.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: proof, namespace: shop}
        spec: {source: {policyRef: {name: shop-db}, latest: {}}, target: {sandbox: {}}}
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: copy, namespace: shop}
        spec:
          source: {policyRef: {name: uploads}, latest: {}}
          target: {dockerVolume: {name: copy, create: true}}
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: back, namespace: shop}
        spec:
          source: {policyRef: {name: uploads}, latest: {}}
          replace: true
          notAfter: "2099-01-01T00:00:00Z"
          target: {dockerVolume: {name: uploads, mode: Mirror, stopConsumers: true}}
        """);
    assertThat(machine.once(docker)).as(machine::said).isZero();
    var verdict = machine.resource("RestoreRequest", "proof").at("/status/verdict");
    assertThat(verdict.path("outcome").asText()).isEqualTo("Verified");
    assertThat(verdict.path("isolation").asText()).isEqualTo("Enforced");
    assertThat(docker.docker("ps", "--all", "--quiet", "--filter", "label=salvor.dev/state"))
        .isEmpty();
    assertThat(docker.volumes().resolve("copy/_data/a")).hasContent("an upload");
    assertThat(uploads.resolve("a")).hasContent("an upload");
    assertThat(docker.docker("inspect", "--format", "{{.State.Status}}", "web"))
        .isEqualTo("running");
  }

  private OneMachine machine(String database) throws IOException {
    var machine = new OneMachine(Files.createDirectory(folder.resolve("machine")));
    machine.writeStore();
    machine.writeSecrets("postgresql://nobody@127.0.0.1:1/none");
    machine.makeRepository();
    ForgedRepository.inStore(machine.store(), "shop/uploads", OneMachine.ENCRYPTION_PASSWORD);
    machine.write(
        "policies.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: shop-db, namespace: shop}
        spec:
          source: {postgres: {connection: {container: shop-db}, databases: {names: [%s]}}}
          storeRef: {name: offsite}
          runOnCreate: true
          retries: 0
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: uploads, namespace: shop}
        spec:
          source: {dockerVolume: {composeProject: shop, consumers: {mode: Stop}}}
          storeRef: {name: offsite}
          runOnCreate: true
          retries: 0
        """
            .formatted(database));
    return machine;
  }

  private static String started(DockerDaemon docker) {
    return docker.docker("inspect", "--format", "{{.State.StartedAt}}", "web");
  }
}
