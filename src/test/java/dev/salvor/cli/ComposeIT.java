package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Programs;
import dev.salvor.testing.BuiltProgram;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * deploy/compose/compose.yaml, laid out and started as its head and docs/docker.md say. In place of
 * the image of the Dockerfile there is one with the same entry point, to which the programs of this
 * machine are mounted.
 */
@NeedsRoot
class ComposeIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String PASSWORD = "only-in-a-file-7c1f";

  private static final String STORE =
      """
      apiVersion: salvor.dev/v1alpha1
      kind: BackupStore
      metadata: {name: offsite, namespace: shop}
      spec:
        folder: {path: /mnt/backup/salvor, mountPoint: /mnt/backup}
        encryption: {passwordSecretRef: {name: offsite-key, key: password}}
        initialize: IfEmpty
      """;

  private static final String SECRET =
      """
      apiVersion: v1
      kind: Secret
      metadata:
        name: offsite-key
        namespace: shop
        annotations: {from.salvor.dev/password: "file:/run/secrets/offsite-key"}
      """;

  @TempDir private Path folder;

  @AfterEach
  void unmount() {
    Script.run("umount --recursive \"$1/disks\" 2>/dev/null || true", folder);
  }

  @Test
  void aStackIsKeptOnADiskThatIsMountedLater() throws IOException {
    var disks = disks();
    try (var docker = DockerDaemon.start(Files.createDirectory(folder.resolve("docker")))) {
      image(docker);
      Files.writeString(docker.volume("shop_uploads").resolve("a.png"), "picture");
      Files.writeString(docker.volume("shop_config").resolve("config.php"), "one");
      var salvor = new Stack(docker, layOut(), variables(docker, disks));
      salvor.does("up", "--detach");
      try {
        var store = salvor.file().resolveSibling("state/resources/BackupStore/shop/offsite.json");
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    Files.exists(store)
                        && Files.readString(store).contains("nothing is mounted at /mnt/backup"));

        // As at many a start of a machine.
        Script.run("mount -t tmpfs backup \"$1/backup\" && mkdir \"$1/backup/salvor\"", disks);
        var kept = disks.resolve("backup/salvor");
        ForgedRepository.inStore(kept, "shop/shop-volumes", PASSWORD);
        // A change has it looked at now, not within five minutes.
        Files.writeString(
            salvor.file().resolveSibling("manifests/store.yaml"),
            STORE.replace("IfEmpty", "Never"));
        salvor.does(
            "exec",
            "--no-TTY",
            "salvor",
            "salvor",
            "backup",
            "shop-volumes",
            "-n",
            "shop",
            "--wait");

        assertThat(kept.resolve("shop/shop-volumes/snapshots")).isNotEmptyDirectory();
        // Or locks that the machine's own restic holds would be taken for left over.
        assertThat(salvor.does("exec", "--no-TTY", "salvor", "uname", "-n").strip())
            .isEqualTo("salvor-in-docker");
        assertThat(salvor.answers("run", "--rm", "salvor").code())
            .as("a second one on the same state folder")
            .isEqualTo(75);
      } finally {
        salvor.does("down");
      }
    }
  }

  /** A Compose project, and what its variables are. */
  private record Stack(DockerDaemon docker, Path file, Map<String, String> variables) {
    DockerDaemon.Answer answers(String... words) {
      var all = new ArrayList<>(List.of("--file", file.resolveSibling("more.yaml").toString()));
      all.addAll(List.of(words));
      return docker.compose(file, variables, all.toArray(String[]::new));
    }

    String does(String... words) {
      var answer = answers(words);
      assertThat(answer.code())
          .as(() -> answer.text() + "\n" + answers("logs", "salvor").text())
          .isZero();
      return answer.text();
    }
  }

  private static Map<String, String> variables(DockerDaemon docker, Path disks) {
    return Map.of(
        "SALVOR_IMAGE",
        "salvor",
        "DOCKER_SOCKET",
        docker.address().substring("unix://".length()),
        "DOCKER_VOLUMES",
        docker.volumes().toString(),
        "BACKUP_DISKS",
        disks.toString());
  }

  /** What systemd makes of all mounts of a machine: containers see those that come later. */
  private Path disks() throws IOException {
    var disks = Files.createDirectory(folder.resolve("disks"));
    Files.createDirectory(disks.resolve("backup"));
    Script.run("mount --bind \"$1\" \"$1\" && mount --make-shared \"$1\"", disks);
    return disks;
  }

  /** With the places that this machine's programs are mounted to. */
  private void image(DockerDaemon docker) throws IOException {
    var root = Files.createDirectories(folder.resolve("root"));
    for (var place :
        List.of("usr/bin", "usr/lib", "usr/lib64", "java", "salvor", "usr/local/bin")) {
      Files.createDirectories(root.resolve(place));
    }
    for (var link : List.of("bin", "lib", "lib64")) {
      Files.createSymbolicLink(root.resolve(link), Path.of("usr").resolve(link));
    }
    Files.copy(Path.of("src/main/images/salvor"), root.resolve("usr/local/bin/salvor"));
    docker.imported(root, "salvor", "ENTRYPOINT [\"/usr/local/bin/salvor\"]");
  }

  /** As the head of the file says; and, in a second one, the programs. */
  private Path layOut() throws IOException {
    var own = Files.createDirectory(folder.resolve("salvor"));
    var secret = Files.createDirectory(own.resolve("secrets")).resolve("offsite-key");
    Files.writeString(secret, PASSWORD + "\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    var manifests = Files.createDirectory(own.resolve("manifests"));
    Files.writeString(manifests.resolve("store.yaml"), STORE);
    Files.writeString(manifests.resolve("secret.yaml"), SECRET);
    Files.copy(Path.of("examples/docker/volumes.yaml"), manifests.resolve("volumes.yaml"));
    var restic = Programs.here().restic();
    Files.writeString(
        own.resolve("more.yaml"),
        """
        services:
          salvor:
            environment: {SALVOR_RESTIC: /salvor-restic}
            volumes:
              - /usr/bin:/usr/bin:ro
              - /usr/lib:/usr/lib:ro
              - /usr/lib64:/usr/lib64:ro
              - %s:/java:ro
              - %s:/salvor:ro
              - %s:/salvor-restic:ro
        """
            .formatted(System.getProperty("java.home"), BuiltProgram.folder(), restic));
    return Files.copy(Path.of("deploy/compose/compose.yaml"), own.resolve("compose.yaml"));
  }
}
