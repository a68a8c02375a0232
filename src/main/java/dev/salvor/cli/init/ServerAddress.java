package dev.salvor.cli.init;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Address of a PostgreSQL server as a uri of libpq, without a password.
 *
 * @param database null: it names none
 */
public record ServerAddress(String uri, String user, @Nullable String database) {
  private static final Pattern URI =
      Pattern.compile(
          "postgres(?:ql)?://(?<user>[^:@/?]+)(?<password>:[^@/?]*)?@[^@/?]*"
              + "(?:/(?<database>[^?]*))?(?:\\?(?<parameters>.*))?");

  /**
   * Reads one.
   *
   * @return what is wrong with it, if anything; it repeats nothing of the uri, where a password may
   *     stand
   */
  static Optional<String> refusal(String text) {
    var matcher = URI.matcher(text);
    if (!matcher.matches()) {
      return Optional.of(
          "an address is postgresql://USER@HOST:PORT/DATABASE, such as"
              + " postgresql://shop@127.0.0.1:5432/shop");
    }
    var parameters = matcher.group("parameters");
    return matcher.group("password") != null
            || (parameters != null && parameters.matches("(.*&)?password=.*"))
        ? Optional.of("leave the password out of the address: it is asked for by itself")
        : Optional.empty();
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if {@link #refusal} has something to say
   */
  static ServerAddress parse(String text) {
    var matcher = URI.matcher(text);
    if (!matcher.matches() || refusal(text).isPresent()) {
      throw new IllegalArgumentException("no address of a server");
    }
    var database = matcher.group("database");
    return new ServerAddress(
        text,
        decoded(matcher.group("user")),
        database == null || database.isEmpty() ? null : decoded(database));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
