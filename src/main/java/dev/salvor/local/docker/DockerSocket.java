package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Info;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.plan.ServerChoice;
import dev.salvor.task.CredentialSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The Docker behind a unix socket of this machine. No class of the library is touched before the
 * first question, so that hosts without Docker start as fast as ever.
 */
public final class DockerSocket implements Docker {
  private static final String VARIABLE = "DOCKER_HOST";
  private static final String DEFAULT = "unix:///var/run/docker.sock";
  private static final String SCHEME = "unix://";
  private static final Path KERNEL = Path.of("/proc/sys/kernel/osrelease");

  /**
   * A daemon that hangs must not hang the host; one that is busy answers within a second or two.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** To make a container, of which some storage drivers copy the whole image, or to remove one. */
  private static final Duration WORK = Duration.ofSeconds(60);

  /** As long nobody asks who was not answered: each question would hold the host anew. */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  private final String address;
  private final Duration patience;
  private @Nullable DockerClient client;
  private volatile @Nullable Silence silence;

  DockerSocket(String address, Duration patience) {
    this.address = address;
    this.patience = patience;
  }

  /**
   * It did not answer.
   *
   * @param since {@link System#nanoTime}
   */
  private record Silence(String message, long since) {}

  /** That which the environment names; else the usual one. */
  public static DockerSocket of(Map<String, String> environment) {
    var named = environment.getOrDefault(VARIABLE, "");
    return new DockerSocket(named.isEmpty() ? DEFAULT : named, PATIENCE);
  }

  /** Its address, for people. */
  public String address() {
    return address;
  }

  /**
   * Version and place of the daemon, for people.
   *
   * @throws DockerUnreachable if it does not answer
   */
  public String describe() {
    return ask(
        docker -> {
          var info = docker.infoCmd().exec();
          return "version " + info.getServerVersion() + ", volumes in " + folder(info);
        });
  }

  @Override
  public DockerView look() {
    try {
      return ask(
          docker -> {
            var info = docker.infoCmd().exec();
            return isOfThisKernel(info)
                ? new DockerView.Seen(folder(info), VolumeReading.all(docker))
                : new DockerView.Unreachable(
                    "The Docker behind "
                        + address
                        + " runs in a machine of its own (kernel "
                        + info.getKernelVersion()
                        + "): its volumes cannot be read from here.");
          });
    } catch (DockerUnreachable e) {
      return new DockerView.Unreachable(e.why());
    }
  }

  @Override
  public List<ContainerView> containers(CredentialSource.Container source) {
    return ask(docker -> ContainerReading.find(docker, source));
  }

  @Override
  public Daemon daemon() {
    return ask(
        docker -> {
          var info = docker.infoCmd().exec();
          var options = info.getSecurityOptions();
          var rootless = options != null && options.contains("name=rootless");
          return rootless || !isOfThisKernel(info) ? Daemon.APART : Daemon.OF_THE_MACHINE;
        });
  }

  @Override
  public String makeVolume(String name) {
    return ask(
        docker ->
            Objects.requireNonNull(
                docker
                    .createVolumeCmd()
                    .withName(name)
                    .withDriver("local")
                    .exec()
                    .getMountpoint()));
  }

  @Override
  public List<ServerChoice.Candidate> images(CredentialSource.Container source) {
    return ask(docker -> ContainerReading.images(docker, source));
  }

  @Override
  public Optional<SandboxContainer.Image> image(String reference) {
    return ask(docker -> SandboxMaking.image(docker, reference));
  }

  @Override
  public void start(SandboxContainer container) {
    ask(
        docker -> {
          SandboxMaking.start(docker, container);
          return container;
        },
        WORK);
  }

  @Override
  public SandboxEnd end(SandboxContainer.Owner owner) {
    try {
      // One that hangs is found out sooner.
      return ask(docker -> SandboxMaking.of(docker, owner)).isEmpty()
          ? new SandboxEnd.Gone()
          : ask(docker -> SandboxMaking.end(docker, owner), WORK);
    } catch (DockerUnreachable e) {
      return new SandboxEnd.Unknown(e.why());
    }
  }

  @Override
  public void removeAllBut(String state, Set<String> runs) {
    ask(
        docker -> {
          SandboxMaking.removeAllBut(docker, state, runs);
          return runs;
        },
        WORK);
  }

  private static String folder(Info info) {
    return info.getDockerRootDir() + "/volumes";
  }

  /** A daemon in a virtual machine has folders that are not this machine's. */
  private static boolean isOfThisKernel(Info info) {
    try {
      return Files.readString(KERNEL).strip().equals(info.getKernelVersion());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + KERNEL, e);
    }
  }

  private <T> T ask(Function<DockerClient, T> question) {
    return ask(question, patience);
  }

  private <T> T ask(Function<DockerClient, T> question, Duration limit) {
    var socket = socket();
    var before = silence;
    if (before != null && System.nanoTime() - before.since() < SILENCE.toNanos()) {
      throw new DockerUnreachable(before.message());
    }
    silence = null;
    var asking = new FutureTask<>(() -> question.apply(client()));
    var thread = Thread.ofPlatform().daemon().name("docker").start(asking);
    try {
      return asking.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new DockerUnreachable(
          (Causes.isAnswer(e.getCause()) ? "Docker refuses at " : "Docker does not answer at ")
              + socket
              + ": "
              + Causes.text(e.getCause()),
          e);
    } catch (TimeoutException e) {
      thread.interrupt();
      var said = "Docker does not answer at " + socket + " within " + limit.toSeconds() + " s.";
      silence = new Silence(said, System.nanoTime());
      throw new DockerUnreachable(said, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DockerUnreachable("The host is ending.", e);
    }
  }

  /** What can be said of the socket without the library, and in better words. */
  private Path socket() {
    if (!address.startsWith(SCHEME)) {
      throw new DockerUnreachable(
          "DOCKER_HOST is "
              + address
              + ": only the Docker of this machine is known, by a unix socket (unix:///...).");
    }
    var socket = Path.of(address.substring(SCHEME.length()));
    if (!Files.exists(socket)) {
      throw new DockerUnreachable(
          "There is no Docker socket " + socket + ": is Docker installed, and does it run?");
    }
    if (!Files.isReadable(socket) || !Files.isWritable(socket)) {
      throw new DockerUnreachable(
          "This user may not use the Docker socket "
              + socket
              + ": run salvor local as root, or as a user of the socket's group.");
    }
    return socket;
  }

  private synchronized DockerClient client() {
    var made = client == null ? Library.client(address) : client;
    client = made;
    return made;
  }
}
