package dev.salvor.engine.volume;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Paths for restic's {@code --exclude-file}, each meant as it is and not as the pattern that restic
 * takes it for: it trims lines, puts variables in for {@code $}, and matches as Go's path/filepath.
 */
final class ExcludeFile implements Closeable {
  private final OutputStream output;

  /** Goes on with what is there: several trees have one file. */
  ExcludeFile(Path file) throws IOException {
    output =
        new BufferedOutputStream(
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  /** Adds one, and says true. */
  boolean added(Path path) {
    try {
      add(path);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(Path path) throws IOException {
    for (var each : ByteNames.bytes(path)) {
      switch (each) {
        case '*', '?', '[', '\\' -> {
          output.write('\\');
          output.write(each);
        }
        case '$' -> output.write(new byte[] {'$', '$'});
        // No line can hold it: any one character, that of a neighbour too.
        case '\n' -> output.write('?');
        default -> output.write(each);
      }
    }
    // Restic takes the slash away again; before that it keeps white space from being trimmed.
    output.write('/');
    output.write('\n');
  }

  @Override
  public void close() throws IOException {
    output.close();
  }
}
