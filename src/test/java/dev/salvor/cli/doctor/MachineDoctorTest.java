package dev.salvor.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.engine.process.Programs;
import dev.salvor.local.docker.DockerSocket;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.testing.JumpingClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs are scripts of the test, except those of the operating system. */
final class MachineDoctorTest {
  private static final String POLICY =
      """
      apiVersion: salvor.dev/v1alpha1
      kind: BackupPolicy
      metadata: {name: shop, namespace: prod}
      spec:
        source: {volume: {path: /srv/shop}}
        storeRef: {name: here}
      """;

  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private final JumpingClock clock = new JumpingClock();
  private Path state;
  private Path manifests;

  @BeforeEach
  void prepare() throws IOException {
    state = folder.resolve("state");
    manifests = Files.createDirectory(folder.resolve("manifests"));
    environment.put("PATH", "/usr/bin:/bin");
    environment.put(Programs.CACHE, folder.resolve("cache").toString());
    environment.put(Programs.RESTIC, script("restic", "echo restic 0.19.1 compiled with go1.24"));
  }

  private String script(String name, String body) throws IOException {
    var file = folder.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }

  /** As a host leaves it. */
  private StateFolder worked() {
    try (var host = StateFolder.host(state)) {
      host.rememberManifests(manifests);
      return host;
    }
  }

  private Finding found(String what) {
    return findings().stream()
        .filter(finding -> finding.what().equals(what))
        .findFirst()
        .orElseThrow();
  }

  private List<Finding> findings() {
    return new MachineDoctor(new Programs(environment), state, DockerSocket.of(environment), clock)
        .findings();
  }

  @Test
  void resticThatIsNewEnoughIsGood() {
    assertThat(found("restic").level()).isEqualTo(Finding.Level.GOOD);
    assertThat(found("restic").message()).contains("0.19", environment.get(Programs.RESTIC));
  }

  @Test
  void resticThatIsOldOrSilentOrNotThereIsNamedWithTheRemedy() throws IOException {
    environment.put(Programs.RESTIC, script("old", "echo restic 0.14.0 compiled with go1.19"));
    assertThat(found("restic").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("restic").message()).contains("0.14").contains("older than 0.19");
    assertThat(found("restic").mend()).contains(Programs.RESTIC);

    environment.put(Programs.RESTIC, script("silent", "exit 1"));
    assertThat(found("restic").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("restic").message()).contains("does not say its version");

    environment.put(Programs.RESTIC, folder.resolve("nowhere").toString());
    assertThat(found("restic").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("restic").message()).contains("nowhere");
  }

  @Test
  void thePostgresClientsThatAreThereAreNamed() throws IOException {
    script("pg_dump", "exit 0");
    environment.put(Programs.POSTGRES_PREFIX + "42", folder.toString());

    assertThat(found("PostgreSQL").level()).isEqualTo(Finding.Level.GOOD);
    assertThat(found("PostgreSQL").message()).contains("42");
  }

  @Test
  void aSandboxThatCannotBeMadeIsAWarning() throws IOException {
    script("unshare", "exit 1");
    script("setpriv", "exit 0");
    environment.put("PATH", folder.toString());
    assertThat(found("sandbox").level()).isEqualTo(Finding.Level.WARNING);
    assertThat(found("sandbox").message()).contains("NotEnforced");

    script("unshare", "exit 0");
    assertThat(found("sandbox").level()).isEqualTo(Finding.Level.GOOD);
  }

  /** A machine without Docker is none that is broken. */
  @Test
  void aDockerThatIsNotReachedIsNamedWithItsSocket() {
    environment.put("DOCKER_HOST", "unix://" + folder.resolve("none.sock"));
    assertThat(found("Docker").level()).isEqualTo(Finding.Level.UNKNOWN);
    assertThat(found("Docker").message()).contains("none.sock").contains("does it run?");

    environment.put("DOCKER_HOST", "tcp://10.0.0.1:2375");
    assertThat(found("Docker").message()).contains("tcp://10.0.0.1:2375").contains("unix socket");
  }

  @Test
  void containersThatAreStillDownAreNamed() throws IOException {
    var held = worked().held().resolve("backup-1.json");
    var record =
        """
        {"run": "backup-1", "daemon": "d", "since": "2026-11-22T02:00:00Z", "stage": "HELD", "lives": {},
         "hold": {"volumes": ["data"], "mode": "Stop", "matchLabels": {}, "work": "READ"},
         "layers": [[{"id": "4f9d", "name": "shop-web-1", "graceSeconds": 120, "stand": "HELD"}]]%s}
        """;
    Files.writeString(held, record.formatted(""));
    assertThat(found("containers").level()).isEqualTo(Finding.Level.WARNING);
    assertThat(found("containers").message()).contains("shop-web-1").contains("backup-1");

    Files.writeString(held, record.formatted(", \"problem\": \"port is taken\""));
    assertThat(found("containers").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("containers").message()).contains("shop-web-1").contains("port is taken");

    Files.writeString(held, "{\"run\": \"backup-1\"}");
    assertThat(found("containers").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("containers").message()).contains("backup-1");
  }

  /** Conditions stay True for as long as nobody looks. */
  @Test
  void aHostThatDoesNotWorkIsNamedWithWhatWaitsForIt() {
    try (var host = StateFolder.host(state)) {
      host.rememberManifests(manifests);
      var store = new ResourceStore(host, clock);
      var key = new ResourceKey("BackupPolicy", "prod", "shop");
      store.accept(key, json(POLICY));
      store.writeStatus(key, json("nextRun: \"" + clock.instant().plusSeconds(60) + "\""));
      assertThat(found("host").level()).isEqualTo(Finding.Level.GOOD);
    }

    assertThat(found("host").level()).as("a timer may start one").isEqualTo(Finding.Level.UNKNOWN);
    assertThat(found("host").message()).contains(state.toString()).doesNotContain("was due");
    clock.jump(Duration.ofMinutes(50));
    assertThat(found("host").level()).isEqualTo(Finding.Level.UNKNOWN);
    assertThat(found("host").message()).contains("a backup of prod/shop was due at ");
    clock.jump(Duration.ofMinutes(70));
    assertThat(found("host").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("host").mend()).contains("systemctl start salvor");
  }

  private static ObjectNode json(String yaml) {
    try {
      return (ObjectNode) Json.yaml().readTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aStateFolderThatIsNotThereSaysHowItIsMade() {
    assertThat(found("state folder").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("state folder").mend()).contains("salvor local").contains(state.toString());
    assertThat(state).doesNotExist();
  }

  @Test
  void aStateFolderThatIsOpenToOthersIsBroken() throws IOException {
    worked();
    assertThat(found("state folder").level()).isEqualTo(Finding.Level.GOOD);

    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(found("state folder").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("state folder").mend()).isEqualTo("chmod 700 " + state);
  }

  @Test
  void manifestsThatAreRefusedOrGoneAreNamed() throws IOException {
    worked();
    Files.writeString(manifests.resolve("policy.yaml"), POLICY);
    assertThat(found("manifests").level()).isEqualTo(Finding.Level.GOOD);

    Files.writeString(manifests.resolve("policy.yaml"), POLICY.replace("path:", "paht:"));
    assertThat(found("manifests").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("manifests").message()).contains("policy.yaml").contains("paht");

    Files.delete(manifests.resolve("policy.yaml"));
    Files.delete(manifests);
    assertThat(found("manifests").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("manifests").message()).contains("cannot be read");
  }

  /** One that nobody else can get at is none, whatever its own mode. */
  @Test
  void aSecretThatEverybodyCanReadIsAWarning() throws IOException {
    worked();
    var secret = Files.writeString(folder.resolve("key"), "in a file");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(
        manifests.resolve("secret.yaml"),
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: key, annotations: {from.salvor.dev/password: "file:%s"}}
        """
            .formatted(secret));
    assertThat(found("secrets").level()).isEqualTo(Finding.Level.WARNING);
    assertThat(found("secrets").message()).contains("secret.yaml", "can read " + secret);

    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    assertThat(findings()).extracting(Finding::what).doesNotContain("secrets");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(findings()).extracting(Finding::what).doesNotContain("secrets");
  }

  @Test
  void aFolderInWhichNoHostWorkedHasNoManifests() {
    StateFolder.host(state).close();

    assertThat(found("manifests").level()).isEqualTo(Finding.Level.BROKEN);
    assertThat(found("manifests").message()).contains("no host has ever worked here");
  }

  @Test
  void nothingIsChanged() throws IOException {
    worked();
    List<Path> before;
    try (var files = Files.walk(folder)) {
      before = files.toList();
    }

    findings();

    try (var files = Files.walk(folder)) {
      assertThat(files.toList()).containsExactlyElementsOf(before);
    }
  }
}
