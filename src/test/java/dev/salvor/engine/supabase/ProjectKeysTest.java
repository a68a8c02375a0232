package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** Secrets of a project that go together, and such as do not. */
class ProjectKeysTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");
  private static final String SECRET = "a secret of at least thirty-two characters";
  private static final long FAR = 2_000_000_000;

  private static String token(String header, String secret, long expires) {
    var encoder = Base64.getUrlEncoder().withoutPadding();
    var body =
        encoder.encodeToString(header.getBytes(StandardCharsets.UTF_8))
            + "."
            + encoder.encodeToString(
                ("{\"role\":\"anon\",\"exp\":" + expires + "}").getBytes(StandardCharsets.UTF_8));
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return body
          + "."
          + encoder.encodeToString(mac.doFinal(body.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String token(String secret, long expires) {
    return token("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", secret, expires);
  }

  private static Optional<String> digest(String secret) throws GeneralSecurityException {
    return Optional.of(
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest(secret.getBytes(StandardCharsets.UTF_8))));
  }

  private static List<String> complaints(String environment) throws GeneralSecurityException {
    return ProjectKeys.complaints(environment, digest(SECRET), NOW);
  }

  @Test
  void whatGoesTogetherIsNotSpokenOf() throws GeneralSecurityException {
    var key = token(SECRET, FAR);

    assertThat(complaints("# all\nJWT_SECRET=" + SECRET + "\nANON_KEY=" + key)).isEmpty();
    assertThat(complaints("export JWT_SECRET=\"" + SECRET + "\"\nSERVICE_ROLE_KEY='" + key + "'"))
        .isEmpty();
    assertThat(complaints("ANON_KEY=" + token("another", 1))).isEmpty();
    assertThat(complaints("JWT_SECRET=${FROM_ELSEWHERE}\nANON_KEY=" + token("another", 1)))
        .isEmpty();
    assertThat(ProjectKeys.complaints("JWT_SECRET=" + SECRET, Optional.empty(), NOW)).isEmpty();
  }

  @Test
  void aKeyOfAnotherSecretIsNamedAndNotShown() throws GeneralSecurityException {
    var key = token("another", FAR);

    assertThat(complaints("JWT_SECRET=" + SECRET + "\nANON_KEY=" + key))
        .containsExactly("ANON_KEY of .env is not signed by its JWT_SECRET");
  }

  @Test
  void theDatabaseKnowsAnotherSecret() throws GeneralSecurityException {
    assertThat(complaints("JWT_SECRET=another"))
        .singleElement()
        .asString()
        .startsWith("JWT_SECRET of .env is another than app.settings.jwt_secret")
        .doesNotContain(SECRET);
  }

  @Test
  void aKeyExpires() throws GeneralSecurityException {
    var soon = NOW.plusSeconds(86_400).getEpochSecond();

    assertThat(complaints("JWT_SECRET=" + SECRET + "\nSERVICE_ROLE_KEY=" + token(SECRET, soon)))
        .containsExactly("SERVICE_ROLE_KEY of .env expires at 2026-11-23T18:00:00Z");
  }

  @Test
  void whatIsNoTokenIsSaidAndAnotherKindIsPassedOver() throws GeneralSecurityException {
    assertThat(complaints("JWT_SECRET=" + SECRET + "\nANON_KEY=a.b.c"))
        .containsExactly("ANON_KEY of .env is no token");
    assertThat(complaints("JWT_SECRET=" + SECRET + "\nANON_KEY=sb_publishable_x")).isEmpty();
    assertThat(
            complaints(
                "JWT_SECRET="
                    + SECRET
                    + "\nANON_KEY="
                    + token("{\"alg\":\"ES256\"}", "another", FAR)))
        .isEmpty();
  }
}
