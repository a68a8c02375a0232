package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Programs;
import dev.salvor.testing.BuiltProgram;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresContainer;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
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
  private static final int MAJOR = 15;
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

  private static final String OWN =
      """
      apiVersion: salvor.dev/v1alpha1
      kind: BackupPolicy
      metadata: {name: own, namespace: shop}
      spec:
        source: {dockerVolume: {names: [salvor_own], consumers: {mode: Stop}}}
        storeRef: {name: offsite}
      """;

  @TempDir private static Path daemon;
  private static DockerDaemon docker;

  @TempDir private Path folder;
  private Stack salvor;

  @BeforeAll
  static void start() throws IOException {
    docker = DockerDaemon.startForImages(Files.createDirectory(daemon.resolve("docker")));
    image();
    docker.postgresImage("postgres", MAJOR);
  }

  @AfterAll
  static void stop() {
    docker.close();
  }

  @BeforeEach
  void up() throws IOException {
    docker.volume("salvor_own");
    salvor = new Stack(layOut(), variables(disks()));
    salvor.does("up", "--detach");
  }

  @AfterEach
  void down() {
    salvor.answers("down");
    Script.run("umount --recursive \"$1/disks\"", folder);
  }

  @Test
  void aStackIsKeptOnADiskThatIsMountedLater() throws IOException {
    Files.writeString(docker.volume("shop_uploads").resolve("a.png"), "picture");
    Files.writeString(docker.volume("shop_config").resolve("config.php"), "one");
    docker.container("shop-web-1", "--volume=shop_uploads:/srv", "--stop-signal=SIGKILL");
    var web = started("shop-web-1");
    var own = started("salvor-salvor-1");
    salvor.untilStoreSays("nothing is mounted at /mnt/backup");

    // As at many a start of a machine.
    var kept = mount("shop-volumes");
    salvor.does("exec", "--no-TTY", "salvor", "salvor", "backup", "shop-volumes", "--wait");

    assertThat(kept.resolve("shop/shop-volumes/snapshots")).isNotEmptyDirectory();
    assertThat(started("shop-web-1")).as("what uses it was stopped").isNotEqualTo(web);
    // Its own, with a store in it, say, would be kept in itself.
    assertThat(salvor.answers("exec", "--no-TTY", "salvor", "salvor", "backup", "own", "--wait"))
        .satisfies(
            answer -> assertThat(answer.code()).isNotZero(),
            answer -> assertThat(answer.text()).contains("VolumeUnusable"));
    assertThat(started("salvor-salvor-1")).isEqualTo(own);
    // Or locks that the machine's own restic holds would be taken for left over.
    assertThat(salvor.does("exec", "--no-TTY", "salvor", "uname", "-n").strip())
        .isEqualTo("salvor-in-docker");
    assertThat(salvor.answers("run", "--rm", "salvor").code())
        .as("a second one on the same state folder")
        .isEqualTo(75);
  }

  /** Salvor has no server here that a copy could be restored into: it is its source's image. */
  @Test
  void aDatabaseIsKeptProvenInTheImageOfItsSourceAndHadBack() throws IOException {
    var secret = Files.writeString(folder.resolve("only-of-the-machine"), PASSWORD + "\n");
    var server =
        PostgresContainer.start(
            docker,
            "shop-db-1",
            "postgres",
            MAJOR,
            "boss",
            PASSWORD,
            "--label=com.docker.compose.project=shop",
            "--label=com.docker.compose.service=db",
            // As Compose gives its secrets.
            "--volume=" + secret + ":/run/secrets/db:ro",
            "--env=POSTGRES_PASSWORD_FILE=/run/secrets/db");
    server.execute("postgres", "create database shop");
    server.execute("shop", "create table orders as select generate_series(1, 10) as id");
    mount("shop-db");

    salvor.does("exec", "--no-TTY", "salvor", "salvor", "backup", "shop-db", "--wait");
    salvor.does("exec", "--no-TTY", "salvor", "salvor", "verify", "shop-db", "--wait");
    var to = "--to-database=shop_copy";
    salvor.does("exec", "--no-TTY", "salvor", "salvor", "restore", "shop-db", to, "--wait");

    assertThat(salvor.does("logs", "salvor")).contains("made a container to restore into");
    assertThat(server.query("shop_copy", "select count(*) from orders")).isEqualTo("10");
    assertThat(docker.docker("ps", "--all", "--quiet", "--filter", "label=salvor.dev/run"))
        .isEmpty();
  }

  private static String started(String container) {
    return docker.docker("inspect", "--format", "{{.State.StartedAt}}", container);
  }

  /** The disk, with the repository of a policy: the store's folder, which is looked at now. */
  private Path mount(String policy) throws IOException {
    var disks = folder.resolve("disks");
    Script.run("mount -t tmpfs backup \"$1/backup\" && mkdir \"$1/backup/salvor\"", disks);
    var kept = disks.resolve("backup/salvor");
    ForgedRepository.inStore(kept, "shop/" + policy, PASSWORD);
    // A change has it looked at now, not within five minutes.
    Files.writeString(
        salvor.file().resolveSibling("manifests/store.yaml"), STORE.replace("IfEmpty", "Never"));
    return kept;
  }

  /** A Compose project, and what its variables are. */
  private record Stack(Path file, Map<String, String> variables) {
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

    void untilStoreSays(String what) {
      var store = file.resolveSibling("state/resources/BackupStore/shop/offsite.json");
      await()
          .atMost(PATIENCE)
          .until(() -> Files.exists(store) && Files.readString(store).contains(what));
    }
  }

  private static Map<String, String> variables(Path disks) {
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
  private static void image() throws IOException {
    var root = Files.createDirectories(daemon.resolve("root"));
    for (var place :
        List.of(
            "usr/bin",
            "usr/lib",
            "usr/lib64",
            "java",
            "salvor",
            "postgres",
            "own",
            "usr/local/bin")) {
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
    Files.writeString(manifests.resolve("own.yaml"), OWN);
    var examples = Path.of("examples/docker");
    Files.copy(examples.resolve("database.yaml"), manifests.resolve("database.yaml"));
    var volumes = Files.readString(examples.resolve("volumes.yaml"));
    assertThat(volumes).contains("# consumers:");
    Files.writeString(
        manifests.resolve("volumes.yaml"), volumes.replace("# consumers:", "consumers:"));
    var programs = Programs.here();
    Files.writeString(
        own.resolve("more.yaml"),
        """
        services:
          salvor:
            environment: {SALVOR_RESTIC: /salvor-restic, SALVOR_POSTGRES_%d: /postgres}
            volumes:
              - /usr/bin:/usr/bin:ro
              - /usr/lib:/usr/lib:ro
              - /usr/lib64:/usr/lib64:ro
              - %s:/java:ro
              - %s:/salvor:ro
              - %s:/salvor-restic:ro
              - %s:/postgres:ro
              - salvor_own:/own
        volumes: {salvor_own: {external: true}}
        """
            .formatted(
                MAJOR,
                System.getProperty("java.home"),
                BuiltProgram.folder(),
                programs.restic(),
                programs.postgres(MAJOR, "pg_dump").getParent()));
    return Files.copy(Path.of("deploy/compose/compose.yaml"), own.resolve("compose.yaml"));
  }
}
