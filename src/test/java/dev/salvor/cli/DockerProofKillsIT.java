package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.DockerGate;
import dev.salvor.testing.DockerGate.Side;
import dev.salvor.testing.JumpingClock;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kill -9 while the container of a proof is made, started or removed: nothing of it is left,
 * nothing is refuted by it, and the next proof is whole.
 */
@NeedsRoot
class DockerProofKillsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Past the delay before a second attempt. */
  private static final Duration LATER = Duration.ofMinutes(5);

  @TempDir private static Path folder;
  private static DockerDaemon docker;
  private static DockerGate between;
  private static OneMachine machine;

  /** Where the proof stands: Docker did that, and nobody was told. */
  enum Step {
    MADE("POST .*/containers/create"),
    STARTED("POST .*/containers/[0-9a-f]+/start"),
    REMOVED("DELETE .*/containers/[0-9a-f]+");

    private final String request;

    Step(String request) {
      this.request = request;
    }
  }

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    docker = DockerDaemon.startForImages(Files.createDirectory(folder.resolve("docker")));
    docker.postgresImage("postgres", 15);
    between = DockerGate.before(docker, folder.resolve("gate.sock"));
    var server = PostgresServer.shared(15);
    var database = server.createDatabase();
    server.execute(database, "create table orders as select generate_series(1, 10) as id");
    docker.standIn(server);
    machine = new OneMachine(Files.createDirectory(folder.resolve("machine")));
    machine.writeStore();
    machine.writeSecrets("postgresql://nobody@127.0.0.1:1/none");
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
          runOnCreate: true
        """
            .formatted(database));
    assertThat(machine.once(docker)).as(machine::said).isZero();
  }

  @AfterAll
  static void stop() throws IOException {
    between.close();
    docker.close();
  }

  static Stream<Arguments> moments() {
    return Stream.of(Step.values())
        .flatMap(
            step ->
                Stream.of(Killed.HOST, Killed.DOCKER, Killed.MACHINE)
                    .map(killed -> Arguments.of(step, killed)));
  }

  @ParameterizedTest
  @MethodSource("moments")
  void nothingIsLeftAndTheNextProofIsWhole(Step step, Killed killed) throws IOException {
    var name = (step + "-" + killed).toLowerCase(Locale.ROOT);
    verify(name);
    var reached = between.shut(step.request, Side.ANSWER);
    var host =
        machine.host(folder.resolve(name + ".log"), Map.of("DOCKER_HOST", between.address()));
    try {
      reached.awaitReached();
      killed.kill(host, docker, machine);
      between.openAll();
      if (host.isAlive()) {
        await().atMost(PATIENCE).until(DockerProofKillsIT::isAtRest);
      }
    } finally {
      between.openAll();
      host.destroy();
      host.onExit().join();
    }
    if (killed != Killed.HOST) {
      docker.docker("start", "shop-db");
    }

    machine.once(docker, Clock.systemUTC());
    assertThat(containers()).isEmpty();
    assertThat(outcome(name)).isNotEqualTo("Refuted");

    var later = new JumpingClock();
    later.jump(LATER);
    machine.once(docker, later);
    assertThat(outcome(name)).as(() -> status(name).toPrettyString()).isNotEqualTo("Refuted");

    verify(name + "-again");
    assertThat(machine.once(docker, later)).isEmpty();
    assertThat(outcome(name + "-again"))
        .as(() -> status(name + "-again").toPrettyString())
        .isEqualTo("Verified");
    assertThat(containers()).isEmpty();
    try (var runs = Files.list(machine.state().resolve("runs"))) {
      assertThat(runs).isEmpty();
    }
  }

  private static void verify(String name) throws IOException {
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

  private static JsonNode status(String request) {
    return machine.resource("RestoreRequest", request).path("status");
  }

  private static String outcome(String request) {
    return status(request).at("/verdict/outcome").asText();
  }

  private static String containers() {
    return docker.docker("ps", "--all", "--quiet", "--filter", "label=salvor.dev/state");
  }

  private static boolean isAtRest() {
    try (var runs = Files.list(machine.state().resolve("runs"))) {
      return runs.allMatch(run -> Files.exists(run.resolve("ended.json")));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }
}
