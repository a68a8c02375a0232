package dev.salvor.engine.postgres;

import dev.salvor.api.SslMode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection uri as libpq reads it: {@code
 * postgresql://user:password@host:port,host/db?key=value}. Several hosts are tried in their order,
 * and the first that accepts is the server of the whole run. Of the parameters, those that say
 * where and who are honoured, and sslmode and target_session_attrs; others belong to the
 * application that the Secret was made for and are ignored. Paths of certificates are ignored too:
 * they are paths in another container.
 *
 * @see <a href="https://www.postgresql.org/docs/17/libpq-connect.html">libpq, 32.1.1.2</a>
 */
record ConnectionUri(
    List<HostPort> hosts,
    @Nullable String user,
    @Nullable Password password,
    @Nullable String database,
    @Nullable SslMode sslMode,
    TargetSession targetSession) {

  private static final List<String> SCHEMES = List.of("postgresql://", "postgres://");

  /**
   * Reads a uri.
   *
   * @throws IllegalArgumentException with a message that shows nothing of the uri, since it may
   *     hold a password
   */
  static ConnectionUri parse(String text) {
    var scheme = SCHEMES.stream().filter(text::startsWith).findFirst();
    if (scheme.isEmpty()) {
      throw new IllegalArgumentException("does not begin with postgresql://");
    }
    var rest = text.substring(scheme.get().length());
    var parameters = Map.<String, String>of();
    var question = rest.indexOf('?');
    if (question >= 0) {
      parameters = parameters(rest.substring(question + 1));
      rest = rest.substring(0, question);
    }
    // As libpq: the first at sign ends the credentials unless a slash comes before it.
    var slash = rest.indexOf('/');
    var at = rest.indexOf('@');
    var credentials = "";
    if (at >= 0 && (slash < 0 || at < slash)) {
      credentials = rest.substring(0, at);
      rest = rest.substring(at + 1);
      slash = rest.indexOf('/');
    }
    var authority = slash < 0 ? rest : rest.substring(0, slash);
    var path = slash < 0 ? "" : rest.substring(slash + 1);
    var colon = credentials.indexOf(':');
    var user = decode(colon < 0 ? credentials : credentials.substring(0, colon));
    var password = colon < 0 ? "" : decode(credentials.substring(colon + 1));
    var sslMode = parameters.get("sslmode");
    return new ConnectionUri(
        hosts(authority, parameters),
        either(parameters.get("user"), user),
        wrap(either(parameters.get("password"), password)),
        either(parameters.get("dbname"), decode(path)),
        sslMode == null ? null : sslMode(sslMode),
        TargetSession.of(parameters.getOrDefault("target_session_attrs", "any")));
  }

  private static @Nullable String either(@Nullable String parameter, String component) {
    if (parameter != null && !parameter.isEmpty()) {
      return parameter;
    }
    return component.isEmpty() ? null : component;
  }

  private static @Nullable Password wrap(@Nullable String password) {
    return password == null ? null : new Password(password);
  }

  private static SslMode sslMode(String text) {
    return switch (text) {
      case "disable" -> SslMode.DISABLE;
      case "allow" -> SslMode.ALLOW;
      case "prefer" -> SslMode.PREFER;
      case "require" -> SslMode.REQUIRE;
      case "verify-ca" -> SslMode.VERIFY_CA;
      case "verify-full" -> SslMode.VERIFY_FULL;
      default -> throw new IllegalArgumentException("sslmode is " + text + ", which is unknown");
    };
  }

  private static List<HostPort> hosts(String authority, Map<String, String> parameters) {
    var names = new ArrayList<String>();
    var ports = new ArrayList<String>();
    for (var part : authority.split(",", -1)) {
      var bracket = part.startsWith("[") ? part.indexOf(']') : -1;
      if (part.startsWith("[") && bracket < 0) {
        throw new IllegalArgumentException("an address in brackets has no end");
      }
      var colon = part.indexOf(':', Math.max(bracket, 0));
      var name = colon < 0 ? part : part.substring(0, colon);
      names.add(decode(bracket < 0 ? name : name.substring(1, bracket)));
      ports.add(colon < 0 ? "" : part.substring(colon + 1));
    }
    var host = parameters.getOrDefault("hostaddr", parameters.get("host"));
    if (host != null) {
      names.clear();
      names.addAll(Arrays.asList(host.split(",", -1)));
    }
    var port = parameters.get("port");
    if (port != null) {
      ports.clear();
      ports.addAll(Arrays.asList(port.split(",", -1)));
    }
    var hosts = new ArrayList<HostPort>();
    for (var i = 0; i < names.size(); i++) {
      // libpq: one port may serve all hosts.
      var text = ports.size() == 1 ? ports.getFirst() : i < ports.size() ? ports.get(i) : "";
      if (!names.get(i).isEmpty()) {
        hosts.add(new HostPort(names.get(i), port(text)));
      }
    }
    return List.copyOf(hosts);
  }

  /**
   * Reads a port; empty is the usual one.
   *
   * @throws IllegalArgumentException if it is no port
   */
  static int port(String text) {
    if (text.isEmpty()) {
      return HostPort.DEFAULT_PORT;
    }
    try {
      var port = Integer.parseInt(text.strip());
      if (port >= 1 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException("the port is not a number", notANumber);
    }
    throw new IllegalArgumentException("the port is not between 1 and 65535");
  }

  private static Map<String, String> parameters(String query) {
    var parameters = new HashMap<String, String>();
    for (var pair : query.split("&", -1)) {
      var equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(
            decode(pair.substring(0, equals)).toLowerCase(Locale.ROOT),
            decode(pair.substring(equals + 1)));
      }
    }
    return parameters;
  }

  /** As libpq: a plus sign is a plus sign. */
  private static String decode(String text) {
    var bytes = new ByteArrayOutputStream();
    for (var i = 0; i < text.length(); ) {
      var point = text.codePointAt(i);
      if (point != '%') {
        bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
        i += Character.charCount(point);
        continue;
      }
      if (i + 2 >= text.length()
          || Character.digit(text.charAt(i + 1), 16) < 0
          || Character.digit(text.charAt(i + 2), 16) < 0) {
        throw new IllegalArgumentException(
            "a percent sign is not followed by two hexadecimal digits: write it as %25");
      }
      bytes.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
      i += 3;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
