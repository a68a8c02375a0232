package dev.salvor.local.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.google.re2j.Pattern;
import dev.salvor.local.docker.ContainerFile.Content;
import dev.salvor.local.docker.ContainerFile.Unreadable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A file as {@code docker cp} shows it: an archive of one entry. The daemon looks for it below the
 * container's root, wherever links in it lead. The library that docker-java would read it with is
 * left out (ADR 2): of tar it takes a name's kind and size.
 */
final class FileReading {
  /** Passwords are short; a larger file is something else. */
  private static final int LARGEST = 4096;

  private static final int BLOCK = 512;

  /**
   * Offsets in a header of tar: size in octal digits, kind (pax(1), "ustar Interchange Format").
   */
  private static final int SIZE = 124;

  private static final int SIZE_DIGITS = 11;
  private static final int KIND = 156;

  /** Of an extended header, which says more of the entry after it: its attributes, say. */
  private static final int LARGEST_EXTENSION = 1 << 20;

  /** Only a size that eleven octal digits do not hold stands among them. */
  private static final Pattern SIZE_ATTRIBUTE = Pattern.compile("(?m)^[0-9]+ size=");

  private static final Unreadable TOO_LARGE =
      new Unreadable("it is larger than " + LARGEST + " bytes");

  private FileReading() {}

  /**
   * By a client that is closed afterwards, and not the archive: to close that is to read all of it.
   */
  static ContainerFile of(DockerClient docker, String container, String path) {
    try {
      return first(docker.copyArchiveFromContainerCmd(container, path).exec());
    } catch (NotFoundException e) {
      return new Unreadable("it is not there");
    } catch (IOException e) {
      throw new UncheckedIOException("no archive came of " + path, e);
    }
  }

  /**
   * The first entry of an archive.
   *
   * @throws IOException if there is none
   */
  static ContainerFile first(InputStream archive) throws IOException {
    while (true) {
      var header = exactly(archive, BLOCK);
      var size = size(header);
      switch (header[KIND]) {
        case '0', 0 -> {
          return size > LARGEST
              ? TOO_LARGE
              : new Content(new String(exactly(archive, (int) size), UTF_8));
        }
        case '1', '2' -> {
          return new Unreadable("it is a link");
        }
        case 'x', 'g' -> {
          if (size > LARGEST_EXTENSION) {
            throw new IOException("an archive begins with " + size + " bytes of attributes");
          }
          var attributes = exactly(archive, (int) ((size + BLOCK - 1) / BLOCK * BLOCK));
          if (SIZE_ATTRIBUTE.matcher(new String(attributes, UTF_8)).find()) {
            return TOO_LARGE;
          }
        }
        default -> {
          return new Unreadable("it is no file");
        }
      }
    }
  }

  private static byte[] exactly(InputStream archive, int length) throws IOException {
    var read = archive.readNBytes(length);
    if (read.length < length) {
      throw new EOFException("an archive ends early");
    }
    return read;
  }

  private static long size(byte[] header) throws IOException {
    try {
      return Long.parseUnsignedLong(new String(header, SIZE, SIZE_DIGITS, UTF_8).strip(), 8);
    } catch (NumberFormatException e) {
      throw new IOException("this is no archive", e);
    }
  }
}
