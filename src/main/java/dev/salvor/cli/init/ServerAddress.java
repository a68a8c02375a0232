package dev.salvor.cli.init;

import dev.salvor.engine.postgres.ConnectionAddress;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Address of a PostgreSQL server as a uri of libpq, without a password.
 *
 * @param database null: it names none
 */
public record ServerAddress(String uri, String user, @Nullable String database) {
  /** Of those that a run heeds, the ones that say neither where nor who, and hold no secret. */
  private static final Set<String> PARAMETERS = Set.of("sslmode", "target_session_attrs");

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
    if (matcher.group("password") != null) {
      return Optional.of("leave the password out of the address: it is asked for by itself");
    }
    var parameters = matcher.group("parameters");
    if (parameters != null
        && !Arrays.stream(parameters.split("&", -1))
            .allMatch(pair -> PARAMETERS.contains(pair.replaceFirst("=.*", "")))) {
      return Optional.of(
          "leave the parameters out of the address, but sslmode and target_session_attrs: the"
              + " database is its path, and the password is asked for by itself");
    }
    try {
      ConnectionAddress.of(text);
      return Optional.empty();
    } catch (IllegalArgumentException unusable) {
      return Optional.of("no run could use this address: " + unusable.getMessage());
    }
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if {@link #refusal} has something to say
   */
  static ServerAddress parse(String text) {
    if (refusal(text).isPresent()) {
      throw new IllegalArgumentException("no address of a server");
    }
    var address = ConnectionAddress.of(text);
    return new ServerAddress(text, Objects.requireNonNull(address.user()), address.database());
  }
}
