package dev.salvor.engine.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.task.SupabaseState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Whether the secrets of a project's {@code .env} go together: API keys are tokens that its JWT
 * secret signs, and the database knows the same secret. What does not is the source's own state: it
 * is said, and kept as it is. No text holds a value.
 */
public final class ProjectKeys {
  private static final List<String> KEYS = List.of("ANON_KEY", "SERVICE_ROLE_KEY");
  private static final Pattern LINE =
      Pattern.compile("(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)");
  private static final Duration SOON = Duration.ofDays(30);

  private ProjectKeys() {}

  /**
   * What does not go together, for people.
   *
   * @param environment the text of {@code .env}
   * @param secret SHA-256 of the secret that the database knows; empty: it knows none
   */
  public static List<String> complaints(String environment, Optional<String> secret, Instant now) {
    var values = values(environment);
    var complaints = new ArrayList<String>();
    var signing = values.get("JWT_SECRET");
    if (signing == null) {
      return complaints;
    }
    if (secret.filter(known -> !known.equals(sha256(signing))).isPresent()) {
      complaints.add(
          "JWT_SECRET of .env is another than "
              + SupabaseState.JWT_SECRET
              + " of the database: tokens of the one are refused by the other");
    }
    for (var name : KEYS) {
      var key = values.get(name);
      if (key != null) {
        complaint(name, key, signing, now).ifPresent(complaints::add);
      }
    }
    return complaints;
  }

  private static Optional<String> complaint(String name, String key, String secret, Instant now) {
    var parts = key.split("\\.", -1);
    try {
      if (parts.length != 3 || !json(parts[0]).path("alg").asText().equals("HS256")) {
        // Of another kind, which another key signs.
        return Optional.empty();
      }
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      var signature = mac.doFinal((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
      if (!MessageDigest.isEqual(signature, Base64.getUrlDecoder().decode(parts[2]))) {
        return Optional.of(name + " of .env is not signed by its JWT_SECRET");
      }
      var expires = json(parts[1]).path("exp");
      return expires.canConvertToLong()
              && Instant.ofEpochSecond(expires.asLong()).isBefore(now.plus(SOON))
          ? Optional.of(name + " of .env expires at " + Instant.ofEpochSecond(expires.asLong()))
          : Optional.empty();
    } catch (IllegalArgumentException | IOException e) {
      return Optional.of(name + " of .env is no token");
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("each Java platform has HmacSHA256", impossible);
    }
  }

  private static JsonNode json(String part) throws IOException {
    return Json.mapper().readTree(Base64.getUrlDecoder().decode(part));
  }

  /** What Compose would fill in is not known here, and left out. */
  private static Map<String, String> values(String environment) {
    var values = new HashMap<String, String>();
    for (var line : environment.lines().toList()) {
      var found = LINE.matcher(line.strip());
      if (found.matches() && !found.group(2).contains("${")) {
        values.put(found.group(1), unquoted(found.group(2).strip()));
      }
    }
    values.values().removeIf(String::isEmpty);
    return values;
  }

  private static String unquoted(String value) {
    var isQuoted =
        value.length() > 1
            && (value.charAt(0) == '"' || value.charAt(0) == '\'')
            && value.charAt(value.length() - 1) == value.charAt(0);
    return isQuoted ? value.substring(1, value.length() - 1) : value.replaceFirst("\\s+#.*", "");
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("each Java platform has SHA-256", impossible);
    }
  }
}
