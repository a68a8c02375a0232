package dev.salvor.engine.supabase;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What rows of a table come to, in whatever order: to tell whether two tables hold the same. */
final class RowSum {
  private final MessageDigest digest = algorithm();
  private long rows;
  private long high;
  private long low;

  private static MessageDigest algorithm() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("SHA-256 is in every Java", impossible);
    }
  }

  /** One row, as COPY writes it. */
  void add(byte[] row) {
    var hash = ByteBuffer.wrap(digest.digest(row));
    rows++;
    high += hash.getLong();
    low += hash.getLong();
  }

  boolean isSame(RowSum other) {
    return rows == other.rows && high == other.high && low == other.low;
  }
}
