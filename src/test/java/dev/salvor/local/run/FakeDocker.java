package dev.salvor.local.run;

import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.DockerConsumers;
import dev.salvor.plan.DockerView;
import dev.salvor.task.CredentialSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Docker with the containers that a test gives it. */
final class FakeDocker implements Docker {
  final List<ContainerView> containers = new ArrayList<>();
  final List<String> made = new ArrayList<>();

  /** Why it does not answer; null: it does. */
  @Nullable String silent;

  static ContainerView postgres(String name, String password) {
    return postgres(name, Map.of("POSTGRES_PASSWORD", password), Map.of());
  }

  static ContainerView postgres(
      String name, Map<String, String> password, Map<String, String> files) {
    var environment = new java.util.HashMap<>(password);
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
        files);
  }

  @Override
  public DockerView look() {
    return silent == null
        ? new DockerView.Seen("/docker/volumes", List.of())
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
    return Daemon.OF_THE_MACHINE;
  }

  @Override
  public String makeVolume(String name) {
    answer();
    made.add(name);
    return "/docker/volumes/" + name + "/_data";
  }

  @Override
  public DockerConsumers consumers(Collection<String> volumes) {
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

  private void answer() {
    if (silent != null) {
      throw new DockerUnreachable(silent);
    }
  }
}
