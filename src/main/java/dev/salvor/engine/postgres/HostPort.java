package dev.salvor.engine.postgres;

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

  /** For messages. */
  public String text() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
