package dev.salvor.local.run;

import dev.salvor.local.docker.ContainerFile;
import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.DockerConsumers;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.plan.ServerChoice;
import dev.salvor.task.CredentialSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** A Docker with the containers that a test gives it. */
final class FakeDocker implements Docker {
  static final String IMAGE = "sha256:4d";

  final List<ContainerView> containers = new ArrayList<>();
  final List<String> made = new ArrayList<>();

  /** Containers of proofs that were made, and those that are there, with how each would end. */
  final List<SandboxContainer> started = new CopyOnWriteArrayList<>();

  final Map<Map<String, String>, SandboxEnd> running = new ConcurrentHashMap<>();

  /** It answers to what makes or removes a container when this is open. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  /** Who waits there. */
  final Semaphore waiting = new Semaphore(0);

  volatile Daemon daemon = Daemon.OF_THE_MACHINE;

  /** Where its machine has what this one has; null: nowhere. */
  volatile @Nullable String root = "";

  /** What containers see of files, by container and path. */
  final Map<String, String> files = new ConcurrentHashMap<>();

  /** Of another daemon, no container is known. */
  volatile String id = "this";

  /** The one that is there; null: none. */
  volatile @Nullable String image = IMAGE;

  /** Why a container that was made does not start; null: it does. */
  volatile @Nullable String refusal;

  /** Why it does not remove what is left; null: it does. */
  volatile @Nullable String stuck;

  /** Why it does not answer; null: it does. */
  volatile @Nullable String silent;

  static ContainerView postgres(String name, String password) {
    return postgres(name, Map.of("POSTGRES_PASSWORD", password));
  }

  static ContainerView postgres(String name, Map<String, String> password) {
    var environment = new HashMap<>(password);
    environment.put("POSTGRES_USER", "app");
    environment.put("POSTGRES_DB", "shop");
    return new ContainerView(
        name,
        true,
        "shop_default",
        List.of(new ContainerView.Network("shop_default", "bridge", "10.1.2.3")),
        List.of(),
        List.of("postgres"),
        environment,
        Map.of());
  }

  @Override
  public DockerView look(Set<String> projects) {
    return silent == null
        ? new DockerView.Seen("/docker/volumes", List.of(), List.of())
        : new DockerView.Unreachable(silent);
  }

  @Override
  public List<ContainerView> containers(CredentialSource.Container source) {
    answer();
    return containers.stream().filter(it -> it.name().equals(source.container())).toList();
  }

  @Override
  public Daemon daemon() {
    answer();
    return daemon;
  }

  @Override
  public Optional<String> onItsMachine(Path folder) {
    answer();
    return Optional.ofNullable(root).map(machine -> machine + folder.toAbsolutePath());
  }

  @Override
  public ContainerFile file(String container, String path) {
    answer();
    var content = files.get(container + ":" + path);
    return content == null
        ? new ContainerFile.Unreadable("it is not there")
        : new ContainerFile.Content(content);
  }

  @Override
  public String id() {
    answer();
    return id;
  }

  @Override
  public Optional<String> makeVolume(String name) {
    answer();
    made.add(name);
    return Optional.of("/docker/volumes/" + name + "/_data");
  }

  @Override
  public List<ServerChoice.Candidate> images(CredentialSource.Container source) {
    answer();
    return containers(source).stream()
        .map(it -> new ServerChoice.Candidate(it.name(), it.running(), IMAGE))
        .toList();
  }

  @Override
  public Optional<SandboxContainer.Image> image(String reference) {
    answer();
    return reference.equals(image)
        ? Optional.of(new SandboxContainer.Image(reference, List.of("/var/lib/postgresql/data")))
        : Optional.empty();
  }

  @Override
  public void start(SandboxContainer container) {
    answer();
    pass();
    started.add(container);
    running.put(container.labels(), new SandboxEnd.Ran());
    if (refusal != null) {
      throw new DockerUnreachable(refusal);
    }
  }

  @Override
  public SandboxEnd end(SandboxContainer.Owner owner) {
    pass();
    if (silent != null) {
      return new SandboxEnd.Unknown(silent);
    }
    var end = id.equals("this") ? running.remove(owner.labels()) : null;
    return end == null ? new SandboxEnd.Gone() : end;
  }

  @Override
  public void removeAllBut(String state, Set<String> runs) {
    answer();
    if (stuck != null) {
      throw new DockerUnreachable(stuck);
    }
    running
        .keySet()
        .removeIf(
            labels ->
                state.equals(labels.get(SandboxContainer.STATE))
                    && !runs.contains(labels.get(SandboxContainer.RUN)));
  }

  @Override
  public DockerConsumers consumers(ContainerHold hold) {
    answer();
    return new DockerConsumers("daemon", List.of(), List.of(), null);
  }

  @Override
  public Change stop(String id, Duration grace) {
    throw new UnsupportedOperationException("nobody uses its volumes");
  }

  @Override
  public void start(String id) {
    throw new UnsupportedOperationException("nobody uses its volumes");
  }

  @Override
  public void pause(String id) {
    throw new UnsupportedOperationException("nobody uses its volumes");
  }

  @Override
  public void unpause(String id) {
    throw new UnsupportedOperationException("nobody uses its volumes");
  }

  private void pass() {
    waiting.release();
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer() {
    if (silent != null) {
      throw new DockerUnreachable(silent);
    }
  }
}
