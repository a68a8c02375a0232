package dev.salvor.plan;

import dev.salvor.api.Model;
import dev.salvor.plan.DockerConsumers.User;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A container that is held for a run; it stands on the disk before anything is done to it.
 *
 * @param graceSeconds that it is given to end in
 * @param life of it when it was seen to hold; null: it may be on its way there
 */
@Model
public record HeldContainer(String id, String name, long graceSeconds, @Nullable String life) {
  /**
   * Docker's own default is ten seconds, in which a server with much in memory does not shut down:
   * it would be killed, and recover from its log when it is started.
   */
  private static final Duration LEAST_GRACE = Duration.ofMinutes(2);

  static HeldContainer of(User user) {
    var grace = user.grace().compareTo(LEAST_GRACE) > 0 ? user.grace() : LEAST_GRACE;
    return new HeldContainer(user.id(), user.name(), grace.toSeconds(), null);
  }

  public Duration grace() {
    return Duration.ofSeconds(graceSeconds);
  }

  public HeldContainer seen(@Nullable String when) {
    return new HeldContainer(id, name, graceSeconds, when);
  }
}
