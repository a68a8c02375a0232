package dev.salvor.plan.restore;

import dev.salvor.task.Task;
import java.time.Instant;
import java.util.Optional;

/** Whether a database that a restore kept may be dropped, as it is found right before. */
public final class KeptDatabase {
  private KeptDatabase() {}

  /**
   * What is seen of it.
   *
   * @param allowsConnections the switch shut it: since then somebody opened it
   * @param sessions that are in it
   * @param serverTime by the clock of its server
   */
  public record Seen(boolean allowsConnections, long sessions, Instant serverTime) {}

  /** Why it must not even be looked for: its name is none that this restore gave. */
  public static Optional<String> misnamed(Task.DropKept task) {
    return new RestoreNames(task.database(), task.requestUid()).isKept(task.kept())
        ? Optional.empty()
        : Optional.of("its name is none that this restore gave");
  }

  /**
   * Why it stays; empty: it may go. Two clocks have to say that its time is over, since either may
   * be ahead.
   */
  public static Optional<String> hindrance(Task.DropKept task, Seen seen, Instant now) {
    var until = RestoreNames.until(task.kept()).orElseThrow();
    if (now.isBefore(until) || seen.serverTime().isBefore(until)) {
      return Optional.of("its time is not over by the clocks of both its server and this machine");
    }
    if (seen.allowsConnections()) {
      return Optional.of("somebody lets people in since, so it may be in use");
    }
    return seen.sessions() == 0
        ? Optional.empty()
        : Optional.of("it is in use: there are sessions in it");
  }
}
