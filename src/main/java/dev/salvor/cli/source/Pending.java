package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.task.Progress;
import java.time.Duration;
import java.util.Optional;

/** A request that is waited for. */
public interface Pending extends AutoCloseable {
  /**
   * The request as it is now; empty while the host has not taken it.
   *
   * @throws dev.salvor.cli.CommandFailed if it will never be done, or nobody can tell any more
   */
  Optional<JsonNode> look();

  /** How far this run is, if anyone may and can know. Never fails: waiting works without it. */
  Optional<Progress> progress(String run);

  /** How long one look is worth: a file is looked at more often than an API server. */
  Duration interval();

  /** Lets go of it; the request stays with the host. */
  @Override
  void close();
}
