package dev.salvor.worker;

import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.plan.proof.ServedBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** Rows of the objects that Storage is to be asked for, in a file. */
final class ServedRows implements Closeable {
  private final FetchQueue queue;
  private long expected;

  ServedRows(Path file) throws IOException {
    this.queue = new FetchQueue(file);
  }

  void add(BucketObject row, String path) throws IOException {
    queue.add(row, path);
    expected += row.sizeBytes() == ServedBytes.NO_METADATA ? 0 : 1;
  }

  /** Of so many there must be bytes. */
  long expected() {
    return expected;
  }

  void show(FetchQueue.Shown shown) throws IOException {
    queue.show(0, shown);
  }

  @Override
  public void close() throws IOException {
    queue.close();
  }
}
