package dev.salvor.engine.postgres;

import java.util.List;

/**
 * Where a server is said to be.
 *
 * @param host a name, an address, or the folder of a Unix socket (begins with a slash)
 */
public record HostPort(String host, int port) {
  /** PostgreSQL's registered port. */
  public static final int DEFAULT_PORT = 5432;

  boolean isSocket() {
    return host.startsWith("/");
  }

  /** What is sent there leaves no machine. */
  boolean isOfThisMachine() {
    return isSocket() || List.of("localhost", "127.0.0.1", "::1").contains(host);
  }

  /** For messages. */
  public String text() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
