package dev.salvor.worker;

import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.engine.objectstore.Fetched;
import dev.salvor.engine.objectstore.ObjectBucket;
import dev.salvor.task.StorageLayout;
import java.io.IOException;
import java.nio.file.Path;

/** Which objects of a bucket are kept, and where each is laid below the tree's root. */
interface StagingList {
  /** Is shown an object, and the path of its file. */
  @FunctionalInterface
  interface Shown {
    void object(BucketObject object, String path);
  }

  /**
   * Shows each once, in any order.
   *
   * @throws IOException if what was noted of them cannot be read
   */
  void show(Shown shown) throws IOException;

  /**
   * Reads the bytes of one that was shown; from several threads. One that became another since is
   * {@link Fetched.Gone} where that is not wanted.
   *
   * @param most bytes, of one whose size was not shown
   * @throws IOException if the file cannot be written
   */
  Fetched fetch(
      BucketObject object, String path, Path file, ObjectBucket.Arriving arriving, long most)
      throws IOException;

  /** Whether a point may lack objects for which there is no room: it is Partial then. */
  boolean goesOnWithout();

  /** For messages: what all of them have in common. */
  String text();

  /**
   * All that Storage itself laid there: its keys are the paths of its file backend, without the
   * folder that is the bucket. What a key names is taken as it is: no row is needed for it.
   */
  record OfBackend(ObjectBucket bucket, StorageLayout layout) implements StagingList {
    @Override
    public void show(Shown shown) {
      bucket.list(
          layout.tenant() + "/",
          object -> shown.object(object, layout.bucket() + "/" + object.key()));
    }

    @Override
    public Fetched fetch(
        BucketObject object, String path, Path file, ObjectBucket.Arriving arriving, long most)
        throws IOException {
      return bucket.fetch(object.key(), file, arriving);
    }

    @Override
    public boolean goesOnWithout() {
      return false;
    }

    @Override
    public String text() {
      return bucket.place() + " below " + layout.tenant() + "/";
    }
  }
}
