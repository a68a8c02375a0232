package dev.salvor.local.state;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Names of things as names of files. */
public final class FileNames {
  private FileNames() {}

  /**
   * One file name for any text: percent-encoded, so that two texts never share a file and none
   * leaves its folder.
   */
  public static String encode(String text) {
    var encoded = URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A");
    // "." and ".." are folders, and what begins with a dot is a temporary file.
    return encoded.startsWith(".") ? "%2E" + encoded.substring(1) : encoded;
  }
}
