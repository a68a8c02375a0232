package dev.salvor.engine.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** The file that libpq takes a password from; it ignores one that others may read. */
public final class PassFile {
  private PassFile() {}

  /**
   * Writes one in a private folder, readable by its owner only. Without a password it is empty, so
   * that no file of the user's home is taken instead.
   *
   * @see <a href="https://www.postgresql.org/docs/17/libpq-pgpass.html">libpq, 32.16</a>
   */
  public static Path write(Path folder, String name, @Nullable Password password) {
    var file = folder.resolve(name);
    try {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, password == null ? "" : "*:*:*:*:" + escape(password.value()) + "\n");
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String escape(String text) {
    return text.replace("\\", "\\\\").replace(":", "\\:");
  }
}
