package dev.salvor.local.hold;

import dev.salvor.local.docker.ContainerFile;
import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.DockerConsumers;
import dev.salvor.plan.DockerConsumers.OnceStopped;
import dev.salvor.plan.DockerConsumers.State;
import dev.salvor.plan.DockerConsumers.User;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.plan.ServerChoice;
import dev.salvor.task.CredentialSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A Docker whose containers all use the volume "data", and that fails as a test wants. */
final class ScriptedDocker implements Docker {
  /** Each start and each end is another life. */
  private record Box(State state, Map<String, String> labels, int lives) {
    Box next(State then) {
      return then == state ? this : new Box(then, labels, lives + 1);
    }

    Box frozen(State then) {
      return new Box(then, labels, lives);
    }
  }

  private final Map<String, Box> boxes = new ConcurrentHashMap<>();
  private volatile String id = "daemon";

  /** Why it does not answer; null: it does. */
  volatile @Nullable String silent;

  /** Called with the word and the container before a command is carried out. */
  volatile Consumer<String> before = command -> {};

  ScriptedDocker with(String name, State state, String dependsOn) {
    boxes.put(
        name,
        new Box(
            state,
            Map.of(
                "com.docker.compose.project",
                "stack",
                "com.docker.compose.service",
                name,
                "com.docker.compose.depends_on",
                dependsOn),
            1));
    return this;
  }

  private Box box(String name) {
    return Objects.requireNonNull(boxes.get(name));
  }

  State state(String name) {
    return box(name).state();
  }

  /** Another daemon, that has none of them; the way back to the one before is the answer. */
  Runnable replaced() {
    var before = Map.copyOf(boxes);
    var name = id;
    boxes.clear();
    id = "another";
    return () -> {
      id = name;
      boxes.putAll(before);
    };
  }

  /** As if somebody else did. */
  void make(String name, State state) {
    boxes.computeIfPresent(name, (_, box) -> box.next(state));
  }

  String life(String name) {
    return "life " + box(name).lives();
  }

  @Override
  public DockerConsumers consumers(ContainerHold hold) {
    if (silent != null) {
      throw new DockerUnreachable(silent);
    }
    return new DockerConsumers(
        id,
        boxes.keySet().stream()
            .sorted()
            .map(
                name ->
                    new User(
                        name,
                        name,
                        state(name),
                        OnceStopped.STAYS,
                        box(name).labels(),
                        Set.of("data"),
                        life(name),
                        Duration.ofSeconds(10)))
            .toList(),
        boxes.values().stream().map(Box::labels).toList(),
        null);
  }

  @Override
  public Change stop(String id, Duration grace) {
    before.accept("stop " + id);
    var change = state(id) == State.DOWN ? Change.NONE : Change.MADE;
    make(id, State.DOWN);
    return change;
  }

  @Override
  public void start(String id) {
    before.accept("start " + id);
    make(id, State.RUNNING);
  }

  @Override
  public void pause(String id) {
    before.accept("pause " + id);
    boxes.computeIfPresent(id, (_, box) -> box.frozen(State.PAUSED));
  }

  @Override
  public void unpause(String id) {
    before.accept("unpause " + id);
    boxes.computeIfPresent(id, (_, box) -> box.frozen(State.RUNNING));
  }

  @Override
  public DockerView look(Set<String> projects) {
    throw new UnsupportedOperationException("nobody plans here");
  }

  @Override
  public List<ContainerView> containers(CredentialSource.Container source) {
    throw new UnsupportedOperationException("nobody plans here");
  }

  @Override
  public Daemon daemon() {
    throw new UnsupportedOperationException("nobody plans here");
  }

  @Override
  public Optional<String> onItsMachine(Path folder) {
    throw new UnsupportedOperationException("nothing is proven here");
  }

  @Override
  public ContainerFile file(String container, String path) {
    throw new UnsupportedOperationException("nobody plans here");
  }

  @Override
  public String id() {
    throw new UnsupportedOperationException("nothing is proven here");
  }

  @Override
  public Optional<String> makeVolume(String name) {
    throw new UnsupportedOperationException("nobody plans here");
  }

  @Override
  public List<ServerChoice.Candidate> images(CredentialSource.Container source) {
    throw new UnsupportedOperationException("nothing is proven here");
  }

  @Override
  public Optional<SandboxContainer.Image> image(String reference) {
    throw new UnsupportedOperationException("nothing is proven here");
  }

  @Override
  public void start(SandboxContainer container) {
    throw new UnsupportedOperationException("nothing is proven here");
  }

  @Override
  public SandboxEnd end(SandboxContainer.Owner owner) {
    throw new UnsupportedOperationException("nothing is proven here");
  }

  @Override
  public void removeAllBut(String state, Set<String> runs) {
    throw new UnsupportedOperationException("nothing is proven here");
  }
}
