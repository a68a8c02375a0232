package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way on one machine: YAML, a real PostgreSQL, a real restic, the real worker. */
class OneMachineIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String RUN_ON_CREATE = "runOnCreate: true\n";

  @TempDir private Path temporary;

  /**
   * On the oldest major, and what was lost on the newest: the worker's own tests do all on each.
   */
  @Test
  void aPolicyIsBackedUpAndProven() throws IOException {
    var server = PostgresServer.shared(PostgresServer.MAJORS.getFirst());
    var database = shop(server);
    var machine = new OneMachine(temporary);
    machine.writeManifests(server, database, "");

    assertThat(machine.once()).as(machine::said).isZero();
    assertThat(machine.salvor("backup", "shop-db", "--wait")).as(machine::said).isZero();
    assertThat(machine.policyStatus().path("recoveryPoints")).hasSize(1);
    assertThat(machine.policyStatus().at("/lastSuccess/rows").asLong()).isEqualTo(1000);

    assertThat(machine.salvor("verify", "shop-db", "--wait")).as(machine::said).isZero();
    assertThat(machine.policyStatus().at("/lastVerifiedRestore/outcome").asText())
        .isEqualTo("Verified");
    assertThat(machine.salvor("get", "bpol", "shop-db")).isZero();
    assertThat(machine.said()).containsPattern("shop-db +True +[0-9]+m?[0-9]*s +[0-9]+m?[0-9]*s ");
    assertThat(machine.salvor("describe", "shop-db")).isZero();
    assertThat(machine.said())
        .containsPattern("(?s)Events.*Normal +Queued .*Normal +Succeeded .*Recovery point ");
    assertNoSecretBelow(machine.state());
    assertNothingLeft(machine);
  }

  @Test
  void whatWasLostIsRestored() throws IOException {
    var server = PostgresServer.shared(PostgresServer.MAJORS.getLast());
    var database = shop(server);
    var machine = new OneMachine(temporary);
    machine.makeRepository();
    machine.writeManifests(server, database, RUN_ON_CREATE);
    assertThat(machine.once()).as(machine::said).isZero();

    server.execute(database, "delete from orders");
    var copy = database + "_copy";
    assertThat(machine.salvor("restore", "shop-db", "--to-database", copy, "--wait"))
        .as(machine::said)
        .isZero();
    assertThat(server.query(copy, "select count(*) from orders")).isEqualTo("1000");

    assertThat(machine.salvor("restore", "shop-db", "--to-database", database, "--wait"))
        .as("it exists and is not named for replacement")
        .isEqualTo(Exit.FAILED);
    assertThat(server.query(database, "select count(*) from orders")).isEqualTo("0");

    assertThat(
            machine.salvor("restore", "shop-db", "--to-database", database, "--replace", "--wait"))
        .as(machine::said)
        .isZero();
    assertThat(server.query(database, "select count(*) from orders")).isEqualTo("1000");
    assertNoSecretBelow(machine.state());
    assertNothingLeft(machine);
  }

  @Test
  void aFolderIsProvenAndHadBackAndTheRestoreTakenBack() throws IOException {
    var root = temporary.resolve("srv/shop");
    var folder = Files.createDirectories(root.resolve("uploads"));
    Files.writeString(folder.resolve("a"), "an upload");
    var machine = new OneMachine(temporary);
    machine.writeFolderPolicy(
        root,
        """
        runOnCreate: true
        verification:
          checks: [{name: uploads, files: {path: "uploads/*"}}]
        """);
    assertThat(machine.once()).as(machine::said).isZero();
    assertThat(machine.salvor("verify", "shop-files", "--wait")).as(machine::said).isZero();
    assertThat(machine.said()).contains("verdict: Verified", "your check agrees");
    var status = machine.resource("BackupPolicy", "shop-files").path("status");
    assertThat(status.at("/lastSuccess/files").asInt()).isOne();
    assertThat(status.at("/lastVerifiedRestore/outcome").asText()).isEqualTo("Verified");

    Files.delete(folder.resolve("a"));
    Files.writeString(folder.resolve("b"), "a mistake");
    var to = root.toString();
    assertThat(machine.salvor("restore", "shop-files", "--to-folder", to, "--wait"))
        .as("it is not empty and not named for replacement")
        .isEqualTo(Exit.FAILED);
    assertThat(
            machine.salvor(
                "restore", "shop-files", "--to-folder", to, "--replace", "--mirror", "--wait"))
        .as(machine::said)
        .isZero();
    assertThat(folder.resolve("a")).hasContent("an upload");
    assertThat(folder.resolve("b")).doesNotExist();

    var undo = machine.said().lines().filter(line -> line.contains("salvor restore --undo"));
    var request = undo.findFirst().orElseThrow().replaceFirst(".*--undo ", "");
    assertThat(machine.salvor("restore", "--undo", request, "--wait")).as(machine::said).isZero();
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(folder.resolve("b")).hasContent("a mistake");
    assertNoSecretBelow(machine.state());
  }

  @Test
  void aHostThatIsKilledGoesOnWhereItStood() throws IOException, InterruptedException {
    var server = PostgresServer.shared(PostgresServer.MAJORS.getLast());
    var database = shop(server);
    var machine = new OneMachine(temporary);
    machine.writeManifests(server, database, RUN_ON_CREATE);
    var log = temporary.resolve("host.log");

    // Killed again and again, a moment later each time: none of it may be lost or done twice.
    for (int millis = 500; millis <= 4_000; millis += 700) {
      var host = machine.host(log);
      assertThat(host.waitFor(millis, TimeUnit.MILLISECONDS)).as(log.toString()).isFalse();
      host.destroyForcibly().waitFor();
    }
    var host = machine.host(log);
    try {
      await()
          .atMost(PATIENCE)
          .until(() -> machine.policyStatus().path("lastSuccess").has("recoveryPoint"));
      await()
          .atMost(PATIENCE)
          .until(() -> machine.state().resolve("runs").toFile().list().length == 0);
      assertThat(machine.salvor("get", "policies")).as(machine::said).isZero();
      assertThat(machine.said()).as("a host works").doesNotContain("caution");
      assertThat(machine.once()).as("there is one").isEqualTo(Exit.IN_USE);
    } finally {
      host.destroy();
      assertThat(host.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    for (var look : List.of("get", "describe shop-db")) {
      assertThat(machine.salvor(look.split(" "))).as(machine::said).isZero();
      assertThat(machine.said()).contains("caution: no 'salvor local' works on " + machine.state());
    }
    assertThat(machine.policyStatus().path("recoveryPoints")).as("one tick, one point").hasSize(1);
    assertNoSecretBelow(machine.state());
    assertNothingLeft(machine);
  }

  @Test
  void theLogOfARunIsFollowedToItsEnd() throws IOException, InterruptedException {
    var machine = new OneMachine(temporary);
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    Files.writeString(folder.resolve("a"), "an upload");
    machine.writeFolderPolicy(folder, RUN_ON_CREATE);
    var open = temporary.resolve("open");
    var restic =
        machine.resticThat(
            "case \" $* \" in *\" backup \"*)"
                + " echo 'restic waits' >&2; while [ ! -e "
                + open
                + " ]; do sleep 0.05; done;; esac\n");
    var host =
        machine.host(temporary.resolve("host.log"), Map.of("SALVOR_RESTIC", restic.toString()));
    var followed = Files.createFile(temporary.resolve("followed"));
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Files.exists(machine.state())
                      && machine.salvor("logs", "shop-files") == 0
                      && machine.said().contains(" store"));
      var logs = machine.started(followed, Map.of(), List.of("logs", "shop-files", "-f"));
      await().atMost(PATIENCE).until(() -> Files.readString(followed).contains(" store"));
      assertThat(logs.isAlive()).as("the run goes on").isTrue();
      assertThat(followed).content().doesNotContain(" read back");

      Files.createFile(open);
      assertThat(logs.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(logs.exitValue()).isZero();
      assertThat(followed).content().contains(" read back");
    } finally {
      host.destroy();
      assertThat(host.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(machine.salvor("logs", "shop-files")).isZero();
    assertThat(machine.said().lines())
        .as("each line once, and the last too")
        .containsExactlyElementsOf(Files.readAllLines(followed));
    assertThat(machine.salvor("logs", "shop-files", "--json")).isZero();
    assertThat(machine.said()).contains("\"step\":\"READ_BACK\"");
  }

  @Test
  void aSlipOfThePenStopsNothingThatWorks() throws IOException {
    var server = PostgresServer.shared(PostgresServer.MAJORS.getLast());
    var database = shop(server);
    var machine = new OneMachine(temporary);
    machine.makeRepository();
    machine.writeManifests(server, database, "");
    assertThat(machine.once()).as(machine::said).isZero();
    var before = machine.resource("BackupPolicy", "shop-db");

    machine.writePolicy(database, RUN_ON_CREATE + "schedule: {cron: 17}\n");
    assertThat(machine.once()).as(machine::said).isEqualTo(Exit.FAILED);

    var refused = machine.resource("BackupPolicy", "shop-db");
    assertThat(machine.said()).contains("spec.schedule.cron");
    assertThat(refused.path("spec")).isEqualTo(before.path("spec"));
    assertThat(refused.at("/metadata/uid")).isEqualTo(before.at("/metadata/uid"));
    assertThat(refused.at("/status/conditions/1/reason").asText()).isEqualTo("InvalidSpec");

    machine.writePolicy(database, RUN_ON_CREATE);
    assertThat(machine.once()).as(machine::said).isZero();

    var mended = machine.resource("BackupPolicy", "shop-db");
    assertThat(mended.at("/metadata/generation").asInt()).isEqualTo(2);
    assertThat(mended.at("/metadata/uid")).isEqualTo(before.at("/metadata/uid"));
    assertThat(mended.at("/status/recoveryPoints")).hasSize(1);
  }

  @Test
  void aPolicyThatWasRemovedAndAddedAgainIsNewAndFindsItsBackups() throws IOException {
    var server = PostgresServer.shared(PostgresServer.MAJORS.getLast());
    var database = shop(server);
    var machine = new OneMachine(temporary);
    machine.makeRepository();
    machine.writeManifests(server, database, RUN_ON_CREATE);
    assertThat(machine.once()).as(machine::said).isZero();
    var before = machine.resource("BackupPolicy", "shop-db");

    Files.delete(machine.manifests().resolve("policy.yaml"));
    assertThat(machine.once()).as(machine::said).isZero();
    assertThat(machine.resource("BackupPolicy", "shop-db").isEmpty()).isTrue();

    machine.writePolicy(database, "");
    assertThat(machine.once()).as(machine::said).isZero();

    var after = machine.resource("BackupPolicy", "shop-db");
    assertThat(after.at("/metadata/uid")).isNotEqualTo(before.at("/metadata/uid"));
    assertThat(after.at("/status/recoveryPoints/0/id"))
        .isEqualTo(before.at("/status/recoveryPoints/0/id"));
  }

  private static String shop(PostgresServer server) {
    var database = server.createDatabase();
    server.execute(
        database,
        "create table orders (id int primary key, customer text, created_at timestamptz)",
        "insert into orders select n, 'customer ' || n, now() from generate_series(1, 1000) n");
    return database;
  }

  private static void assertNoSecretBelow(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(OneMachine.ENCRYPTION_PASSWORD)
            .doesNotContain(PostgresServer.PASSWORD);
      }
    }
  }

  /** No credentials in memory, no run folders with a worker's files. */
  private static void assertNothingLeft(OneMachine machine) throws IOException {
    var cluster = Files.readString(machine.state().resolve("cluster-id")).strip();
    for (var base : List.of("/dev/shm", String.valueOf(System.getenv("XDG_RUNTIME_DIR")))) {
      var place = Path.of(base, "salvor-" + cluster);
      if (Files.exists(place)) {
        assertThat(place).isEmptyDirectory();
        Files.delete(place);
      }
    }
    try (var left = Files.walk(machine.state().resolve("runs"))) {
      assertThat(left.sorted(Comparator.reverseOrder()))
          .noneMatch(path -> path.endsWith("scratch") || path.endsWith("sandbox"));
    }
  }
}
