package dev.salvor.local.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxContainer.Access;
import dev.salvor.plan.SandboxContainer.Mount;
import dev.salvor.plan.SandboxContainer.Owner;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a container of a proof can and cannot do, and that nothing of it is left. */
@NeedsRoot
class SandboxMakingIT {
  private static final int UID = 2_000_000_001;
  private static final Owner OWNER = new Owner("this-state", "one");

  @TempDir private static Path folder;
  private static DockerDaemon daemon;
  private static DockerSocket docker;

  @TempDir private Path sandbox;

  @BeforeAll
  static void start() {
    daemon = DockerDaemon.startForImages(folder);
    docker = new DockerSocket(daemon.address(), Duration.ofMinutes(1));
    daemon.postgresImage("postgres", 15);
  }

  @AfterAll
  static void stop() {
    daemon.close();
  }

  @AfterEach
  void clear() {
    docker.removeAllBut("this-state", Set.of());
    docker.removeAllBut("another-state", Set.of());
  }

  private SandboxContainer running(Owner owner, String script) throws IOException {
    var data = sandbox.resolve("data");
    if (!Files.exists(data)) {
      Files.createDirectory(data);
      Files.setAttribute(data, "unix:uid", UID);
      Files.writeString(sandbox.resolve("passwd"), "who:x:" + UID + ":" + UID + "::/:/bin/false\n");
    }
    var image = docker.image("postgres").orElseThrow();
    var planned = SandboxContainer.of(owner, image, sandbox.toString(), UID, null);
    return new SandboxContainer(
        planned.name(),
        planned.image(),
        planned.user(),
        planned.labels(),
        planned.entrypoint(),
        List.of("-c", script),
        planned.environment(),
        List.of(
            new Mount(data.toString(), "/sandbox/data", Access.WRITE),
            new Mount(sandbox.resolve("passwd").toString(), "/etc/passwd", Access.READ)),
        planned.temporary(),
        64L << 20,
        planned.processes());
  }

  @Test
  void itHasNoNetworkNoRightsAndNothingToWriteToButItsMounts() throws IOException {
    docker.start(
        running(
            OWNER,
            """
            cd /sandbox/data
            id -u > uid
            ls /sys/class/net > net
            cat /proc/self/status > status
            cat /proc/self/mountinfo > mounts
            touch /somewhere 2> root
            touch /etc/passwd 2> passwd
            : > done
            sleep 3600
            """));
    await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(data("done")));

    assertThat(data("uid")).hasContent(String.valueOf(UID));
    assertThat(data("net")).hasContent("lo");
    assertThat(data("status"))
        .content()
        .contains("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1")
        .contains("Seccomp:\t2");
    assertThat(data("root")).content().contains("Read-only file system");
    assertThat(data("passwd")).content().contains("Read-only file system");
    assertThat(data("mounts")).content().contains(" /var/lib/postgresql/data ");
    assertThat(daemon.docker("volume", "ls", "--quiet")).isEmpty();
    assertThat(inspect("{{.HostConfig.RestartPolicy.Name}}")).isIn("", "no");
    assertThat(inspect("{{.HostConfig.AutoRemove}}")).isEqualTo("false");
    assertThat(inspect("{{.HostConfig.PidsLimit}} {{.HostConfig.MemorySwap}}"))
        .isEqualTo("200 " + (64L << 20));
    assertThat(inspect("{{.HostConfig.ShmSize}}")).isEqualTo(String.valueOf(256L << 20));
    assertThat(inspect("{{.HostConfig.LogConfig.Type}} {{.Config.Healthcheck.Test}}"))
        .isEqualTo("none [NONE]");

    assertThat(docker.end(OWNER)).isEqualTo(new SandboxEnd.Ran());
    assertThat(docker.end(OWNER)).isEqualTo(new SandboxEnd.Gone());
    assertThat(daemon.docker("ps", "--all", "--quiet")).isEmpty();
  }

  @Test
  void howItEndedIsTold() throws IOException {
    docker.start(running(OWNER, "exit 3"));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> inspect("{{.State.Running}}").equals("false"));
    assertThat(docker.end(OWNER)).isEqualTo(new SandboxEnd.Exited(3));

    // One process of several is ended; the first goes on, as a server does.
    docker.start(
        running(
            OWNER,
            """
            cd /sandbox/data
            sh -c 'x=0123456789abcdef; while :; do x=$x$x; done'
            : > over
            sleep 3600
            """));
    await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(data("over")));
    assertThat(docker.end(OWNER)).isEqualTo(new SandboxEnd.OutOfMemory(64L << 20));
  }

  @Test
  void onlyThisStateFoldersAreRemoved() throws IOException {
    var other = new Owner("another-state", "one");
    docker.start(running(OWNER, "sleep 3600"));
    docker.start(running(new Owner("this-state", "two"), "sleep 3600"));
    docker.start(running(other, "sleep 3600"));
    // As if its image had been made of a proof's container.
    daemon.container(
        "looked-at", "--label", "salvor.dev/state=this-state", "--label", "salvor.dev/run=one");

    docker.removeAllBut("this-state", Set.of("two"));

    assertThat(docker.end(OWNER)).isEqualTo(new SandboxEnd.Gone());
    assertThat(docker.end(new Owner("this-state", "two"))).isEqualTo(new SandboxEnd.Ran());
    assertThat(docker.end(other)).isEqualTo(new SandboxEnd.Ran());
    assertThat(daemon.docker("inspect", "--format", "{{.State.Running}}", "looked-at"))
        .isEqualTo("true");
    daemon.docker("rm", "--force", "looked-at");
  }

  @Test
  void anImageThatIsNotThereIsNotPulledAndOneWithoutAShellSaysSo() throws IOException {
    assertThat(docker.image("postgres:no-such")).isEmpty();

    var box = docker.image("box").orElseThrow();
    var planned = SandboxContainer.of(OWNER, box, sandbox.toString(), UID, null);
    assertThatThrownBy(() -> docker.start(planned)).hasMessageContaining("does not exist");
    assertThat(sandbox).as("nothing is made for it").isEmptyDirectory();
    for (var folder : List.of("data", "server", "socket")) {
      Files.createDirectory(sandbox.resolve(folder));
    }
    Files.createFile(sandbox.resolve("passwd"));
    assertThatThrownBy(() -> docker.start(planned))
        .isInstanceOf(DockerUnreachable.class)
        .hasMessageContaining("/bin/sh");
    assertThat(docker.end(OWNER)).isInstanceOf(SandboxEnd.Exited.class);
  }

  private Path data(String file) {
    return sandbox.resolve("data").resolve(file);
  }

  private static String inspect(String format) {
    var id = daemon.docker("ps", "--all", "--quiet", "--filter", "label=salvor.dev/run=one");
    return daemon.docker("inspect", "--format", format, id);
  }
}
