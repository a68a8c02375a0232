package dev.salvor.engine.postgres;

import dev.salvor.api.Reason;
import dev.salvor.api.SslMode;
import dev.salvor.engine.EngineException;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.ServerReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads connection settings. What the Task spells out wins; then the Secret's {@code uri}; then its
 * single keys, as Postgres operators write them: host, port, user or username, password, dbname or
 * database.
 */
public final class ConnectionReader {
  private static final String DEFAULT_DATABASE = "postgres";

  private final Path folder;
  private final List<CredentialSource> sources;

  /**
   * A reader.
   *
   * @param folder with a folder for each {@link Credential}
   * @param sources where they come from, for messages
   */
  public ConnectionReader(Path folder, List<CredentialSource> sources) {
    this.folder = folder;
    this.sources = List.copyOf(sources);
  }

  /**
   * The settings.
   *
   * @throws EngineException CREDENTIALS_MISSING naming Secret and key
   */
  public ConnectionSettings read(ServerReference server) {
    var secret = server.connection();
    var uri = uri(secret);
    var hosts = hosts(server, uri);
    var user =
        first(
            server.user(),
            uri == null ? null : uri.user(),
            key(secret, "user"),
            key(secret, "username"));
    if (user == null) {
      throw missing(secret, "user or username");
    }
    var sslMode = first(server.sslMode(), uri == null ? null : uri.sslMode(), SslMode.PREFER);
    var authority = file(server.ca(), Credential.VALUE);
    if (authority == null && (sslMode == SslMode.VERIFY_CA || sslMode == SslMode.VERIFY_FULL)) {
      throw missing(server.ca(), "the certificate authority that sslMode verify-* needs");
    }
    var database =
        first(
            server.database(),
            uri == null ? null : uri.database(),
            key(secret, "dbname"),
            key(secret, "database"),
            DEFAULT_DATABASE);
    return new ConnectionSettings(
        hosts,
        user,
        password(server, uri),
        database == null ? DEFAULT_DATABASE : database,
        sslMode == null ? SslMode.PREFER : sslMode,
        authority,
        uri == null ? TargetSession.ANY : uri.targetSession());
  }

  private @Nullable ConnectionUri uri(Credential secret) {
    var text = key(secret, "uri");
    if (text == null) {
      return null;
    }
    try {
      return ConnectionUri.parse(text);
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          Reason.CREDENTIALS_MISSING,
          "key uri of " + describe(secret) + " cannot be read: " + e.getMessage());
    }
  }

  private List<HostPort> hosts(ServerReference server, @Nullable ConnectionUri uri) {
    var host = server.host();
    if (host == null && uri != null && !uri.hosts().isEmpty()) {
      var port = server.port();
      return port == null
          ? uri.hosts()
          : uri.hosts().stream().map(each -> new HostPort(each.host(), port)).toList();
    }
    if (host == null) {
      host = key(server.connection(), "host");
    }
    if (host == null) {
      throw missing(server.connection(), "uri or host");
    }
    var port = server.port();
    if (port != null) {
      return List.of(new HostPort(host, port));
    }
    // A spelled out host has nothing to do with the port in a Secret.
    var text = server.host() == null ? key(server.connection(), "port") : null;
    try {
      return List.of(new HostPort(host, ConnectionUri.port(text == null ? "" : text)));
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          Reason.CREDENTIALS_MISSING,
          "key port of " + describe(server.connection()) + " cannot be read: " + e.getMessage());
    }
  }

  /** May be null: a server can trust, or ask by other means; if it asks for one it says so. */
  private @Nullable Password password(ServerReference server, @Nullable ConnectionUri uri) {
    var single = key(server.password(), Credential.VALUE);
    if (single != null) {
      return new Password(single);
    }
    if (sources.stream().anyMatch(source -> source.credential() == server.password())) {
      throw missing(server.password(), "the password");
    }
    if (uri != null && uri.password() != null) {
      return uri.password();
    }
    var inSecret = key(server.connection(), "password");
    return inSecret == null ? null : new Password(inSecret);
  }

  /** Without the line end that an editor or echo left; an empty key is no key. */
  private @Nullable String key(Credential credential, String key) {
    var file = file(credential, key);
    if (file == null) {
      return null;
    }
    try {
      var text = Files.readString(file, StandardCharsets.UTF_8).replaceFirst("\\r?\\n$", "");
      return text.isEmpty() ? null : text;
    } catch (IOException e) {
      throw new EngineException(
          Reason.CREDENTIALS_MISSING,
          "key " + key + " of " + describe(credential) + " is unreadable",
          e);
    }
  }

  private @Nullable Path file(Credential credential, String key) {
    var file = folder.resolve(credential.folder()).resolve(key);
    return Files.isRegularFile(file) ? file : null;
  }

  private EngineException missing(Credential credential, String what) {
    return new EngineException(
        Reason.CREDENTIALS_MISSING, what + " is missing: " + describe(credential));
  }

  private String describe(Credential credential) {
    var names =
        sources.stream()
            .filter(source -> source.credential() == credential)
            .map(CredentialSource::text)
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "no Secret is named for it" : names;
  }

  @SafeVarargs
  private static <T> @Nullable T first(@Nullable T... candidates) {
    for (var candidate : candidates) {
      if (candidate != null) {
        return candidate;
      }
    }
    return null;
  }
}
