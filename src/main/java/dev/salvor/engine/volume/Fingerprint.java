package dev.salvor.engine.volume;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** What is known of a row of bytes that was seen once, in order; of them it keeps nothing. */
public final class Fingerprint extends OutputStream {
  private static final int PIECE_BYTES = 1 << 20;
  private static final byte[] ZEROS = new byte[64 * 1024];

  private final MessageDigest digest = algorithm();
  private long bytes;
  private boolean blank = true;

  private static MessageDigest algorithm() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("each Java platform has SHA-256", impossible);
    }
  }

  /**
   * Of a stream, read to its end.
   *
   * @param copy is given all of it, too
   * @param hears how many bytes were read
   */
  public static Fingerprint of(InputStream stream, OutputStream copy, LongConsumer hears)
      throws IOException {
    var seen = new Fingerprint();
    var piece = new byte[PIECE_BYTES];
    for (var read = stream.read(piece); read >= 0; read = stream.read(piece)) {
      seen.write(piece, 0, read);
      copy.write(piece, 0, read);
      hears.accept(seen.bytes);
    }
    return seen;
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] piece, int offset, int length) {
    digest.update(piece, offset, length);
    bytes += length;
    blank = blank && isBlank(piece, offset, length);
  }

  public long bytes() {
    return bytes;
  }

  /** Whether all of them were zero. */
  public boolean isBlank() {
    return blank;
  }

  /** Of all bytes, in hexadecimal digits; once. */
  public String sha256() {
    return HexFormat.of().formatHex(digest.digest());
  }

  static boolean isBlank(byte[] piece, int offset, int length) {
    for (var done = 0; done < length; done += ZEROS.length) {
      var step = Math.min(ZEROS.length, length - done);
      if (!Arrays.equals(piece, offset + done, offset + done + step, ZEROS, 0, step)) {
        return false;
      }
    }
    return true;
  }
}
