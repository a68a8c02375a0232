package dev.salvor.engine.volume;

import dev.salvor.task.FileEntry;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Names of files as the bytes they are. A name need not be UTF-8, and a Java string that was made
 * of one that is not has lost it; the {@link Path} has not, and its URI shows it.
 */
final class ByteNames {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final int FIRST_PRINTABLE = 0x20;
  private static final int FIRST_BEYOND_ASCII = 0x7f;

  private ByteNames() {}

  /** The whole path, absolute. */
  static byte[] bytes(Path path) {
    var absolute = path.toAbsolutePath();
    var text = absolute.toString();
    return isAscii(text) ? text.getBytes(StandardCharsets.US_ASCII) : ofUri(absolute);
  }

  /** The last name of a path as {@link FileEntry#path} writes it. */
  static String text(Path path) {
    var name = path.getFileName();
    if (name == null) {
      return "";
    }
    var text = name.toString();
    if (isAscii(text)) {
      return text(text.getBytes(StandardCharsets.US_ASCII));
    }
    var whole = ofUri(path.toAbsolutePath());
    var start = whole.length;
    while (whole[start - 1] != '/') {
      start--;
    }
    return text(Arrays.copyOfRange(whole, start, whole.length));
  }

  /** Where a symbolic link points to, as {@link FileEntry#link} writes it. */
  static String link(Path target) {
    var text = target.toString();
    if (isAscii(text)) {
      return text(text.getBytes(StandardCharsets.US_ASCII));
    }
    var bytes = ofUri(Path.of("/").resolve(target));
    return text(target.isAbsolute() ? bytes : Arrays.copyOfRange(bytes, 1, bytes.length));
  }

  /** Bytes as {@link FileEntry#path} writes them. */
  static String text(byte[] bytes) {
    var text = new StringBuilder(bytes.length);
    for (var each : bytes) {
      var value = Byte.toUnsignedInt(each);
      if (value < FIRST_PRINTABLE || value >= FIRST_BEYOND_ASCII || value == '%') {
        text.append('%').append(HEX.toHexDigits(each));
      } else {
        text.append((char) value);
      }
    }
    return text.toString();
  }

  /** The bytes of what {@link #text} made of them. */
  static byte[] bytes(String written) {
    var bytes = new ByteArrayOutputStream(written.length());
    for (var at = 0; at < written.length(); at++) {
      var each = written.charAt(at);
      if (each == '%') {
        bytes.write(Integer.parseInt(written, at + 1, at + 3, 16));
        at += 2;
      } else {
        bytes.write(each);
      }
    }
    return bytes.toByteArray();
  }

  /**
   * The order in which a tree is walked: a folder before what is in it, and names by their written
   * form. Not the order of the strings: {@code /} comes before every character of a name.
   */
  static int compare(String one, String other) {
    if (one.equals(FileEntry.ROOT) || other.equals(FileEntry.ROOT)) {
      return Boolean.compare(!one.equals(FileEntry.ROOT), !other.equals(FileEntry.ROOT));
    }
    var length = Math.min(one.length(), other.length());
    for (var at = 0; at < length; at++) {
      var left = one.charAt(at);
      var right = other.charAt(at);
      if (left != right) {
        return Integer.compare(left == '/' ? 0 : left, right == '/' ? 0 : right);
      }
    }
    return Integer.compare(one.length(), other.length());
  }

  /** A path of names below a folder, whatever the locale: in some a string cannot be a path. */
  static Path below(Path folder, String path) {
    if (isAscii(path)) {
      return folder.resolve(path);
    }
    try {
      var above = folder.toAbsolutePath().toUri().getRawPath();
      var raw = new StringBuilder(above.endsWith("/") ? above : above + "/");
      for (var each : path.getBytes(StandardCharsets.UTF_8)) {
        raw.append('%').append(HEX.toHexDigits(each));
      }
      return Path.of(new URI("file://" + raw.toString().replace("%2F", "/")));
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static boolean isAscii(String text) {
    for (var at = 0; at < text.length(); at++) {
      if (text.charAt(at) >= FIRST_BEYOND_ASCII) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ofUri(Path absolute) {
    var all = bytes(absolute.toUri().getRawPath());
    // A folder's URI ends with a slash.
    return all.length > 1 && all[all.length - 1] == '/' ? Arrays.copyOf(all, all.length - 1) : all;
  }
}
