package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Programs;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * deploy/compose/compose.yaml with the image, beside a stack of two services, by the files of
 * examples/. It meets a Docker of its own, and no cluster.
 */
@Tag("cluster")
@Tag("own-cluster")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ComposeE2E {
  private static final String STACK =
      """
      name: shop
      services:
        db:
          image: postgres:test
          environment: {POSTGRES_PASSWORD: of-a-stack-5d2a}
        web:
          image: postgres:test
          user: "0:0"
          entrypoint: [sleep, infinity]
          volumes: ["uploads:/srv/uploads", "config:/srv/config"]
      volumes: {uploads: {}, config: {}}
      """;

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

  @TempDir private static Path folder;
  private static DockerDaemon docker;

  private static Path stack;
  private static Path salvor;
  private static Map<String, String> variables;

  @BeforeAll
  static void start() throws IOException {
    docker = DockerDaemon.startForImages(Files.createDirectory(folder.resolve("docker")));
    var images = Programs.here().cache().resolve("test").resolve("cluster");
    docker.load(images.resolve("postgres-test.tar"));
    docker.load(images.resolve("salvor-test.tar"));
    variables =
        Map.of(
            "SALVOR_IMAGE",
            "salvor:test",
            "DOCKER_SOCKET",
            docker.address().substring("unix://".length()),
            "DOCKER_VOLUMES",
            docker.volumes().toString(),
            "BACKUP_DISKS",
            disks().toString());
    stack = Files.createDirectory(folder.resolve("shop")).resolve("compose.yaml");
    Files.writeString(stack, STACK);
    docker.compose(stack, variables, "up", "--detach");
    fill();
    salvor = layOutSalvor();
    docker.compose(salvor, variables, "up", "--detach");
    awaitPolicy("shop-volumes");
    mountLate();
  }

  /** What systemd makes of all mounts of a machine: containers see those that come later. */
  private static Path disks() throws IOException {
    var disks = Files.createDirectory(folder.resolve("disks"));
    Files.createDirectory(disks.resolve("backup"));
    Script.run("mount --bind \"$1\" \"$1\" && mount --make-shared \"$1\"", disks);
    return disks;
  }

  /** The disk of the store comes after the container, as at many a start of a machine. */
  private static void mountLate() throws IOException {
    var backup = folder.resolve("disks").resolve("backup");
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                salvor("get", "bstore", "offsite", "-n", "shop", "-o", "json")
                    .contains("nothing is mounted at /mnt/backup"));
    assertThat(backup).isEmptyDirectory();
    Script.run("mount -t tmpfs backup \"$1\" && mkdir \"$1/salvor\"", backup);
  }

  private static void fill() throws IOException {
    Files.writeString(docker.volumes().resolve("shop_uploads/_data/a.png"), "picture");
    Files.writeString(docker.volumes().resolve("shop_config/_data/config.php"), "one");
    docker.compose(
        stack,
        variables,
        "exec",
        "--no-TTY",
        "db",
        "sh",
        "-c",
        """
        until pg_isready --host=127.0.0.1; do sleep 0.2; done
        psql --host=/tmp --command='create database shop'
        psql --host=/tmp --dbname=shop --command='create table orders as select generate_series(1, 10) as id'
        """);
  }

  /** As the head of the file says. */
  private static Path layOutSalvor() throws IOException {
    var own = Files.createDirectory(folder.resolve("salvor"));
    var secret = Files.createDirectory(own.resolve("secrets")).resolve("offsite-key");
    Files.writeString(secret, "only-in-a-file-7c1f\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    var manifests = Files.createDirectory(own.resolve("manifests"));
    Files.writeString(manifests.resolve("store.yaml"), STORE);
    Files.copy(Path.of("examples/docker/database.yaml"), manifests.resolve("database.yaml"));
    Files.copy(Path.of("examples/docker/volumes.yaml"), manifests.resolve("volumes.yaml"));
    Files.writeString(manifests.resolve("secret.yaml"), SECRET);
    return Files.copy(Path.of("deploy/compose/compose.yaml"), own.resolve("compose.yaml"));
  }

  @AfterAll
  static void stop() {
    docker.compose(salvor, variables, "down");
    docker.compose(stack, variables, "down");
    docker.close();
    Script.run("umount -R \"$1/disks\"", folder);
  }

  /** Manifests are read within seconds of a start, or of a change. */
  private static void awaitPolicy(String name) {
    await()
        .atMost(Duration.ofMinutes(3))
        .until(
            () ->
                docker
                        .tryCompose(salvor, variables, inside("get", "bpol", name, "-n", "shop"))
                        .code()
                    == 0);
  }

  private static String salvor(String... words) {
    return docker.compose(salvor, variables, inside(words));
  }

  private static String[] inside(String... words) {
    var all = new String[words.length + 4];
    all[0] = "exec";
    all[1] = "--no-TTY";
    all[2] = "salvor";
    all[3] = "salvor";
    System.arraycopy(words, 0, all, 4, words.length);
    return all;
  }

  @Test
  @Order(1)
  void theDatabaseIsKeptAndProvenInAKernelsOwnNamespaces() {
    salvor("backup", "shop-db", "-n", "shop", "--wait");
    salvor("verify", "shop-db", "-n", "shop", "--wait");

    var described = salvor("describe", "bpol", "shop-db", "-n", "shop");
    assertThat(described).containsPattern("Last verified restore: +Verified ");
    assertThat(described).containsPattern("Isolation: +Enforced");
  }

  /** Or locks that the machine's own restic holds would be taken for left over. */
  @Test
  @Order(1)
  void itsNameIsNotTheMachines() {
    assertThat(
            docker
                .compose(salvor, variables, "exec", "--no-TTY", "salvor", "uname", "--nodename")
                .strip())
        .isEqualTo("salvor-in-docker")
        .isNotEqualTo(Script.run("uname --nodename", folder).strip());
  }

  @Test
  @Order(2)
  void volumesAreKeptAndHadBackInANewOne() {
    salvor("backup", "shop-volumes", "-n", "shop", "--wait");
    salvor(
        "restore",
        "shop-volumes",
        "-n",
        "shop",
        "--docker-volume=shop_uploads",
        "--to-docker-volume=shop_copy",
        "--create-docker-volume",
        "--wait");

    assertThat(docker.volumes().resolve("shop_copy/_data/a.png")).hasContent("picture");
  }

  @Test
  @Order(3)
  void itGoesOnAfterItWasKilledAndASecondOneIsRefused() {
    docker.compose(salvor, variables, "kill", "--signal=KILL", "salvor");
    docker.compose(salvor, variables, "up", "--detach");
    awaitPolicy("shop-volumes");
    salvor("backup", "shop-volumes", "-n", "shop", "--wait");

    assertThat(salvor("get", "bpol", "shop-volumes", "-n", "shop", "-o", "json"))
        .containsPattern("\"recoveryPointsTotal\" : 2");
    var second = docker.tryCompose(salvor, variables, "run", "--rm", "salvor");
    assertThat(second.code()).as(second.text()).isEqualTo(75);
  }

  /** Or the state and the store would be backed up into themselves. */
  @Test
  @Order(4)
  void whatItMountsItselfIsNoSource() throws IOException {
    docker.volume("shop_own");
    var more =
        Files.writeString(
            salvor.resolveSibling("own.yaml"),
            """
            services: {salvor: {volumes: ["own:/own"]}}
            volumes: {own: {external: true, name: shop_own}}
            """);
    Files.writeString(
        salvor.resolveSibling("manifests").resolve("own.yaml"),
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: own, namespace: shop}
        spec: {source: {dockerVolume: {names: [shop_own]}}, storeRef: {name: offsite}}
        """);
    docker.compose(salvor, variables, "--file", more.toString(), "up", "--detach");
    awaitPolicy("own");

    var refused =
        docker.tryCompose(salvor, variables, inside("backup", "own", "-n", "shop", "--wait"));
    assertThat(refused.code()).as(refused.text()).isEqualTo(1);
    assertThat(refused.text()).contains("VolumeUnusable", "Salvor's own container");
  }
}
