package dev.salvor.worker;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Where a database or a device lies in a snapshot: fixed, so that restic finds what it had before.
 */
public final class PartPath {
  private static final String SAFE =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

  private PartPath() {}

  /** Of one custom-format stream; absolute in the snapshot. */
  public static String stream(String database) {
    return "/pg/" + encoded(database) + ".dump";
  }

  /** Of a directory dump; absolute in the snapshot. */
  public static String directory(String database) {
    return "/pg/" + encoded(database) + ".directory";
  }

  /** Of a raw block device; absolute in the snapshot. */
  static String device(String name) {
    return "/devices/" + encoded(name);
  }

  /** Percent-encoded where a name is not safe in a path; a leading dot too. */
  static String encoded(String database) {
    var text = new StringBuilder();
    for (var each : database.getBytes(StandardCharsets.UTF_8)) {
      var character = (char) (each & 0xff);
      if (SAFE.indexOf(character) >= 0 && !(character == '.' && text.isEmpty())) {
        text.append(character);
      } else {
        text.append(String.format(Locale.ROOT, "%%%02X", each & 0xff));
      }
    }
    return text.toString();
  }
}
