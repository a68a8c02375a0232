package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.process.Programs;
import dev.salvor.engine.volume.OddTree;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit of systemd: understood by it, and its capabilities are as many as are needed. */
class ServiceIT {
  private static final Path UNIT = Path.of("deploy/systemd/salvor.service");
  private static final String BOUNDING = "CapabilityBoundingSet=";

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
  void itsCapabilitiesAreEnough() throws IOException, InterruptedException {
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

    assertThat(confined(machine, "local", "--once", "--manifests", machine.manifests().toString()))
        .as(machine::said)
        .isZero();
    assertThat(confined(machine, "verify", "shop-db", "--wait")).as(machine::said).isZero();
    assertThat(machine.policyStatus().at("/lastVerifiedRestore/outcome").asText())
        .isEqualTo("Verified");
    var copy = temporary.resolve("srv/copy");
    assertThat(confined(machine, "restore", "shop-files", "--to-folder", copy.toString(), "--wait"))
        .as(machine::said)
        .isZero();
    assertThat(OddTree.listing(copy)).isEqualTo(OddTree.listing(tree));
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

  private static int confined(OneMachine machine, String... arguments)
      throws IOException, InterruptedException {
    var set =
        capabilities().stream()
            .map(each -> "+" + each)
            .collect(Collectors.joining(",", "-all,", ""));
    return machine.process(
        List.of("setpriv", "--no-new-privs", "--bounding-set=" + set), Map.of(), arguments);
  }

  /** As setpriv writes them: without "cap_". */
  private static List<String> capabilities() throws IOException {
    return Files.readAllLines(UNIT).stream()
        .filter(line -> line.startsWith(BOUNDING))
        .flatMap(line -> Arrays.stream(line.substring(BOUNDING.length()).split(" ", -1)))
        .map(name -> name.toLowerCase(Locale.ROOT).replaceFirst("^cap_", ""))
        .toList();
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
