package dev.salvor.plan;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container as its Docker shows it, and what it takes to reach it from this machine.
 *
 * @param networkMode in Docker's words: a network's name, {@code host}, {@code none}, or {@code
 *     container:ID}
 * @param published of all its ports
 * @param arguments of its program
 * @param environment as it was made with; it holds passwords
 * @param mounts the folders of Docker's machine that it writes to, by where it sees them
 */
public record ContainerView(
    String name,
    boolean running,
    String networkMode,
    List<Network> networks,
    List<Published> published,
    List<String> arguments,
    Map<String, String> environment,
    Map<String, String> mounts) {
  public ContainerView {
    networks = List.copyOf(networks);
    published = List.copyOf(published);
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    mounts = Map.copyOf(mounts);
  }

  /**
   * A network that it is in.
   *
   * @param address of the container there; null: it has none now
   */
  public record Network(String name, String driver, @Nullable String address) {}

  /** A port of it that this machine takes connections for. */
  public record Published(int port, String hostAddress, int hostPort) {}

  /** Without what its environment holds. */
  @Override
  public String toString() {
    return "ContainerView[name=" + name + ", running=" + running + "]";
  }
}
