package dev.salvor.plan.proof;

import java.util.regex.Pattern;

/**
 * Whether bytes that Storage gave under a name are those of the version that a row names: it may
 * have been replaced since the row was read, and nothing in the answer says which version came.
 */
public enum ServedBytes {
  OF_THE_ROW,
  OF_ANOTHER,
  /** Neither size nor ETag tells. */
  UNKNOWN;

  /** In the row, of metadata that does not say how many bytes there are. */
  public static final long NO_SIZE = -1;

  /** In a row without metadata: there need be no bytes at all. */
  public static final long NO_METADATA = -2;

  private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}");

  /**
   * What size and ETag tell.
   *
   * @param size of the row; {@link #NO_SIZE}, {@link #NO_METADATA}
   * @param etag of the row, without quotes; empty: it has none. One that looks like an MD5 is that
   *     of the bytes; one of several pieces, or made of a time, may be another where the same bytes
   *     were moved
   * @param md5 of the bytes that came
   */
  public static ServedBytes of(
      long size, String etag, long sizeThatCame, String etagThatCame, String md5) {
    if (size >= 0 && size != sizeThatCame) {
      return OF_ANOTHER;
    }
    if ((!etag.isEmpty() && etag.equals(etagThatCame)) || etag.equals(md5) || size == 0) {
      return OF_THE_ROW;
    }
    return MD5.matcher(etag).matches() ? OF_ANOTHER : UNKNOWN;
  }
}
