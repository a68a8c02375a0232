package dev.salvor.testing;

import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real dockerd in a temporary folder, with a bridge and a socket of its own and no rules of the
 * firewall; ended by its process id. Its one image, {@code box}, is busybox.
 */
public final class DockerDaemon implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Who runs a Docker without root; some number. */
  private static final int OWNER = 4712;

  /** The user of servers in containers; some number. */
  private static final int SERVER = 4711;

  private static final long PROCESS = ProcessHandle.current().pid();

  /** Of this test run alone, and not docker0, which may be that of this machine's own Docker. */
  private static final String BRIDGE = "slvd" + PROCESS;

  /** The first three numbers of all addresses in its network. */
  public static final String NETWORK = "172.29." + PROCESS % 250 + ".";

  /** Of the one account in images of {@link #postgresImage}. */
  static final int POSTGRES_USER = 999;

  private static final Path ROOT =
      Programs.here().cache().resolve("test").resolve("cluster-tools").resolve("root");

  private static final Path OTHER_ROOT =
      Programs.here().cache().resolve("test").resolve("other-dockers").resolve("root");

  private static final Path COMPOSE = Programs.here().cache().resolve("test").resolve("compose");

  private final Path folder;
  private final ProcessBuilder command;
  private Process process;

  private DockerDaemon(Path folder, ProcessBuilder command) throws IOException {
    this.folder = folder;
    this.command = command;
    this.process = command.start();
  }

  /** Of no filesystem in particular, wherever the folder lies. */
  public static DockerDaemon start(Path folder) {
    return start(folder, "vfs");
  }

  /** With a storage driver that shares layers, for images that are large. */
  public static DockerDaemon startForImages(Path folder) {
    return start(folder, "overlay2");
  }

  /** Docker as it was made years later; with a storage driver that shares layers. */
  public static DockerDaemon startNewer(Path folder) {
    return start(folder, inOtherRoot(folder, dockerd("dockerd", folder, "overlay2")));
  }

  /** What speaks as Docker does on Podman's socket, as root. */
  public static DockerDaemon startPodman(Path folder) {
    try {
      // Its usual network, and nothing of the firewall.
      Files.writeString(
          Files.createDirectory(folder.resolve("networks")).resolve("podman.json"),
          """
          {"name": "podman", "driver": "bridge", "network_interface": "%s", "id": "%s",
           "created": "2026-01-01T00:00:00Z", "ipv6_enabled": false, "internal": false,
           "dns_enabled": false, "ipam_options": {"driver": "host-local"},
           "subnets": [{"subnet": "%s0/24", "gateway": "%s1"}]}
          """
              .formatted(BRIDGE, "0".repeat(64), NETWORK, NETWORK));
      Files.writeString(
          folder.resolve("containers.conf"),
          """
          [engine]
          cgroup_manager = "cgroupfs"
          events_logger = "file"
          runtime = "runc"
          [network]
          firewall_driver = "none"
          network_config_dir = "%s"
          """
              .formatted(folder.resolve("networks")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return start(
        folder,
        inOtherRoot(
            folder,
            List.of(
                "podman",
                "--root=" + folder.resolve("data"),
                "--runroot=" + folder.resolve("exec"),
                "--storage-driver=overlay",
                "system",
                "service",
                "--time=0",
                "unix://" + folder.resolve("docker.sock"))));
  }

  /**
   * The newer Docker as a user runs it, in namespaces of its own: its containers have networks that
   * are not this machine's, and its volumes users that are not.
   */
  public static DockerDaemon startRootless(Path folder) {
    try {
      Files.setPosixFilePermissions(
          folder.getParent(), PosixFilePermissions.fromString("rwx--x--x"));
      Files.setAttribute(folder, "unix:uid", OWNER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return start(
        folder,
        inOtherRoot(
            folder,
            List.of(
                "busybox",
                "sh",
                "-euc",
                """
                owner=$0 folder=$1
                shift
                mkdir "$folder/run" "$folder/etc"
                chown "$owner" "$folder/run"
                echo "owner:x:$owner:$owner::/:" >"$folder/etc/passwd"
                echo "owner:100000:65536" | tee "$folder/etc/subuid" >"$folder/etc/subgid"
                touch "$folder/etc/hosts" "$folder/etc/resolv.conf"
                mount --bind "$folder/etc" /etc
                # That of the machine may be root's alone.
                mknod -m 666 "$folder/tun" c 10 200
                mount --bind "$folder/tun" /dev/net/tun
                export HOME=$folder XDG_RUNTIME_DIR=$folder/run
                exec busybox su -m -s /usr/bin/rootlesskit -- owner "$@"
                """,
                String.valueOf(OWNER),
                folder.toString(),
                "--state-dir=" + folder.resolve("run/kit"),
                "--net=slirp4netns",
                "--mtu=1500",
                "--disable-host-loopback",
                "--port-driver=builtin",
                "--copy-up=/etc",
                "--copy-up=/run",
                "dockerd",
                "--data-root=" + folder.resolve("data"),
                "--exec-root=" + folder.resolve("run/exec"),
                "--pidfile=" + folder.resolve("run/pid"),
                "--host=unix://" + folder.resolve("docker.sock"),
                "--iptables=false",
                "--ip6tables=false",
                "--storage-driver=overlay2")));
  }

  private static List<String> inOtherRoot(Path folder, List<String> words) {
    var all =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                Path.of("src/test/scripts/in-root").toAbsolutePath().toString(),
                OTHER_ROOT.toString(),
                folder.toString()));
    all.addAll(words);
    return all;
  }

  private static DockerDaemon start(Path folder, String storage) {
    var words = new ArrayList<>(dockerd(program("usr/sbin/dockerd"), folder, storage));
    words.add("--init-path=" + COMPOSE.resolve("docker-init"));
    return start(folder, words);
  }

  private static List<String> dockerd(String program, Path folder, String storage) {
    return List.of(
        program,
        "--data-root=" + folder.resolve("data"),
        "--exec-root=" + folder.resolve("exec"),
        "--pidfile=" + folder.resolve("pid"),
        "--host=unix://" + folder.resolve("docker.sock"),
        "--bridge=" + BRIDGE,
        "--iptables=false",
        "--ip6tables=false",
        "--storage-driver=" + storage);
  }

  private static DockerDaemon start(Path folder, List<String> words) {
    var command =
        builder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
    command.environment().put("CONTAINERS_CONF", folder.resolve("containers.conf").toString());
    try {
      system("ip", "link", "add", BRIDGE, "type", "bridge");
      system("ip", "address", "add", NETWORK + "1/24", "dev", BRIDGE);
      system("ip", "link", "set", BRIDGE, "up");
      var daemon = new DockerDaemon(folder, command);
      Runtime.getRuntime().addShutdownHook(new Thread(daemon::close));
      daemon.awaitAnswer();
      daemon.makeBox();
      return daemon;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "src/test/scripts/test-tools ensure cluster-tools other-dockers gets it", e);
    }
  }

  /** Ends the daemon as a lack of memory would; what runs in containers goes on. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Starts it again, as its supervisor would. */
  public void startAgain() {
    try {
      // It goes with the daemon, and may be a zombie, which the next one takes for alive.
      var containerd = folder.resolve("exec/containerd/containerd.pid");
      if (Files.exists(containerd)) {
        ProcessHandle.of(Long.parseLong(Files.readString(containerd).strip()))
            .ifPresent(ProcessHandle::destroyForcibly);
        Files.delete(containerd);
      }
      process = command.start();
      awaitAnswer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills it and starts it again. */
  public void crash() {
    kill();
    startAgain();
  }

  private void awaitAnswer() {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(this::answers);
  }

  private boolean answers() throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException(Files.readString(folder.resolve("log")));
    }
    return Files.exists(folder.resolve("docker.sock")) && run(List.of("ps")).isSuccess();
  }

  private void makeBox() throws IOException {
    var bin = Files.createDirectories(folder.resolve("box").resolve("bin"));
    Files.copy(ROOT.resolve("bin").resolve("busybox"), bin.resolve("busybox"));
    var archive = folder.resolve("box.tar");
    system("tar", "--create", "--file=" + archive, "--directory=" + folder.resolve("box"), ".");
    docker("import", archive.toString(), "box");
  }

  /**
   * An image as those of PostgreSQL are, of this machine's programs: a volume for its data, an
   * entrypoint and a health check that would be noticed.
   */
  public void postgresImage(String image, int major) {
    var root = folder.resolve("root-" + image);
    var programs = Programs.here();
    var initdb = programs.postgres(major, "initdb");
    try {
      var bin = Files.createDirectories(root.resolve("bin"));
      Files.copy(ROOT.resolve("bin").resolve("busybox"), bin.resolve("busybox"));
      for (var tool : List.of("sh", "sleep", "mkdir", "mv", "touch", "cat", "ls", "id")) {
        Files.createSymbolicLink(bin.resolve(tool), Path.of("busybox"));
      }
      var cached = programs.cache().resolve("engines/postgresql/" + major);
      if (initdb.startsWith(cached)) {
        copyOfTheCache(cached.toRealPath(), major, root);
      } else {
        copyOfTheMachine(initdb, root);
      }
      copy("/usr/lib/locale/C.utf8", root);
      // Whoever initdb is run by must have a name.
      Files.writeString(
          Files.createDirectories(root.resolve("etc")).resolve("passwd"),
          "postgres:x:" + POSTGRES_USER + ":" + POSTGRES_USER + "::/:/bin/sh\n");
      imported(
          root,
          image,
          "VOLUME /var/lib/postgresql/data",
          "ENTRYPOINT [\"/no/such/entrypoint\"]",
          "ENV PGDATA=/var/lib/postgresql/data");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its programs have their libraries where they are, and only their owner may enter. */
  private static void copyOfTheCache(Path tree, int major, Path root) throws IOException {
    var target = Path.of(root + tree.toString());
    Files.createDirectories(target.getParent());
    system("cp", "--archive", tree.toString(), target.toString());
    system("chmod", "755", target.toString());
    var versioned = Files.createDirectories(root.resolve("usr/lib/postgresql/" + major));
    Files.createSymbolicLink(versioned.resolve("bin"), tree.resolve("bin"));
  }

  private static void copyOfTheMachine(Path initdb, Path root) {
    for (var what : List.of("--bindir", "--pkglibdir", "--sharedir")) {
      copy(output(initdb.resolveSibling("pg_config").toString(), what), root);
    }
    for (var program : List.of("initdb", "postgres")) {
      output("ldd", initdb.resolveSibling(program).toString())
          .lines()
          .flatMap(line -> Arrays.stream(line.strip().split(" ", -1)))
          .filter(word -> word.startsWith("/"))
          .forEach(library -> copy(library, root));
    }
  }

  /**
   * A server that runs in a container, as the official image would have it. Each is a database
   * system of its own.
   *
   * @param image that {@link #postgresImage} made
   * @return its port is 5432, and its database {@code postgres}
   */
  public PGSimpleDataSource postgresIn(String name, String image, int major) throws IOException {
    var data = Files.createTempDirectory(folder, "server-");
    Files.setAttribute(data, "unix:uid", SERVER);
    var passwd = Files.writeString(folder.resolve("passwd"), "postgres:x:" + SERVER + ":0::/:\n");
    docker(
        "run",
        "--detach",
        "--name=" + name,
        "--user=" + SERVER,
        "--volume=" + data + ":/data",
        "--volume=" + passwd + ":/etc/passwd:ro",
        "--volume=/usr/share/zoneinfo:/usr/share/zoneinfo:ro",
        "--env=POSTGRES_PASSWORD=" + PostgresServer.PASSWORD,
        "--stop-signal=SIGQUIT",
        "--entrypoint=/bin/sh",
        image,
        "-euc",
        """
        bin=%s
        if [ ! -e /data/PG_VERSION ]; then
          $bin/initdb --pgdata=/data --username=postgres --auth=trust --no-sync --locale=C --encoding=UTF8
          echo 'host all all all trust' >> /data/pg_hba.conf
        fi
        exec $bin/postgres -D /data -c listen_addresses='*' -c fsync=off -c unix_socket_directories=
        """
            .formatted(Programs.here().postgres(major, "postgres").getParent()));
    var server = new PGSimpleDataSource();
    server.setServerNames(
        new String[] {
          docker("inspect", "--format", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name)
        });
    server.setUser("postgres");
    server.setPassword(PostgresServer.PASSWORD);
    server.setDatabaseName("postgres");
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .untilAsserted(() -> server.getConnection().close());
    return server;
  }

  /** Makes an image of a folder, which is gone then, with lines as of a Dockerfile. */
  public void imported(Path root, String image, String... lines) throws IOException {
    var archive = folder.resolve(image + ".tar");
    system("tar", "--create", "--file=" + archive, "--directory=" + root, ".");
    var words = new ArrayList<>(List.of("import"));
    for (var line : lines) {
      words.addAll(List.of("--change", line));
    }
    words.addAll(List.of(archive.toString(), image));
    docker(words.toArray(String[]::new));
    Files.delete(archive);
    system("rm", "-rf", root.toString());
  }

  /** With its folders, and files instead of links. */
  private static void copy(String path, Path root) {
    try {
      var target = Path.of(root + path);
      if (!Files.exists(target)) {
        Files.createDirectories(target.getParent());
        system(
            "cp", "--recursive", "--dereference", "--no-target-directory", path, target.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String output(String... words) {
    try {
      var asked = new ProcessBuilder(words).redirectErrorStream(true).start();
      return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As DOCKER_HOST names it. */
  public String address() {
    return "unix://" + folder.resolve("docker.sock");
  }

  UnixDomainSocketAddress socket() {
    return UnixDomainSocketAddress.of(folder.resolve("docker.sock"));
  }

  /** A container that waits; the options go before the image. */
  public void container(String name, String... options) {
    var words = new ArrayList<>(List.of("run", "--detach", "--name", name));
    words.addAll(Arrays.asList(options));
    words.addAll(List.of("box", "/bin/busybox", "sleep", "3600"));
    docker(words.toArray(String[]::new));
  }

  /** A container of a service, named and labelled as Compose does; its name. */
  public String service(String project, String service, String... options) {
    var name = project + "-" + service.replaceAll("[^a-z-]", "") + "-1";
    var words =
        new ArrayList<>(
            List.of(
                "--label=com.docker.compose.project=" + project,
                "--label=com.docker.compose.service=" + service));
    words.addAll(Arrays.asList(options));
    container(name, words.toArray(String[]::new));
    return name;
  }

  /** The container shop-db, of image postgres, that says it is this machine's server. */
  public void standIn(PostgresServer server, String... options) {
    var words =
        new ArrayList<>(
            List.of(
                "--network=host",
                "--env=PGPORT=" + server.port(),
                "--env=POSTGRES_USER=" + PostgresServer.SUPERUSER,
                "--env=POSTGRES_PASSWORD=" + PostgresServer.PASSWORD));
    words.addAll(Arrays.asList(options));
    containerOf("postgres", "shop-db", words.toArray(String[]::new));
  }

  /** The same of another image. */
  public void containerOf(String image, String name, String... options) {
    var words = new ArrayList<>(List.of("run", "--detach", "--name", name));
    words.addAll(Arrays.asList(options));
    words.addAll(List.of("--entrypoint=/bin/busybox", image, "sleep", "3600"));
    docker(words.toArray(String[]::new));
  }

  /** What Docker's own program answers. */
  public String docker(String... words) {
    var answer = run(Arrays.asList(words));
    if (!answer.isSuccess()) {
      throw new IllegalStateException(String.join(" ", words) + ": " + answer.text());
    }
    return answer.text().strip();
  }

  /** What Compose answers, with variables of its own. */
  public Answer compose(Path file, Map<String, String> variables, String... words) {
    var all =
        new ArrayList<>(
            List.of(COMPOSE.resolve("docker-compose").toString(), "--file", file.toString()));
    all.addAll(Arrays.asList(words));
    var environment = new HashMap<>(variables);
    environment.put("DOCKER_HOST", address());
    return answer(all, environment);
  }

  /** Where its volumes are. */
  public Path volumes() {
    return folder.resolve("data").resolve("volumes");
  }

  /** The folder of a volume that is made with it. */
  public Path volume(String name, String... options) {
    var words = new ArrayList<>(List.of("volume", "create"));
    words.addAll(Arrays.asList(options));
    words.add(name);
    docker(words.toArray(String[]::new));
    return Path.of(docker("volume", "inspect", "--format", "{{.Mountpoint}}", name));
  }

  /** How a program ended, and what it wrote. */
  public record Answer(int code, String text) {
    boolean isSuccess() {
      return code == 0;
    }
  }

  private Answer run(List<String> words) {
    var all = new ArrayList<>(List.of(program("usr/bin/docker"), "--host=" + address()));
    all.addAll(words);
    return answer(all, Map.of());
  }

  private static Answer answer(List<String> words, Map<String, String> environment) {
    try {
      var builder = builder(words).redirectErrorStream(true);
      builder.environment().putAll(environment);
      var asked = builder.start();
      var text = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Answer(asked.waitFor(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A program of this machine; one that fails is told by what comes of it. */
  private static void system(String... words) throws IOException {
    try {
      new ProcessBuilder(words).inheritIO().start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static String program(String path) {
    return ROOT.resolve(path).toString();
  }

  private static ProcessBuilder builder(List<String> words) {
    var builder = new ProcessBuilder(words);
    var environment = builder.environment();
    environment.put(
        "PATH",
        ROOT.resolve("usr/sbin")
            + ":"
            + ROOT.resolve("usr/bin")
            + ":"
            + ROOT.resolve("sbin")
            + ":"
            + System.getenv("PATH"));
    environment.put(
        "LD_LIBRARY_PATH",
        List.of("x86_64-linux-gnu", "aarch64-linux-gnu").stream()
            .map(
                machine ->
                    ROOT.resolve("usr/lib/" + machine) + ":" + ROOT.resolve("lib/" + machine))
            .reduce((one, other) -> one + ":" + other)
            .orElseThrow());
    return builder;
  }

  /** Ends containers and daemon, and what it mounted. Idempotent. */
  @Override
  public void close() {
    if (!process.isAlive()) {
      return;
    }
    var running = run(List.of("ps", "--quiet")).text().lines().toList();
    if (!running.isEmpty()) {
      var words = new ArrayList<>(List.of("kill"));
      words.addAll(running);
      run(words);
    }
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      awaitTheirEnd();
      for (var mounted : mounts()) {
        system("umount", mounted);
      }
      system("ip", "link", "delete", BRIDGE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Podman has a process for each container, which puts things in order after it. */
  private void awaitTheirEnd() throws InterruptedException {
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    for (var other : ProcessHandle.allProcesses().filter(this::isOfThisFolder).toList()) {
      try {
        other.onExit().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (ExecutionException | TimeoutException stuck) {
        other.destroyForcibly();
      }
    }
  }

  private boolean isOfThisFolder(ProcessHandle other) {
    return other.info().commandLine().filter(line -> line.contains(folder + "/")).isPresent();
  }

  private List<String> mounts() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/mounts"))) {
      return lines
          .map(line -> line.split(" ", -1)[1])
          .filter(point -> point.startsWith(folder + "/"))
          .toList()
          .reversed();
    }
  }
}
