package dev.salvor.plan;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Containers that use volumes, as Docker shows them.
 *
 * @param daemon its own id
 * @param users also those that do not run
 * @param labels of all containers, which say what depends on what
 * @param own id of the container that this host runs in; null: it runs in none
 */
public record DockerConsumers(
    String daemon, List<User> users, List<Map<String, String>> labels, @Nullable String own) {
  /** How Docker writes a time that is not. */
  private static final String NEVER = "0001-01-01";

  public DockerConsumers {
    users = List.copyOf(users);
    labels = List.copyOf(labels);
  }

  /**
   * One of them.
   *
   * @param volumes that it mounts, by name
   * @param life when it was last started and when it last ended: another life is another text
   * @param grace that it wants to end in
   */
  public record User(
      String id,
      String name,
      State state,
      OnceStopped onceStopped,
      Map<String, String> labels,
      Set<String> volumes,
      String life,
      Duration grace) {
    public User {
      labels = Map.copyOf(labels);
      volumes = Set.copyOf(volumes);
    }

    /** It was made, and not started. */
    public boolean neverRan() {
      return life.startsWith(NEVER);
    }
  }

  /** What it does. */
  public enum State {
    RUNNING,
    /** Between two starts: it may write at any moment. */
    RESTARTING,
    PAUSED,
    DOWN
  }

  /** What becomes of it when it is stopped. */
  public enum OnceStopped {
    STAYS,
    /** It goes, and its unnamed volumes with it (AutoRemove). */
    REMOVED
  }
}
