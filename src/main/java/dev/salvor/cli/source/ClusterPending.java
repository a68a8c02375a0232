package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.task.Progress;
import java.time.Duration;
import java.util.Optional;

/**
 * A request in a cluster. It is asked for again and again, and not watched: that takes no right but
 * {@code get}, and goes on by itself after any break. An API server that is away for a while is
 * waited for.
 */
final class ClusterPending implements Pending {
  /** An upgrade of a control plane of one node takes less. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final ClusterApi api;
  private final Call call;
  private final PodLogs logs;
  private long heardNanos = System.nanoTime();
  private Rights rights = Rights.ASSUMED;

  private enum Rights {
    ASSUMED,
    DENIED
  }

  ClusterPending(ClusterApi api, Call call, PodLogs logs) {
    this.api = api;
    this.call = call;
    this.logs = logs;
  }

  @Override
  public Optional<JsonNode> look() {
    try {
      var found = api.find(call);
      heardNanos = System.nanoTime();
      if (found.isEmpty()) {
        throw new CommandFailed(
            Exit.NO_INPUT, call.object() + " was deleted before it was done; ask again");
      }
      return found;
    } catch (CommandFailed failed) {
      if (failed.code() != Exit.UNAVAILABLE
          || System.nanoTime() - heardNanos > PATIENCE.toNanos()) {
        throw failed;
      }
      return Optional.empty();
    }
  }

  /** Logs are nice to have: who may not read them waits as well. */
  @Override
  public Optional<Progress> progress(String run) {
    if (rights == Rights.DENIED) {
      return Optional.empty();
    }
    try {
      return ProgressLine.last(logs.newest(run));
    } catch (CommandFailed failed) {
      if (failed.code() == Exit.FORBIDDEN) {
        rights = Rights.DENIED;
      }
      return Optional.empty();
    }
  }

  @Override
  public Duration interval() {
    return LOOK;
  }

  @Override
  public void close() {
    // The connection is not its own.
  }
}
