package dev.salvor.engine.volume;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The files of an archive as the engine makes it of a folder, read as it comes and never held:
 * ustar with extended headers (POSIX.1-2017, pax, "pax Interchange Format"), extended attributes
 * among them ({@code SCHILY.xattr.}, as Go's archive/tar and GNU tar write them).
 */
public final class TarStream {
  private static final int BLOCK = 512;

  /** Of an extended header, which is in memory: Linux gives a file at most 64 KiB of attributes. */
  private static final long LONGEST_HEADER = 1 << 20;

  private static final String ATTRIBUTE = "SCHILY.xattr.";

  private final InputStream stream;
  private final Shown shown;

  private TarStream(InputStream stream, Shown shown) {
    this.stream = stream;
    this.shown = shown;
  }

  /**
   * A file of it.
   *
   * @param path as {@link dev.salvor.task.FileEntry#path} writes it
   * @param attributes extended ones, by their names with the namespace
   */
  public record File(String path, long sizeBytes, Map<String, byte[]> attributes) {
    public File {
      attributes = Map.copyOf(attributes);
    }
  }

  /** Who is shown files. */
  @FunctionalInterface
  public interface Shown {
    /**
     * The next one.
     *
     * @param body ends where the file does; it need not be read
     */
    void file(File file, InputStream body) throws IOException;
  }

  /**
   * Shows each file; folders, links and devices are passed over.
   *
   * @throws EOFException if it ends before its end is marked
   * @throws IOException if it is none, or cannot be read
   */
  public static void read(InputStream stream, Shown shown) throws IOException {
    new TarStream(stream, shown).read();
  }

  private void read() throws IOException {
    Map<String, byte[]> extended = new HashMap<>();
    for (var header = block(); !isBlank(header); header = block()) {
      requireChecksum(header);
      var said = extended.get("size");
      var size = said == null ? number(header, 124, 12) : Long.parseLong(text(said));
      if (size < 0) {
        throw new IOException("an entry of the archive has " + size + " bytes");
      }
      var body = new Body(stream, size);
      switch (header[156]) {
        case 'x' -> extended = records(body, size);
        case '0', 0 -> {
          shown.file(new File(path(header, extended), size, attributes(extended)), body);
          extended = new HashMap<>();
        }
        default -> extended = new HashMap<>();
      }
      body.skipNBytes(body.left);
      stream.skipNBytes(-size & (BLOCK - 1));
    }
    // What follows is blank: read, so that who writes it need not wait.
    stream.transferTo(OutputStream.nullOutputStream());
  }

  private byte[] block() throws IOException {
    var block = stream.readNBytes(BLOCK);
    if (block.length < BLOCK) {
      throw new EOFException("the archive ends before its end");
    }
    return block;
  }

  private static boolean isBlank(byte[] block) {
    for (var each : block) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  /** With blanks in its own place. */
  private static void requireChecksum(byte[] header) throws IOException {
    var sum = 0L;
    for (var at = 0; at < BLOCK; at++) {
      sum += at >= 148 && at < 156 ? ' ' : Byte.toUnsignedInt(header[at]);
    }
    if (sum != number(header, 148, 8)) {
      throw new IOException("an entry of the archive is damaged");
    }
  }

  /** Octal; or, where its first bit is set, binary. */
  private static long number(byte[] header, int from, int length) throws IOException {
    if ((header[from] & 0x80) != 0) {
      var value = header[from] & 0x7fL;
      for (var at = from + 1; at < from + length; at++) {
        value = (value << 8) | Byte.toUnsignedLong(header[at]);
      }
      return value;
    }
    var digits = text(field(header, from, length)).strip();
    try {
      return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    } catch (NumberFormatException e) {
      throw new IOException("an entry of the archive is damaged", e);
    }
  }

  private static byte[] field(byte[] header, int from, int length) {
    var to = from;
    while (to < from + length && header[to] != 0) {
      to++;
    }
    return Arrays.copyOfRange(header, from, to);
  }

  private static String path(byte[] header, Map<String, byte[]> extended) {
    var said = extended.get("path");
    if (said != null) {
      return ByteNames.text(said);
    }
    var name = ByteNames.text(field(header, 0, 100));
    var prefix = ByteNames.text(field(header, 345, 155));
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static Map<String, byte[]> attributes(Map<String, byte[]> extended) {
    var attributes = new HashMap<String, byte[]>();
    extended.forEach(
        (key, value) -> {
          if (key.startsWith(ATTRIBUTE)) {
            attributes.put(key.substring(ATTRIBUTE.length()), value);
          }
        });
    return attributes;
  }

  /** Each is its own length in decimal digits, a blank, a key, {@code =}, a value, a line's end. */
  private static Map<String, byte[]> records(InputStream body, long size) throws IOException {
    if (size > LONGEST_HEADER) {
      throw new IOException("an extended header of the archive has " + size + " bytes");
    }
    var bytes = body.readNBytes((int) size);
    var records = new HashMap<String, byte[]>();
    for (var at = 0; at < bytes.length; ) {
      var blank = indexOf(bytes, ' ', at);
      var length = Integer.parseInt(text(Arrays.copyOfRange(bytes, at, blank)));
      var equals = indexOf(bytes, '=', blank);
      if (length <= equals - at || at + length > bytes.length) {
        throw new IOException("an extended header of the archive is damaged");
      }
      records.put(
          text(Arrays.copyOfRange(bytes, blank + 1, equals)),
          Arrays.copyOfRange(bytes, equals + 1, at + length - 1));
      at += length;
    }
    return records;
  }

  private static int indexOf(byte[] bytes, char wanted, int from) throws IOException {
    for (var at = from; at < bytes.length; at++) {
      if (bytes[at] == wanted) {
        return at;
      }
    }
    throw new IOException("an extended header of the archive is damaged");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Ends where an entry does. */
  private static final class Body extends InputStream {
    private final InputStream stream;
    private long left;

    Body(InputStream stream, long size) {
      this.stream = stream;
      this.left = size;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      var read = stream.read(bytes, offset, (int) Math.min(left, length));
      if (read < 0) {
        throw new EOFException("the archive ends before its end");
      }
      left -= read;
      return read;
    }
  }
}
