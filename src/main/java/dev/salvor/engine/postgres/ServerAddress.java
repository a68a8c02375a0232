package dev.salvor.engine.postgres;

import java.net.InetAddress;
import java.nio.file.Path;

/**
 * One server, resolved once: several hosts may stand behind one name, and a snapshot of one is
 * unknown to the others.
 */
public sealed interface ServerAddress {
  int port();

  /** As reports and messages show it. */
  String text();

  /**
   * By TCP.
   *
   * @param name as it was asked for; TLS checks it
   */
  record Tcp(String name, InetAddress address, int port) implements ServerAddress {
    @Override
    public String text() {
      return new HostPort(address.getHostAddress(), port).text();
    }
  }

  /** By a Unix socket. */
  record Socket(Path folder, int port) implements ServerAddress {
    /** The name that every PostgreSQL gives its socket. */
    Path file() {
      return folder.resolve(".s.PGSQL." + port);
    }

    @Override
    public String text() {
      return new HostPort(folder.toString(), port).text();
    }
  }
}
