package dev.salvor.plan;

import dev.salvor.api.Model;
import dev.salvor.plan.DockerConsumers.User;
import java.time.Duration;

/**
 * A container that is held for a run; it stands on the disk before anything is done to it.
 *
 * @param graceSeconds that it is given to end in
 */
@Model
public record HeldContainer(String id, String name, long graceSeconds, Stand stand) {
  /**
   * Docker's own default is ten seconds, in which a server with much in memory does not shut down:
   * it would be killed, and recover from its log when it is started.
   */
  private static final Duration LEAST_GRACE = Duration.ofMinutes(2);

  /** What was done to it, written down before it is done. */
  public enum Stand {
    /** Nothing. */
    CHOSEN,
    /** It was asked to end, or to freeze, and may be on its way there. */
    ASKED,
    /** It was seen to hold. */
    HELD,
    /** It was asked to run again. What Docker notes of a start that fails is no life. */
    RETURNING
  }

  static HeldContainer of(User user) {
    var grace = user.grace().compareTo(LEAST_GRACE) > 0 ? user.grace() : LEAST_GRACE;
    return new HeldContainer(user.id(), user.name(), grace.toSeconds(), Stand.CHOSEN);
  }

  public Duration grace() {
    return Duration.ofSeconds(graceSeconds);
  }

  public HeldContainer in(Stand now) {
    return new HeldContainer(id, name, graceSeconds, now);
  }
}
