package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Programs;
import dev.salvor.engine.volume.OddTree;
import dev.salvor.testing.BuiltProgram;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.Systemd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit of systemd: understood by it, and what it forbids is needed by nobody. */
class ServiceIT {
  private static final Path UNIT = Path.of("deploy/systemd/salvor.service");
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** In tenths; what a unit without any restriction has is 96. */
  private static final int MOST_EXPOSED = 60;

  @TempDir private Path temporary;

  @Test
  void systemdUnderstandsIt() throws IOException, InterruptedException {
    var unit = temporary.resolve("salvor.service");
    Files.writeString(unit, Files.readString(UNIT).replace("/opt/salvor/salvor", "/bin/true"));

    assertThat(analyze("verify", "--man=no", unit.toString())).as("warnings").isEmpty();
    assertThat(
            analyze(
                "security",
                "--offline=true",
                "--no-pager",
                "--threshold=" + MOST_EXPOSED,
                unit.toString()))
        .contains("Overall exposure level");
  }

  /** Files of all kinds and owners, and a proof whose server is kept in by the kernel. */
  @NeedsRoot
  @Test
  void whatItForbidsIsInNobodysWay() throws IOException, InterruptedException {
    var server = PostgresServer.shared(PostgresServer.MAJORS.getLast());
    var database = server.createDatabase();
    server.execute(database, "create table orders as select generate_series(1, 10) as id");
    var tree = Files.createDirectories(temporary.resolve("srv/tree"));
    OddTree.make(tree);
    var machine = new OneMachine(Files.createDirectory(temporary.resolve("machine")));
    machine.makeRepository();
    machine.writeFolderPolicy(tree, "runOnCreate: true\n");
    machine.writePolicy(database, "runOnCreate: true\nverification: {isolation: Required}\n");
    machine.writeSecrets(server.uri(database));
    var log = temporary.resolve("salvor.log");

    try (var systemd = Systemd.start(temporary.resolve("systemd"), UNIT, override(machine, log))) {
      for (var policy : List.of("shop-db", "shop-files")) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(
                            machine.resource("BackupPolicy", policy).at("/status/recoveryPoints"))
                        .as(() -> read(log) + read(temporary.resolve("systemd/log")))
                        .hasSize(1));
      }
      assertThat(machine.salvor("verify", "shop-db", "--wait")).as(machine::said).isZero();
      var copy = temporary.resolve("srv/copy");
      assertThat(machine.salvor("restore", "shop-files", "--to-folder", copy.toString(), "--wait"))
          .as(machine::said)
          .isZero();
      assertThat(OddTree.listing(copy)).isEqualTo(OddTree.listing(tree));

      var host =
          systemd.processes().stream()
              .filter(it -> it.info().commandLine().orElse("").contains(" local --manifests "))
              .findFirst()
              .orElseThrow();
      var proc = Path.of("/proc", String.valueOf(host.pid()));
      assertThat(read(proc.resolve("status"))).contains("NoNewPrivs:\t1", "Seccomp:\t2");
      assertThat(read(proc.resolve("mountinfo"))).containsPattern(" /usr /usr ro[, ]");
    }
  }

  /** Another folder of manifests and of state, and this program. */
  private static String override(OneMachine machine, Path log) {
    var variables = new ArrayList<String>();
    System.getenv()
        .forEach(
            (name, value) -> {
              if (name.startsWith("SALVOR_")) {
                variables.add("Environment=\"" + name + "=" + value + "\"");
              }
            });
    return """
    [Service]
    %s
    Environment="SALVOR_STATE=%s"
    ExecStart=
    ExecStart=%s local --manifests %s
    StandardOutput=append:%s
    StandardError=inherit
    """
        .formatted(
            String.join("\n", variables),
            machine.state(),
            String.join(" ", BuiltProgram.host()),
            machine.manifests(),
            log);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  /** An engine, and code in a database that a proof restores, sees no Secret of the host. */
  @Test
  void whatSecretsTakeFromTheEnvironmentReachesNeitherWorkersNorEngines()
      throws IOException, InterruptedException {
    var machine = new OneMachine(Files.createDirectory(temporary.resolve("machine")));
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    Files.writeString(folder.resolve("a"), "an upload");
    machine.writeFolderPolicy(folder, "runOnCreate: true\n");
    machine.write(
        "secrets.yaml",
        """
        apiVersion: v1
        kind: Secret
        metadata:
          name: offsite-key
          namespace: shop
          annotations: {from.salvor.dev/password: "env:OFFSITE_KEY"}
        """);
    var seen = temporary.resolve("seen");
    var restic =
        machine.resticThat(
            "{ env; tr '\\0' '\\n' < /proc/$PPID/environ; } >> '%s'\n".formatted(seen));

    var code =
        machine.process(
            List.of(),
            Map.of(
                "SALVOR_RESTIC",
                restic.toString(),
                "OFFSITE_KEY",
                OneMachine.ENCRYPTION_PASSWORD,
                "SHOP_DB_URI",
                "postgresql://shop:of-another-policy@db/shop"),
            "local",
            "--once",
            "--manifests",
            machine.manifests().toString());

    assertThat(code).as(machine::said).isZero();
    assertThat(machine.resource("BackupPolicy", "shop-files").at("/status/recoveryPoints"))
        .hasSize(1);
    assertThat(seen)
        .content()
        .contains("SALVOR_TASK=") // of the worker
        .doesNotContain("OFFSITE_KEY", "SHOP_DB_URI", "of-another-policy");
  }

  private static String analyze(String... words) throws IOException, InterruptedException {
    var tool =
        Programs.here().cache().resolve("test").resolve("systemd").resolve("systemd-analyze");
    var command = new ArrayList<>(List.of(tool.toString()));
    command.addAll(List.of(words));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
