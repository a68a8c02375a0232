package dev.salvor.plan;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A hash that is the same in every process, version and host, for what must not move when Salvor is
 * restarted or upgraded: names of runs, the {@code H} of a schedule, jitter, tokens.
 *
 * <p>SHA-256 over the parts, each with its length before it, so that {@code ("ab", "c")} and {@code
 * ("a", "bc")} differ.
 */
public final class StableHash {
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

  private final byte[] digest;

  private StableHash(byte[] digest) {
    this.digest = digest;
  }

  public static StableHash of(String... parts) {
    try {
      var sha = MessageDigest.getInstance("SHA-256");
      for (var part : parts) {
        var bytes = part.getBytes(StandardCharsets.UTF_8);
        sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        sha.update(bytes);
      }
      return new StableHash(sha.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /**
   * A number in {@code [0, bound)}. The bias of the remainder of 63 bits is below one in ten
   * thousand million for every bound that is used here.
   */
  public long below(long bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound must be positive, not " + bound);
    }
    return (ByteBuffer.wrap(digest).getLong() & Long.MAX_VALUE) % bound;
  }

  /** Lower-case letters and digits, five bits each, for names; at most 48 of them. */
  public String letters(int length) {
    var number = new BigInteger(1, digest);
    var text = new StringBuilder();
    for (int place = 0; place < length; place++) {
      text.append(BASE32.charAt(number.intValue() & 31));
      number = number.shiftRight(5);
    }
    return text.toString();
  }

  /** All of it as 64 hexadecimal digits. */
  public String hex() {
    return HexFormat.of().formatHex(digest);
  }
}
