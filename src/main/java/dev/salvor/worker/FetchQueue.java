package dev.salvor.worker;

import dev.salvor.engine.objectstore.BucketObject;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** Objects that are to be fetched when the list has ended, in a file: there may be millions. */
final class FetchQueue implements Closeable {
  private final Path file;
  private final DataOutputStream output;
  private long objects;

  FetchQueue(Path file) throws IOException {
    this.file = file;
    this.output = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
  }

  void add(BucketObject object, String path) throws IOException {
    output.writeUTF(object.key());
    output.writeLong(object.sizeBytes());
    output.writeUTF(object.etag());
    output.writeLong(object.modified().getEpochSecond());
    output.writeUTF(path);
    objects++;
  }

  /** How many were added. */
  long objects() {
    return objects;
  }

  /** Is given each. */
  @FunctionalInterface
  interface Shown {
    void object(BucketObject object, String path) throws IOException;
  }

  /**
   * Shows all, as they were added; nothing is added afterwards.
   *
   * @param first how many come last instead
   */
  void show(long first, Shown shown) throws IOException {
    output.flush();
    show(first, objects, shown);
    show(0, first, shown);
  }

  private void show(long from, long to, Shown shown) throws IOException {
    try (var input = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (var each = 0L; each < to; each++) {
        var object =
            new BucketObject(
                input.readUTF(),
                input.readLong(),
                input.readUTF(),
                Instant.ofEpochSecond(input.readLong()));
        var path = input.readUTF();
        if (each >= from) {
          shown.object(object, path);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    output.close();
    Files.deleteIfExists(file);
  }
}
