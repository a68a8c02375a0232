package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.engine.process.Programs;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.DockerGate;
import dev.salvor.testing.DockerGate.Gate;
import dev.salvor.testing.DockerGate.Side;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.JumpingClock;
import dev.salvor.testing.NeedsRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kill -9 of Salvor, its workers, Docker or the whole machine while one run stands at each step
 * that concerns Docker: afterwards all containers run, nothing half is called done, nothing of
 * Salvor is left, and the next attempt is whole.
 */
@NeedsRoot
class DockerKillsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Past the delay before a second attempt. */
  private static final Duration LATER = Duration.ofMinutes(5);

  /** Its container was stopped, and nobody was told. */
  private static final String ASKED = "asked";

  /** Its container is paused, and the volume is being read. */
  private static final String READING = "reading";

  /** All is read, and its container is about to be started. */
  private static final String RETURNING = "returning";

  /** A restore, before its first byte: what is there is being kept. */
  private static final String FIRST = "first";

  /** A restore with half of its files. */
  private static final String MIDDLE = "middle";

  /** A restore that is done; its container was started, and nobody was told. */
  private static final String BACK = "back";

  /** A restore whose volume was made, and nobody was told. */
  private static final String MADE = "made";

  private static final List<String> BACKUPS = List.of(ASKED, READING, RETURNING);
  private static final List<String> RESTORES = List.of(FIRST, MIDDLE, BACK);

  @TempDir private static Path folder;
  private static DockerDaemon docker;
  private static DockerGate between;
  private static OneMachine machine;

  @BeforeAll
  static void start() throws IOException {
    docker = DockerDaemon.start(Files.createDirectory(folder.resolve("docker")));
    between = DockerGate.before(docker, folder.resolve("gate.sock"));
    machine = new OneMachine(Files.createDirectory(folder.resolve("machine")));
    machine.writeStore();
    machine.writeSecrets("postgresql://nobody@127.0.0.1:1/none");
    for (var name : all()) {
      ForgedRepository.inStore(
          machine.store(), "shop/shop-" + name, OneMachine.ENCRYPTION_PASSWORD);
      var files = docker.volume(name);
      Files.writeString(files.resolve("a"), "one of " + name);
      Files.writeString(files.resolve("b"), "two of " + name);
      if (!name.equals(MADE)) {
        consumer("web-" + name, "--label=tier=web", "--volume=" + name + ":/data");
      }
      machine.write(
          name + ".yaml",
          """
          apiVersion: salvor.dev/v1alpha1
          kind: BackupPolicy
          metadata: {name: shop-%1$s, namespace: shop}
          spec:
            source:
              dockerVolume:
                names: [%1$s]
                consumers: {mode: %2$s, matchLabels: {tier: web}}
            storeRef: {name: offsite}
            runOnCreate: true
            retries: 3
          """
              .formatted(name, name.equals(READING) ? "Pause" : "Stop"));
    }
    consumer("beside", "--volume=" + READING + ":/data:ro", "--volume=" + ASKED + ":/more:ro");
    assertThat(machine.once(docker, Clock.systemUTC())).isEmpty();
    for (var name : all()) {
      assertThat(status("BackupPolicy", "shop-" + name).path("recoveryPoints")).as(name).hasSize(1);
    }
  }

  private static List<String> all() {
    return Stream.of(BACKUPS, RESTORES, List.of(MADE)).flatMap(List::stream).toList();
  }

  private static void consumer(String name, String... options) {
    docker.container(
        name,
        Stream.concat(
                Stream.of("--restart=unless-stopped", "--stop-signal=SIGKILL"), Stream.of(options))
            .toArray(String[]::new));
  }

  @AfterAll
  static void stop() throws IOException {
    between.close();
    docker.close();
  }

  @ParameterizedTest
  @EnumSource
  void whatWasUnderWayIsTakenBackAndDoneAnew(Killed killed) throws IOException {
    var name = killed.name().toLowerCase(Locale.ROOT).replace('_', '-');
    var waiting = Files.createDirectory(folder.resolve("waiting-" + name));
    var restic = machine.resticThat(waits(waiting));
    for (var each : BACKUPS) {
      Files.writeString(volume(each).resolve("a"), name);
      request(each + "-" + name, "BackupRequest", "policyRef: {name: shop-" + each + "}");
    }
    for (var each : RESTORES) {
      Files.writeString(volume(each).resolve("later"), "not in the point");
      restore(
          each,
          name,
          "replace: true, notAfter: \"2099-01-01T00:00:00Z\"",
          "{name: " + each + ", mode: Mirror, stopConsumers: true}");
    }
    var besideStarted = started("beside");

    var gates =
        List.of(
            between.shut("POST .*/containers/" + id(ASKED) + "/stop", Side.ANSWER),
            between.shut("POST .*/containers/" + id(RETURNING) + "/start", Side.REQUEST),
            between.shut("POST .*/containers/" + id(BACK) + "/start", Side.ANSWER));
    var host =
        machine.host(
            folder.resolve(name + ".log"),
            Map.of("DOCKER_HOST", between.address(), "SALVOR_RESTIC", restic.toString()),
            "--max-runs=8");
    try {
      gates.forEach(Gate::awaitReached);
      for (var each : List.of(READING, FIRST, MIDDLE)) {
        await().atMost(PATIENCE).until(() -> Files.exists(waiting.resolve(each)));
      }
      assertThat(state("web-" + READING)).isEqualTo("paused");
      for (var each : List.of(ASKED, RETURNING, FIRST, MIDDLE)) {
        assertThat(state("web-" + each)).as(each).isEqualTo("exited");
      }
      // The last, for an answer about a volume is not waited for as long.
      var made = between.shut("POST .*/volumes/create", Side.ANSWER);
      restore(MADE, name, "dryRun: false", "{name: " + MADE + "-" + name + ", create: true}");
      made.awaitReached();
      killed.kill(host, docker, machine);
      between.openAll();
      Files.createFile(waiting.resolve("open"));
      if (host.isAlive()) {
        await().atMost(PATIENCE).until(() -> isEmpty("held") && isAtRest());
      }
    } finally {
      between.openAll();
      host.destroy();
      host.onExit().join();
    }

    machine.once(docker, Clock.systemUTC());
    assertAllRun();
    assertThat(left("held")).isEmpty();
    for (var each : RESTORES) {
      assertThat(isDone("RestoreRequest", each + "-" + name) && !isRestored(each))
          .as(each)
          .isFalse();
    }

    var later = new JumpingClock();
    later.jump(LATER);
    machine.once(docker, later);
    for (var each : BACKUPS) {
      assertThat(isDone("BackupRequest", each + "-" + name))
          .as(() -> status("BackupRequest", each + "-" + name).toPrettyString())
          .isTrue();
    }
    for (var each : RESTORES) {
      assertThat(isDone("RestoreRequest", each + "-" + name))
          .as(() -> status("RestoreRequest", each + "-" + name).toPrettyString())
          .isTrue();
      assertThat(isRestored(each)).as(each).isTrue();
    }
    assertThat(isDone("RestoreRequest", MADE + "-" + name))
        .as(() -> status("RestoreRequest", MADE + "-" + name).toPrettyString())
        .isTrue();
    assertThat(volume(MADE + "-" + name).resolve("b")).hasContent("two of " + MADE);
    if (killed != Killed.DOCKER && killed != Killed.MACHINE) {
      assertThat(started("beside")).isEqualTo(besideStarted);
    }
    assertAllRun();
    assertThat(left("held")).isEmpty();
    assertThat(left("runs")).isEmpty();
  }

  private static void assertAllRun() {
    for (var each : Stream.concat(BACKUPS.stream(), RESTORES.stream()).toList()) {
      assertThat(state("web-" + each)).as(each).isEqualTo("running");
    }
  }

  /** In place of restic, where no request to Docker can be kept back. */
  private static String waits(Path waiting) {
    return """
    wait_here() {
      touch "%1$s/$1"
      while [ ! -e "%1$s/open" ]; do sleep 0.05; done
    }
    case "${RESTIC_REPOSITORY##*/shop-} $* " in
      "%2$s "*" backup "* | "%2$s backup "*) wait_here %2$s ;;
      "%3$s "*" backup "* | "%3$s backup "*) wait_here %3$s ;;
      "%4$s "*" restore "* | "%4$s restore "*)
        if [ ! -e "%1$s/%4$s" ] && [ -e "%5$s/.salvor-restore.json" ]; then
          %6$s "$@" >/dev/null
          rm "%5$s/b"
          wait_here %4$s
        fi
        ;;
    esac
    """
        .formatted(waiting, READING, FIRST, MIDDLE, volume(MIDDLE), Programs.here().restic());
  }

  private static Path volume(String name) {
    return docker.volumes().resolve(name).resolve("_data");
  }

  private static boolean isRestored(String name) {
    try {
      return Files.readString(volume(name).resolve("b")).equals("two of " + name)
          && Files.readString(volume(name).resolve("a")).equals("one of " + name)
          && Files.notExists(volume(name).resolve("later"))
          && Files.notExists(volume(name).resolve(".salvor-restore.json"));
    } catch (IOException e) {
      return false;
    }
  }

  /** All that began has ended, so far. */
  private static boolean isAtRest() {
    try (var runs = Files.list(machine.state().resolve("runs"))) {
      return runs.allMatch(run -> Files.exists(run.resolve("ended.json")));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static boolean isEmpty(String inState) {
    try {
      return left(inState).isEmpty();
    } catch (UncheckedIOException goingJustNow) {
      return false;
    }
  }

  private static List<String> left(String inState) {
    try (var files = Files.walk(machine.state().resolve(inState), 2)) {
      return files.skip(1).map(Path::toString).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode status(String kind, String name) {
    return machine.resource(kind, name).path("status");
  }

  private static boolean isDone(String kind, String name) {
    var status = status(kind, name);
    return status.hasNonNull("finished") && !status.hasNonNull("failure");
  }

  private static String id(String name) {
    return docker.docker("inspect", "--format", "{{.Id}}", "web-" + name);
  }

  private static String state(String container) {
    return docker.docker("inspect", "--format", "{{.State.Status}}", container);
  }

  private static String started(String container) {
    return docker.docker("inspect", "--format", "{{.State.StartedAt}}", container);
  }

  private static void restore(String from, String name, String more, String target)
      throws IOException {
    request(
        from + "-" + name,
        "RestoreRequest",
        "source: {policyRef: {name: shop-%s}, latest: {}}, %s, target: {dockerVolume: %s}"
            .formatted(from, more, target));
  }

  private static void request(String name, String kind, String spec) throws IOException {
    machine.write(
        name + ".yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: %s
        metadata: {name: %s, namespace: shop}
        spec: {%s}
        """
            .formatted(kind, name, spec));
  }
}
