package dev.salvor.local.docker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.salvor.api.ComposeService;
import dev.salvor.local.state.DurableFile;
import dev.salvor.plan.ContainerServer;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.ContainerView.Published;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.DockerView.Seen;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.DockerView.Unreachable;
import dev.salvor.plan.DockerView.Volume;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real Docker answers, and what is said where it does not. */
@NeedsRoot
class DockerSocketIT {
  @TempDir private static Path folder;
  private static DockerDaemon daemon;
  private static DockerSocket docker;

  @BeforeAll
  static void start() {
    daemon = DockerDaemon.start(folder);
    docker = new DockerSocket(daemon.address(), Duration.ofMinutes(1));
  }

  @AfterAll
  static void stop() {
    daemon.close();
  }

  private static List<ContainerView> named(String name) {
    return docker.containers(
        new CredentialSource.Container(Credential.SOURCE, name, null, Login.OF_CONTAINER));
  }

  /** What a person is asked to choose from. */
  @Test
  void whatRunsIsShownWithItsPortsAndVolumes() {
    daemon.container(
        "listed",
        "--label=com.docker.compose.service=db",
        "--expose=5432",
        "--volume=listed_data:/data",
        "--volume=/tmp:/tmp");
    daemon.container("ended");
    daemon.docker("stop", "--time=0", "ended");

    var running = docker.running();

    assertThat(running)
        .extracting(RunningContainer::name)
        .contains("listed")
        .doesNotContain("ended");
    assertThat(running)
        .filteredOn(container -> container.name().equals("listed"))
        .containsExactly(
            new RunningContainer(
                "listed",
                "box",
                Set.of(5432),
                Map.of("com.docker.compose.service", "db"),
                List.of("listed_data", "bind_tmp")));
  }

  /** Docker itself finds containers by the beginning of an id too, and by a part of a name. */
  @Test
  void aContainerIsFoundByItsWholeNameAlone() {
    daemon.container("shop-db-1", "--env", "POSTGRES_PASSWORD=one");
    daemon.container("shop-db", "--env", "POSTGRES_PASSWORD=two=2", "--publish", "127.0.0.1::5432");

    var found = named("shop-db").getFirst();
    assertThat(found.environment()).containsEntry("POSTGRES_PASSWORD", "two=2");
    assertThat(found.running()).isTrue();
    assertThat(found.networks().getFirst().driver()).isEqualTo("bridge");
    assertThat(found.networks().getFirst().address()).startsWith(DockerDaemon.NETWORK);
    assertThat(found.published()).extracting(Published::port).containsExactly(5432);
    assertThat(found.published().getFirst().hostAddress()).isEqualTo("127.0.0.1");
    var id = daemon.docker("inspect", "--format", "{{.Id}}", "shop-db");
    assertThat(named(id.substring(0, 12))).isEmpty();
    assertThat(named("shop")).isEmpty();

    // Made anew, it is another with another password.
    daemon.docker("rm", "--force", "shop-db");
    assertThat(named("shop-db")).isEmpty();
    daemon.container("shop-db", "--env", "POSTGRES_PASSWORD=three", "--network", "none");
    found = named("shop-db").getFirst();
    assertThat(found.environment()).containsEntry("POSTGRES_PASSWORD", "three");
    assertThat(
            ContainerServer.find(
                new CredentialSource.Container(Credential.SOURCE, "shop-db", null, Login.GIVEN),
                List.of(found),
                docker.daemon()))
        .isInstanceOf(ContainerServer.Unusable.class);

    daemon.docker("rename", "shop-db", "shop-old-db");
    assertThat(named("shop-db")).isEmpty();
    daemon.docker("kill", "shop-old-db");
    assertThat(named("shop-old-db").getFirst().running()).isFalse();
    assertThat(docker.daemon()).isEqualTo(Daemon.OF_THE_MACHINE);
  }

  @Test
  void aServiceIsFoundByWhatComposeWritesOnIt() throws IOException {
    var secret = Files.writeString(folder.resolve("password"), "in a file");
    daemon.container(
        "stack-db-1",
        "--label",
        "com.docker.compose.project=stack",
        "--label",
        "com.docker.compose.service=db",
        "--label",
        "com.docker.compose.oneoff=False",
        "--volume",
        secret + ":/run/secrets/password:ro");
    daemon.container(
        "stack-db-run-1",
        "--label",
        "com.docker.compose.project=stack",
        "--label",
        "com.docker.compose.service=db",
        "--label",
        "com.docker.compose.oneoff=True");
    daemon.container(
        "other-db-1",
        "--label",
        "com.docker.compose.project=other",
        "--label",
        "com.docker.compose.service=db");

    var found =
        docker.containers(
            new CredentialSource.Container(
                Credential.SOURCE, null, new ComposeService("stack", "db"), Login.OF_CONTAINER));

    assertThat(found).extracting(ContainerView::name).containsExactly("stack-db-1");
    assertThat(docker.file("stack-db-1", "/run/secrets/password"))
        .isEqualTo(new ContainerFile.Content("in a file"));
  }

  /** Also where its parents are links; what leads out of the container leads nowhere. */
  @Test
  void aFileIsReadAsTheContainerSeesIt() throws IOException {
    var outside = Files.writeString(folder.resolve("outside"), "the machine's");
    var mounted = Files.createDirectory(folder.resolve("mounted"));
    Files.writeString(mounted.resolve("largest"), "x".repeat(4096));
    Files.writeString(mounted.resolve("large"), "x".repeat(4097));
    Files.writeString(mounted.resolve("empty"), "");
    // Nobody reads what is left of it, for as long as that takes.
    try (var huge = new RandomAccessFile(mounted.resolve("huge").toFile(), "rw")) {
      huge.setLength(1L << 40);
    }
    Files.createSymbolicLink(mounted.resolve("link"), outside);
    Files.createSymbolicLink(mounted.resolve("folder"), folder);
    Files.createSymbolicLink(mounted.resolve("here"), Path.of("."));
    // Such are written with attributes of their own in front.
    Files.setAttribute(mounted.resolve("largest"), "unix:uid", 2_000_000_001);
    daemon.container("files", "--volume=" + mounted + ":/mounted:ro");

    assertThat(docker.file("files", "/mounted/largest"))
        .isEqualTo(new ContainerFile.Content("x".repeat(4096)));
    assertThat(docker.file("files", "/mounted/here/empty"))
        .isEqualTo(new ContainerFile.Content(""));
    assertThat(docker.file("files", "/mounted/large"))
        .isEqualTo(unreadable("larger than 4096 bytes"));
    assertThat(docker.file("files", "/mounted/huge"))
        .isEqualTo(unreadable("larger than 4096 bytes"));
    assertThat(docker.file("files", "/mounted/link")).isEqualTo(unreadable("a link"));
    assertThat(docker.file("files", "/mounted")).isEqualTo(unreadable("no file"));
    assertThat(docker.file("files", "/mounted/folder/outside")).isEqualTo(unreadable("not there"));
    assertThat(docker.file("files", "/mounted/none")).isEqualTo(unreadable("not there"));
  }

  private static ContainerFile unreadable(String what) {
    return new ContainerFile.Unreadable("it is " + what);
  }

  @Test
  void volumesAreSeenWithWhoeverUsesThem() {
    var uploads = daemon.volume("stack_uploads", "--label", "com.docker.compose.project=stack");
    daemon.volume("mounted", "--opt", "type=tmpfs", "--opt", "device=tmpfs");
    daemon.container("web", "--volume", "stack_uploads:/srv");
    daemon.container("gone", "--volume", "stack_uploads:/srv");
    daemon.docker("kill", "gone");

    var seen = (Seen) docker.look(Set.of());
    var volumes =
        seen.volumes().stream().collect(Collectors.toMap(Volume::name, Function.identity()));
    assertThat(volumes.get("stack_uploads"))
        .isEqualTo(
            new Volume(
                "stack_uploads",
                "local",
                Map.of(),
                Map.of("com.docker.compose.project", "stack"),
                uploads.toString(),
                Sight.SEEN,
                List.of("web")));
    assertThat(Objects.requireNonNull(volumes.get("mounted")).options())
        .containsEntry("type", "tmpfs");

    var made = docker.makeVolume("stack_new").orElseThrow();
    assertThat(made).isEqualTo(seen.folder() + "/stack_new/_data");
    assertThat(Path.of(made)).isEmptyDirectory();
    assertThat(docker.makeVolume("stack_new")).isEmpty();
  }

  /** As of a share whose server is gone: whoever touches it waits, and cannot be interrupted. */
  @Test
  void aFolderThatNeverAnswersHoldsNobody() throws Exception {
    var data = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "bind.");
    var hung = Files.createDirectory(data.resolve("hung"));
    daemon.service("three", "web", "--volume=" + hung + ":/srv", "--volume=" + data + ":/data");
    var server =
        new ProcessBuilder(
                "bash",
                "-c",
                "exec 3<>/dev/fuse && mount -i -t fuse"
                    + " -o fd=3,rootmode=40000,user_id=0,group_id=0 none \"$1\" && echo mounted"
                    + " && exec sleep 300",
                "hung",
                hung.toString())
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(server.inputReader().readLine()).isEqualTo("mounted");
      for (var look = 0; look < 3; look++) {
        var seen =
            assertTimeoutPreemptively(
                Duration.ofMinutes(1), () -> (Seen) docker.look(Set.of("three")));
        assertThat(seen.volumes())
            .filteredOn(each -> each.folder().startsWith(data.toString()))
            .extracting(Volume::folder, Volume::sight)
            .containsExactlyInAnyOrder(
                tuple(data.toString(), Sight.SEEN), tuple(hung.toString(), Sight.HIDDEN));
      }
      // That of a look that was answered may just be about to end.
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(
              () ->
                  assertThat(Thread.getAllStackTraces().keySet())
                      .as("one waits, and not one for each look")
                      .filteredOn(thread -> thread.getName().equals("look-at-folder"))
                      .hasSize(1));
    } finally {
      server.destroy();
      server.onExit().join();
      Script.run("umount -l \"$1/hung\"", data);
      daemon.docker("rm", "--force", "three-web-1");
      DurableFile.deleteFolder(data);
    }
  }

  /** By whoever mounts it to write, running or not; a folder of two projects is of both. */
  @Test
  void foldersAreSeenOfEachProjectThatMountsThem() throws IOException {
    // Not below the folder for temporary files, where nobody keeps data.
    var data = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "bind.");
    try {
      var inner = Files.createDirectory(data.resolve("inner"));
      daemon.service("one", "web", "--volume=" + data + ":/srv");
      daemon.service("two", "web", "--volume=" + data + ":/srv");
      daemon.docker("kill", "two-web-1");
      daemon.container("plain", "--volume=" + inner + ":/srv", "--volume=/etc:/etc/machine");
      daemon.container("reader", "--volume=" + data.resolve("read") + ":/srv:ro");

      var folders =
          ((Seen) docker.look(Set.of()))
              .volumes().stream()
                  .filter(each -> each.folder().startsWith(data.toString()))
                  .toList();
      assertThat(folders)
          .extracting(Volume::folder, Volume::labels, Volume::users)
          .containsExactlyInAnyOrder(
              tuple(
                  data.toString(),
                  Map.of("com.docker.compose.project", "one"),
                  List.of("one-web-1")),
              tuple(
                  data.toString(),
                  Map.of("com.docker.compose.project", "two"),
                  List.of("one-web-1")),
              tuple(inner.toString(), Map.of(), List.of("plain")));
    } finally {
      daemon.docker("rm", "--force", "one-web-1", "two-web-1", "plain", "reader");
      DurableFile.deleteFolder(data);
    }
  }

  /** Of the environment what says where things are, and never a secret. */
  @Test
  void aProjectThatIsPointedAtIsShownWithWhatItsContainersMount() throws IOException {
    var project = Files.createDirectories(folder.resolve("stock/volumes/storage"));
    daemon.volume("stock_db-config");
    var db = daemon.service("stock", "db", "--volume=stock_db-config:/etc/postgresql-custom/");
    var storage =
        daemon.service(
            "stock",
            "storage",
            "--label=com.docker.compose.project.working_dir=" + folder.resolve("stock"),
            "--volume=" + project + ":/var/lib/storage",
            "--volume=" + folder.resolve("stock/absent") + ":/absent",
            "--tmpfs=/tmp",
            "--env=TENANT_ID=t1",
            "--env=SERVICE_KEY=secret-of-a-service",
            "--env=DATABASE_URL=postgres://a:secret-of-a-service@db/b");
    daemon.docker("kill", "stock-storage-1");
    daemon.service("stock", "run", "--label=com.docker.compose.oneoff=True");
    daemon.service("stock", "odd\u001b[2J");
    daemon.service("unasked", "db", "--volume=stock_db-config:/x", "--env=TENANT_ID=t2");
    Files.delete(folder.resolve("stock/absent"));

    var seen = (Seen) docker.look(Set.of("stock"));

    assertThat(seen.toString()).doesNotContain("secret-of-a-service");
    var containers =
        seen.containers().stream()
            .collect(Collectors.toMap(DockerView.Container::name, Function.identity()));
    assertThat(containers).doesNotContainKeys("stock-run-1").hasSizeGreaterThan(2);
    assertThat(seen.containers())
        .extracting(DockerView.Container::service)
        .allMatch(service -> service.matches("[a-z-]+"));
    var server = Objects.requireNonNull(containers.get(db));
    assertThat(server.mounts())
        .containsExactly(new DockerView.Mount("/etc/postgresql-custom", "stock_db-config", null));
    assertThat(server.image()).isEqualTo("box");
    assertThat(server.digest()).isNull();
    var found = Objects.requireNonNull(containers.get(storage));
    assertThat(found.running()).isFalse();
    assertThat(found.settings()).isEqualTo(Map.of("TENANT_ID", "t1"));
    assertThat(found.workingFolder())
        .isEqualTo(new DockerView.Folder(folder.resolve("stock").toString(), Sight.SEEN));
    assertThat(found.mounts())
        .contains(
            new DockerView.Mount(
                "/var/lib/storage", null, new DockerView.Folder(project.toString(), Sight.SEEN)),
            new DockerView.Mount(
                "/absent",
                null,
                new DockerView.Folder(folder.resolve("stock/absent").toString(), Sight.HIDDEN)));
    // Of others it is known that they are there.
    var unasked = Objects.requireNonNull(containers.get("unasked-db-1"));
    assertThat(unasked.settings()).isEmpty();
    assertThat(unasked.mounts()).isEmpty();
  }

  /** The host's one thread waits for it once, whoever asks. */
  @Test
  void oneThatHangsIsNotAskedAgainAtOnce() throws IOException {
    var hung = folder.resolve("hung.sock");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(hung));
      var asked = new DockerSocket("unix://" + hung, Duration.ofSeconds(2));
      assertThatThrownBy(asked::daemon).hasMessageContaining("within 2 s");
      server.configureBlocking(false);
      assertThat(server.accept()).isNotNull();

      assertThat(asked.end(new SandboxContainer.Owner("state", "run")))
          .isInstanceOf(SandboxEnd.Unknown.class);
      assertThatThrownBy(asked::daemon).hasMessageContaining("within 2 s");
      assertThatThrownBy(() -> asked.removeAllBut("state", Set.of()))
          .hasMessageContaining("within 2 s");
      assertThat(server.accept()).isNull();
    }
  }

  /**
   * No version of the API is asked for, so that a daemon answers in its own, old or new. One that
   * takes none but a certain one says so in its own words.
   */
  @Test
  void noVersionOfTheApiIsAskedFor() throws Exception {
    try (var old = new Played("old")) {
      var request =
          old.answers(
              "400 Bad Request",
              "{\"message\": \"client version is too new. Maximum supported API version is"
                  + " 1.24\"}");

      assertThat(((Unreachable) old.asked().look(Set.of())).why())
          .contains("Docker refuses", "Maximum supported API version is 1.24");
      assertThat(request.get()).startsWith("GET /info HTTP");
    }
  }

  /** Podman 4.3 has no id of its own, and its words for what is gone are not Docker's. */
  @Test
  void aPodmanIsUnderstood() throws Exception {
    try (var podman = new Played("podman")) {
      var info =
          "{\"ID\": \"%s\", \"DockerRootDir\": \"/var/lib/containers/storage\", \"BuildahVersion\":"
              + " \"1.28.2\"}";
      var _ = podman.answers("200 OK", info.formatted("3382700b"));
      var first = podman.asked().id();
      var _ = podman.answers("200 OK", info.formatted("3fc64c59"));
      assertThat(podman.asked().id()).isEqualTo(first).contains("/var/lib/containers/storage");

      var _ =
          podman.answers(
              "404 Not Found",
              """
              {"cause": "no such container", "message": "no container with name or ID \\"4f9d\\" found: no such container"}\
              """);
      assertThat(podman.asked().stop("4f9d", Duration.ZERO)).isEqualTo(Docker.Change.NONE);
    }
  }

  /** A daemon that this machine does not have. */
  private static final class Played implements AutoCloseable {
    private final Path socket;
    private final ServerSocketChannel server;

    Played(String name) throws IOException {
      socket = folder.resolve(name + ".sock");
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(socket));
    }

    /** Of which no connection is kept. */
    DockerSocket asked() {
      return DockerSocket.of(Map.of("DOCKER_HOST", "unix://" + socket));
    }

    /** The next question that it is asked. */
    CompletableFuture<String> answers(String status, String json) {
      var answer =
          "HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(status, json.length(), json);
      return CompletableFuture.supplyAsync(
          () -> {
            try (var client = server.accept()) {
              var bytes = ByteBuffer.allocate(4096);
              client.read(bytes);
              client.write(ByteBuffer.wrap(answer.getBytes(US_ASCII)));
              return new String(bytes.array(), 0, bytes.position(), US_ASCII);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          },
          Thread::startVirtualThread);
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  /** As a daemon leaves it that was killed, and as there never was one. */
  @Test
  void aSocketThatNobodyAnswersIsSaidSo() throws IOException {
    var dead = folder.resolve("dead.sock");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(dead));
    }
    for (var socket : List.of(dead, folder.resolve("none.sock"))) {
      var silent = DockerSocket.of(Map.of("DOCKER_HOST", "unix://" + socket));
      assertThat(((Unreachable) silent.look(Set.of())).why()).contains(socket.toString());
      assertThatThrownBy(() -> silent.makeVolume("any"))
          .isInstanceOf(DockerUnreachable.class)
          .hasMessageContaining(socket.toString());
    }
  }
}
