package dev.salvor.engine.postgres;

import dev.salvor.api.SslMode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * How one server is met again: by the driver and by PostgreSQL's own programs, always at the same
 * address. Made by {@link Connector}.
 *
 * @param host the name that was asked for
 * @param version server_version_num
 * @param standby it was in recovery when it was met
 */
public record ServerConnection(
    ServerAddress address,
    String host,
    String user,
    @Nullable Password password,
    String database,
    SslMode sslMode,
    @Nullable Path certificateAuthority,
    int version,
    boolean standby) {
  private static final int CONNECT_SECONDS = 10;

  /** A version of no server: not yet met. */
  static final int UNKNOWN_VERSION = 0;

  static ServerConnection of(ConnectionSettings settings, HostPort host, ServerAddress address) {
    return new ServerConnection(
        address,
        host.host(),
        settings.user(),
        settings.password(),
        settings.database(),
        settings.sslMode(),
        settings.certificateAuthority(),
        UNKNOWN_VERSION,
        false);
  }

  ServerConnection met(int versionNumber, boolean inRecovery) {
    return new ServerConnection(
        address,
        host,
        user,
        password,
        database,
        sslMode,
        certificateAuthority,
        versionNumber,
        inRecovery);
  }

  /** Major version, as PostgreSQL counts since 10. */
  public int major() {
    return version / 10_000;
  }

  /** For messages: the server and the role, never the password. */
  public String text() {
    return user + "@" + address.text();
  }

  /**
   * What libpq's programs are told by their environment: nothing of it by arguments, which everyone
   * on the machine can read.
   *
   * @param passfile as {@link PassFile} writes it
   * @param application name under which the server lists the session
   */
  public Map<String, String> environment(String toDatabase, Path passfile, String application) {
    var environment = new HashMap<String, String>();
    environment.put("PGHOST", host);
    environment.put("PGPORT", Integer.toString(address.port()));
    if (address instanceof ServerAddress.Tcp tcp) {
      environment.put("PGHOSTADDR", tcp.address().getHostAddress());
    }
    environment.put("PGUSER", user);
    environment.put("PGDATABASE", toDatabase);
    environment.put("PGPASSFILE", passfile.toString());
    environment.put("PGAPPNAME", application);
    environment.put("PGSSLMODE", sslModeText());
    // A Kerberos ticket of the machine is not what the resource says.
    environment.put("PGGSSENCMODE", "disable");
    environment.put("PGCONNECT_TIMEOUT", Integer.toString(CONNECT_SECONDS));
    // Never a root.crt that happens to lie in a home folder: it would turn require into verify-ca.
    environment.put(
        "PGSSLROOTCERT",
        certificateAuthority == null
            ? passfile.resolveSibling("no-authority").toString()
            : certificateAuthority.toString());
    return Map.copyOf(environment);
  }

  PGSimpleDataSource dataSource(String toDatabase, String application) {
    var source = new PGSimpleDataSource();
    var socket = address instanceof ServerAddress.Socket;
    source.setServerNames(new String[] {socket ? "localhost" : host});
    source.setPortNumbers(new int[] {address.port()});
    source.setDatabaseName(toDatabase);
    source.setUser(user);
    source.setPassword(password == null ? null : password.value());
    source.setApplicationName(application);
    source.setSocketFactory(PinnedSocketFactory.class.getName());
    source.setSocketFactoryArg(PinnedSocketFactory.target(address));
    source.setSslMode(socket ? "disable" : sslModeText());
    if (certificateAuthority != null) {
      source.setSslRootCert(certificateAuthority.toString());
    }
    source.setGssEncMode("disable");
    source.setConnectTimeout(CONNECT_SECONDS);
    source.setLoginTimeout(2 * CONNECT_SECONDS);
    source.setTcpKeepAlive(true);
    // Named statements do not survive where another session answers.
    source.setPrepareThreshold(0);
    return source;
  }

  private String sslModeText() {
    return sslMode.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
