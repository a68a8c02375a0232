package dev.salvor.worker;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Tells one encryption password from another without telling it (SAFETY 35). It stands in a status
 * that many may read, so trying passwords against it must cost as much as against the repository:
 * the digest is a slow one, salted by the store.
 */
final class KeyFingerprint {
  private static final int DIGITS = 16;

  /** OWASP's figure for PBKDF2-HMAC-SHA256; some 0.5 s, or 2 s where C1 alone compiles. */
  private static final int ITERATIONS = 600_000;

  private static final int BITS = 256;

  private KeyFingerprint() {}

  /**
   * The first digits.
   *
   * @param password as the Secret holds it; restic takes no white space around it
   */
  static String of(String password, String storeId) {
    var characters = password.strip().toCharArray();
    var specification =
        new PBEKeySpec(characters, storeId.getBytes(StandardCharsets.UTF_8), ITERATIONS, BITS);
    try {
      var digest =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
              .generateSecret(specification)
              .getEncoded();
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(digest))
          .substring(0, DIGITS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } finally {
      specification.clearPassword();
      Arrays.fill(characters, '\0');
    }
  }
}
