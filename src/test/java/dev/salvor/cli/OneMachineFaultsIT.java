package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a machine in years: disks that are full or not there, a Docker that is gone. */
@NeedsRoot
class OneMachineFaultsIT {
  /** More than the state of one policy, its logs and its cache. */
  private static final String SIZE = "24m";

  private static final int FILES = 60;

  @TempDir private Path temporary;
  private OneMachine machine;
  private Path disk;

  @BeforeEach
  void makeMachine() throws IOException {
    machine = new OneMachine(Files.createDirectory(temporary.resolve("machine")));
    disk = Files.createDirectory(temporary.resolve("disk"));
  }

  @AfterEach
  void unmount() {
    Script.run("umount \"$1/disk\" 2>/dev/null || true", temporary);
  }

  private void mount() {
    Script.run("mount -t tmpfs -o size=" + SIZE + " disk \"$1/disk\"", temporary);
  }

  /** It ends with a line that says so, and knows all that it knew when there is room again. */
  @Test
  void aFullDiskUnderTheStateEndsTheHostAndLosesNothing() throws IOException, InterruptedException {
    mount();
    var state = disk.resolve("state");
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    Files.writeString(folder.resolve("a"), "an upload");
    machine.writeFolderPolicy(folder, "runOnCreate: true\n");
    assertThat(once(state)).as(machine::said).isZero();
    var before = Script.run("cat \"$1\"/resources/BackupPolicy/shop/shop-files.json", state);
    assertThat(before).contains("recoveryPoints");

    Script.run("dd if=/dev/zero of=\"$1\"/filler bs=4k 2>/dev/null || true", disk);
    machine.write("another.yaml", request("another"));
    assertThat(once(state)).isEqualTo(Exit.INPUT_OUTPUT);
    assertThat(machine.said())
        .contains("salvor: cannot ", "No space left")
        .doesNotContain("defect");

    Files.delete(disk.resolve("filler"));
    assertThat(once(state)).as(machine::said).isZero();
    assertThat(Script.run("cat \"$1\"/resources/BackupPolicy/shop/shop-files.json", state))
        .contains("\"recoveryPointsTotal\" : 2");
    assertThat(Script.run("find \"$1\" -name '*.tmp'", state)).isEmpty();
  }

  /** Left to themselves they would be killed with the service, a restore half-way. */
  @Test
  void aFullDiskEndsTheWorkersInOrder() throws IOException, InterruptedException {
    mount();
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    Files.writeString(folder.resolve("a"), "an upload");
    machine.writeFolderPolicy(folder, "runOnCreate: true\n");
    var told = temporary.resolve("told");
    var later = Files.writeString(temporary.resolve("later.yaml"), request("later"));
    var restic =
        machine.resticThat(
            """
            case " $* " in
              *" backup "*)
                dd if=/dev/zero of=%s/filler bs=4k 2>/dev/null
                cp %s %s/later.yaml
                trap 'echo told > %s; exit 130' TERM
                sleep 60 &
                wait
                exit 1 ;;
            esac
            """
                .formatted(disk, later, machine.manifests(), told));

    assertThat(
            machine.processIn(
                disk.resolve("state"),
                List.of(),
                Map.of("SALVOR_RESTIC", restic.toString()),
                "local",
                "--manifests",
                machine.manifests().toString()))
        .as(machine::said)
        .isEqualTo(Exit.INPUT_OUTPUT);
    assertThat(told).as(machine.said()).exists();
  }

  private static String request(String name) {
    return """
    apiVersion: salvor.dev/v1alpha1
    kind: BackupRequest
    metadata: {name: %s, namespace: shop}
    spec: {policyRef: {name: shop-files}}
    """
        .formatted(name);
  }

  private int once(Path state) throws IOException, InterruptedException {
    return machine.processIn(
        state,
        List.of(),
        Map.of(),
        "local",
        "--once",
        "--manifests",
        machine.manifests().toString());
  }

  /** An empty folder where a disk should be must not become a store, nor anything be written. */
  @Test
  void aStoreWhoseDiskIsNotMountedIsLeftAlone() throws IOException, InterruptedException {
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    Files.writeString(folder.resolve("a"), "an upload");
    machine.writeFolderPolicy(folder, "retries: 0\n");
    var store = Files.createDirectory(disk.resolve("store"));
    machine.write("store.yaml", mounted(store));

    assertThat(machine.once()).as("nothing is mounted").isEqualTo(Exit.FAILED);
    var status = machine.resource("BackupStore", "offsite").path("status");
    assertThat(status.at("/failure/reason").asText()).isEqualTo("StoreUnreachable");
    assertThat(status.at("/failure/message").asText()).contains(disk.toString(), "mounted");
    assertThat(store).isEmptyDirectory();

    mount();
    Files.createDirectory(store);
    ForgedRepository.inStore(store, "shop/shop-files", OneMachine.ENCRYPTION_PASSWORD);
    // A change has it looked at now, not within five minutes.
    machine.write("store.yaml", mounted(store).replace("IfEmpty", "Never"));
    assertThat(machine.salvor("backup", "shop-files", "--wait")).as(machine::said).isZero();
    assertThat(machine.resource("BackupPolicy", "shop-files").at("/status/lastSuccess").toString())
        .doesNotContain("same disk");

    Script.run("umount \"$1/disk\"", temporary);
    machine.process(List.of("timeout", "120"), Map.of(), "backup", "shop-files", "--wait");
    assertThat(machine.said()).contains("nothing is mounted");
    assertThat(store).isEmptyDirectory();
  }

  /**
   * Room for bytes is looked at before; names may run out all the same, or somebody else writes.
   * What there was room for stays: it may be all that there is.
   */
  @Test
  void aTargetThatFillsUpInMidRestoreIsSaidAndNotCalledRestored() throws IOException {
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    for (var number = 0; number < FILES; number++) {
      Files.writeString(folder.resolve("upload-" + number), "upload " + number);
    }
    machine.writeFolderPolicy(folder, "runOnCreate: true\n");
    assertThat(machine.once()).as(machine::said).isZero();
    Script.run(
        "mount -t tmpfs -o size=24m,nr_inodes=" + FILES / 2 + " disk \"$1/disk\"", temporary);
    var target = disk.resolve("shop");

    machine.write("first.yaml", restore("first", target));
    assertThat(machine.once()).as(machine::said).isEqualTo(Exit.FAILED);
    var failure = machine.resource("RestoreRequest", "first").at("/status/failure");
    assertThat(failure.path("reason").asText()).as("%s", failure).isEqualTo("TargetUnusable");
    assertThat(failure.path("message").asText())
        .contains("no space left on device", "What could be restored lies in " + disk);
    assertThat(target).as("nothing is there under its name that is half").doesNotExist();
    assertThat(Script.run("find \"$1\" -name 'upload-*' -type f", disk).lines()).isNotEmpty();

    Script.run("mount -o remount,nr_inodes=" + 10 * FILES + " \"$1/disk\"", temporary);
    machine.write("second.yaml", restore("second", target));
    assertThat(machine.once()).as(machine::said).isZero();
    assertThat(Script.run("diff -r \"$1/srv/shop\" \"$1/disk/shop\"", temporary)).isEmpty();
  }

  /** It is not the store that a person has to make room in. */
  @Test
  void aFullCacheIsNotCalledAFullStore() throws IOException {
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    Files.writeString(folder.resolve("a"), "an upload");
    machine.writeFolderPolicy(folder, "runOnCreate: true\nretries: 0\n");
    assertThat(machine.once()).as(machine::said).isZero();
    var cache = machine.state().resolve("cache");
    Script.run("mount -t tmpfs -o size=16k disk \"$1\"", cache);
    try {
      Script.run("dd if=/dev/zero of=\"$1\"/filler bs=4k 2>/dev/null || true", cache);
      machine.write("full.yaml", request("full"));
      machine.once();
      var status = machine.resource("BackupRequest", "full").path("status");
      assertThat(status.at("/failure/reason").asText()).as("%s", status).isEqualTo("ScratchFull");
      assertThat(status.at("/failure/message").asText())
          .contains("no space left", cache.toString());
    } finally {
      Script.run("umount -l \"$1\"", cache);
    }
    machine.write("again.yaml", request("again"));
    assertThat(machine.once()).as(machine::said).isZero();
  }

  private static String restore(String name, Path target) {
    return """
    apiVersion: salvor.dev/v1alpha1
    kind: RestoreRequest
    metadata: {name: %s, namespace: shop}
    spec:
      source: {policyRef: {name: shop-files}, latest: {}}
      target: {volume: {path: %s}}
    """
        .formatted(name, target);
  }

  /** Each once; of those that run. */
  private static List<String> started(DockerDaemon docker) {
    var running = docker.docker("ps", "--quiet", "--no-trunc").lines();
    return docker
        .docker(
            Stream.concat(Stream.of("inspect", "--format={{.Id}} {{.State.StartedAt}}"), running)
                .toArray(String[]::new))
        .lines()
        .toList();
  }

  /** Root without the right to open what it may not read is any user. */
  private void forbid(DockerDaemon docker) throws IOException, InterruptedException {
    var socket = Path.of(docker.address().substring("unix://".length()));
    Files.setPosixFilePermissions(socket, Set.of());
    machine.process(
        List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search"),
        Map.of("DOCKER_HOST", docker.address()),
        "doctor");
    assertThat(machine.said())
        .contains(
            "This user may not use the Docker socket " + socket, "a user of the socket's group");
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
  }

  private String mounted(Path store) {
    return """
    apiVersion: salvor.dev/v1alpha1
    kind: BackupStore
    metadata: {name: offsite, namespace: shop}
    spec:
      folder: {path: %s, mountPoint: %s}
      encryption: {passwordSecretRef: {name: offsite-key, key: password}}
      initialize: IfEmpty
    """
        .formatted(store, disk);
  }

  @Test
  void aStoreOnTheDiskOfItsSourceIsWarnedOf() throws IOException {
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    Files.writeString(folder.resolve("a"), "an upload");
    machine.writeFolderPolicy(folder, "runOnCreate: true\n");

    assertThat(machine.once()).as(machine::said).isZero();
    assertThat(machine.salvor("describe", "bpol", "shop-files")).isZero();
    assertThat(machine.said())
        .containsPattern("Warning: +the store .* lies on the same disk as " + folder);
  }

  /** What a newer version noted is there when that is installed again. */
  @Test
  void aStateOfANewerVersionIsGoneOnWithAndLosesNothing() throws IOException {
    var folder = Files.createDirectories(temporary.resolve("srv/shop"));
    Files.writeString(folder.resolve("a"), "an upload");
    machine.writeFolderPolicy(folder, "runOnCreate: true\n");
    assertThat(machine.once()).as(machine::said).isZero();
    var file = machine.state().resolve("resources/BackupPolicy/shop/shop-files.json");
    var newer = (ObjectNode) Json.mapper().readTree(Files.readString(file));
    var status = newer.withObject("/status").put("laterField", "of the policy");
    ((ObjectNode) status.path("recoveryPoints").path(0)).put("laterField", "of the point");
    Files.writeString(file, newer.toPrettyString());
    // Runs that it began, of kinds and with records that nobody knows here.
    var run = Files.createDirectories(machine.state().resolve("runs/shop-files-later-abc"));
    Files.writeString(run.resolve("run.json"), "{\"tasks\": [{\"kind\": \"Later\"}]}");

    machine.write("request.yaml", request("asked"));
    assertThat(machine.once()).as(machine::said).isZero();

    var after = machine.resource("BackupPolicy", "shop-files").path("status");
    assertThat(after.path("recoveryPoints")).hasSize(2);
    assertThat(after.path("laterField").asText()).isEqualTo("of the policy");
    assertThat(after.path("recoveryPoints").findValuesAsText("laterField"))
        .containsExactly("of the point");
    assertThat(run.resolve("run.json")).exists();
  }

  /** Its daemon is killed in the middle of nothing, and of a run; volumes are folders meanwhile. */
  @Test
  void aDockerThatIsKilledIsWaitedFor() throws IOException, InterruptedException {
    try (var docker = DockerDaemon.start(Files.createDirectory(temporary.resolve("docker")))) {
      Files.writeString(docker.volume("shop_uploads").resolve("a"), "an upload");
      machine.writeStore();
      machine.writeSecrets("postgresql://nobody@127.0.0.1:1/none");
      ForgedRepository.inStore(
          machine.store(), "shop/shop-volumes", OneMachine.ENCRYPTION_PASSWORD);
      for (var used = 0; used < 10; used++) {
        docker.container("web-" + used, "--volume=shop_uploads:/srv", "--stop-signal=SIGKILL");
      }
      var started = started(docker);
      machine.write(
          "policy.yaml",
          """
          apiVersion: salvor.dev/v1alpha1
          kind: BackupPolicy
          metadata: {name: shop-volumes, namespace: shop}
          spec:
            source: {dockerVolume: {names: [shop_uploads], consumers: {mode: Stop}}}
            storeRef: {name: offsite}
            runOnCreate: true
          """);
      assertThat(machine.once(docker)).as(machine::said).isZero();
      assertThat(started(docker)).hasSize(10).doesNotContainAnyElementsOf(started);

      forbid(docker);
      docker.kill();
      machine.write("request.yaml", request("asked").replace("shop-files", "shop-volumes"));
      assertThat(machine.once(docker)).as("nobody else would be told").isEqualTo(Exit.FAILED);
      assertThat(machine.said()).contains("failed: BackupPolicy shop/shop-volumes");
      var policy = machine.resource("BackupPolicy", "shop-volumes").path("status");
      assertThat(policy.path("conditions").toString()).contains("DockerUnreachable");
      assertThat(policy.path("recoveryPoints")).hasSize(1);

      docker.startAgain();
      assertThat(machine.once(docker)).as(machine::said).isZero();
      assertThat(machine.resource("BackupPolicy", "shop-volumes").at("/status/recoveryPoints"))
          .hasSize(2);
    }
  }
}
