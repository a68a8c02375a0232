package dev.salvor.engine.postgres;

import dev.salvor.api.SslMode;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is said about a connection before any server was met.
 *
 * @param hosts tried in their order; the first that accepts is the server of the whole run
 * @param password null: none is sent
 * @param database to connect to first
 * @param certificateAuthority file in PEM; never null with verify-ca and verify-full
 */
public record ConnectionSettings(
    List<HostPort> hosts,
    String user,
    @Nullable Password password,
    String database,
    SslMode sslMode,
    @Nullable Path certificateAuthority,
    TargetSession targetSession) {
  public ConnectionSettings {
    hosts = List.copyOf(hosts);
    if (hosts.isEmpty()) {
      throw new IllegalArgumentException("no host");
    }
  }

  /** For a server that trusts whoever reaches its socket, such as a sandbox. */
  public static ConnectionSettings overSocket(Path folder, int port, String user, String database) {
    return new ConnectionSettings(
        List.of(new HostPort(folder.toString(), port)),
        user,
        null,
        database,
        SslMode.DISABLE,
        null,
        TargetSession.ANY);
  }

  /** The same with TLS, whatever was said: only what does not leave this machine may do without. */
  public ConnectionSettings requiringTls() {
    var weak = List.of(SslMode.DISABLE, SslMode.ALLOW, SslMode.PREFER).contains(sslMode);
    return weak && !hosts.stream().allMatch(HostPort::isOfThisMachine)
        ? new ConnectionSettings(
            hosts, user, password, database, SslMode.REQUIRE, certificateAuthority, targetSession)
        : this;
  }
}
