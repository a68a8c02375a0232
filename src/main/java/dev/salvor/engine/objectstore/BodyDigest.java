package dev.salvor.engine.objectstore;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The MD5 of a body, and the ETag that servers give it when it comes in parts: the MD5 of the MD5s
 * of all parts, a hyphen, and their number. No standard says so; Amazon's S3 and most others do it.
 */
final class BodyDigest {
  private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}");

  private final MessageDigest whole = md5();
  private final MessageDigest ofParts = md5();
  private final PartSizes sizes;
  private MessageDigest part = md5();
  private long inPart;
  private int parts;

  BodyDigest(PartSizes sizes) {
    this.sizes = sizes;
  }

  void update(byte[] bytes, int length) {
    whole.update(bytes, 0, length);
    for (var at = 0; at < length; ) {
      var taken = (int) Math.min(length - at, sizes.partBytes() - inPart);
      part.update(bytes, at, taken);
      inPart += taken;
      at += taken;
      if (inPart == sizes.partBytes()) {
        endPart();
      }
    }
  }

  private void endPart() {
    ofParts.update(part.digest());
    part = md5();
    inPart = 0;
    parts++;
  }

  /** Of a body that has ended; nothing is added any more. */
  Ended end() {
    if (inPart > 0) {
      endPart();
    }
    var md5 = HexFormat.of().formatHex(whole.digest());
    return new Ended(
        md5, sizes.isWhole() ? md5 : HexFormat.of().formatHex(ofParts.digest()) + "-" + parts);
  }

  /**
   * What was made of it.
   *
   * @param etag that a server gives it which goes by that rule
   */
  record Ended(String md5, String etag) {
    /** Whether an ETag is that of these bytes, in one piece or in parts of that size. */
    boolean isNamedBy(String given) {
      return given.equals(etag) || given.equals(md5);
    }
  }

  /** Whether it looks like the MD5 of a body in one piece. */
  static boolean isMd5(String etag) {
    return MD5.matcher(etag).matches();
  }

  static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
