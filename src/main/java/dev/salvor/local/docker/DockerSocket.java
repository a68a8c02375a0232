package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Info;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.DockerConsumers;
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
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
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

  private static final Duration ANSWER = Duration.ofSeconds(8);

  /** A daemon that starts many containers at once, or pulls a network up, takes its time. */
  private static final Duration START = Duration.ofMinutes(1);

  /** Docker begins it with a capital, Podman does not. */
  private static final String GONE = "no such container";

  /** What no other daemon tells of itself. */
  private static final String PODMAN = "BuildahVersion";

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

  /**
   * What runs, for a person to choose from.
   *
   * @throws DockerUnreachable if it does not answer
   */
  public List<RunningContainer> running() {
    return ask(
        docker -> docker.listContainersCmd().exec().stream().map(RunningContainer::of).toList());
  }

  @Override
  public DockerView look(Set<String> projects) {
    try {
      return ask(
          docker -> {
            var info = docker.infoCmd().exec();
            return isOfThisKernel(info)
                ? new DockerView.Seen(
                    folder(info),
                    VolumeReading.all(docker, folder(info)),
                    ProjectReading.all(docker, projects))
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
  public Optional<String> onItsMachine(Path folder) {
    var own = OwnContainer.id();
    return own.isEmpty()
        ? Optional.of(folder.toAbsolutePath().toString())
        : ask(docker -> OwnContainer.onTheMachine(docker, own.get(), folder));
  }

  @Override
  public ContainerFile file(String container, String path) {
    heedSilence();
    // By a client of its own: what is left of a large file goes with its connection, unread.
    return patiently(patience, docker -> FileReading.of(docker, container, path));
  }

  @Override
  public String id() {
    return ask(docker -> id(docker.infoCmd().exec()));
  }

  /** Podman answers with another id each time; it is told by where it keeps things. */
  private static String id(Info info) {
    return info.getRawValues().containsKey(PODMAN)
        ? "podman in " + info.getDockerRootDir()
        : Objects.requireNonNullElse(info.getId(), "");
  }

  @Override
  public Optional<String> makeVolume(String name) {
    return ask(
        docker -> {
          // To make one that is there is success for Docker.
          return isThere(docker, name)
              ? Optional.empty()
              : Optional.of(
                  Objects.requireNonNull(
                      docker
                          .createVolumeCmd()
                          .withName(name)
                          .withDriver("local")
                          .exec()
                          .getMountpoint()));
        });
  }

  private static boolean isThere(DockerClient docker, String name) {
    try {
      return name.equals(docker.inspectVolumeCmd(name).exec().getName());
    } catch (NotFoundException none) {
      return false;
    }
  }

  @Override
  public DockerConsumers consumers(ContainerHold hold) {
    return ask(
        patience,
        () -> {
          var docker = client();
          var info = docker.infoCmd().exec();
          if (!isOfThisKernel(info)) {
            throw new DockerUnreachable(
                "The Docker behind " + address + " runs in a machine of its own.");
          }
          return ConsumerReading.of(docker, id(info), hold, OwnContainer.id().orElse(null));
        });
  }

  @Override
  public Change stop(String id, Duration grace) {
    return command(
        grace.plus(PATIENCE),
        docker -> docker.stopContainerCmd(id).withTimeout((int) grace.toSeconds()).exec());
  }

  @Override
  public void start(String id) {
    var _ = command(START, docker -> docker.startContainerCmd(id).exec());
  }

  @Override
  public void pause(String id) {
    var _ = command(START, docker -> docker.pauseContainerCmd(id).exec());
  }

  @Override
  public void unpause(String id) {
    var _ = command(START, docker -> docker.unpauseContainerCmd(id).exec());
  }

  /** What is so already, or is gone, is no error. */
  private Change command(Duration limit, Consumer<DockerClient> command) {
    return patiently(
        limit,
        docker -> {
          try {
            command.accept(docker);
            return Change.MADE;
          } catch (NotModifiedException alreadySo) {
            return Change.NONE;
          } catch (NotFoundException missing) {
            // A network of it that is missing is told with the same status.
            if (!Causes.text(missing).toLowerCase(Locale.ROOT).contains(GONE)) {
              throw missing;
            }
            return Change.NONE;
          }
        });
  }

  /** By a client of its own, which is as patient. */
  private <T> T patiently(Duration limit, Function<DockerClient, T> work) {
    return ask(
        limit,
        () -> {
          try (var docker = Library.client(address, limit)) {
            return work.apply(docker);
          }
        });
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
    heedSilence();
    var _ =
        patiently(
            WORK,
            docker -> {
              SandboxMaking.start(docker, container);
              return container;
            });
  }

  @Override
  public SandboxEnd end(SandboxContainer.Owner owner) {
    try {
      // One that hangs is found out sooner.
      return ask(docker -> SandboxMaking.of(docker, owner)).isEmpty()
          ? new SandboxEnd.Gone()
          : patiently(WORK, docker -> SandboxMaking.end(docker, owner));
    } catch (DockerUnreachable e) {
      return new SandboxEnd.Unknown(e.why());
    }
  }

  @Override
  public void removeAllBut(String state, Set<String> runs) {
    heedSilence();
    var _ =
        patiently(
            WORK,
            docker -> {
              SandboxMaking.removeAllBut(docker, state, runs);
              return runs;
            });
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
    heedSilence();
    return ask(patience, () -> question.apply(client()));
  }

  private void heedSilence() {
    var before = silence;
    if (before != null && System.nanoTime() - before.since() < SILENCE.toNanos()) {
      throw new DockerUnreachable(before.message());
    }
  }

  /** Also one that was silent: who holds containers asks until it is answered. */
  private <T> T ask(Duration limit, Callable<T> question) {
    var socket = socket();
    var asking = new FutureTask<>(question);
    var thread = Thread.ofPlatform().daemon().name("docker").start(asking);
    try {
      var answer = asking.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      silence = null;
      return answer;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof DockerUnreachable said
          ? said
          : new DockerUnreachable(
              (Causes.isAnswer(e.getCause()) ? "Docker refuses" : "Docker does not answer")
                  + " at "
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
    var made = client == null ? Library.client(address, ANSWER) : client;
    client = made;
    return made;
  }
}
