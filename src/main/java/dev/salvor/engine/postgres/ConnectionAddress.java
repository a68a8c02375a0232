package dev.salvor.engine.postgres;

import org.jspecify.annotations.Nullable;

/**
 * What a connection uri says, as each run will read it. So a command that takes one accepts no more
 * than works later.
 */
public record ConnectionAddress(@Nullable String user, @Nullable String database) {
  /**
   * Reads a uri; nothing is connected to.
   *
   * @throws IllegalArgumentException if a run could not use it
   */
  public static ConnectionAddress of(String uri) {
    var read = ConnectionUri.parse(uri);
    if (read.hosts().isEmpty()) {
      throw new IllegalArgumentException("names no host");
    }
    return new ConnectionAddress(read.user(), read.database());
  }
}
