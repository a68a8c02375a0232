package dev.salvor.worker;

import dev.salvor.engine.objectstore.BucketWriter;
import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.plan.restore.BucketState;
import java.util.Optional;

/** Where the files of a stored tree become objects. */
interface ObjectPlaces {
  /** The folder of the tree in which all of them are, as it is. */
  String root();

  /**
   * Of a file; empty where it becomes no object.
   *
   * @param path as {@link dev.salvor.task.FileEntry#path} writes it
   */
  Optional<Place> of(String path);

  /** Whether another that is there already goes. */
  boolean replaces();

  /** A key of a bucket. */
  record Place(BucketWriter writer, String key) {}

  /** All of them in one bucket. */
  static ObjectPlaces in(BucketWriter writer, StorageKeys keys, BucketState.Manner manner) {
    return new ObjectPlaces() {
      @Override
      public String root() {
        return keys.root();
      }

      @Override
      public Optional<Place> of(String path) {
        return keys.key(path) instanceof StorageKeys.Key.Fits(var key)
            ? Optional.of(new Place(writer, key))
            : Optional.empty();
      }

      @Override
      public boolean replaces() {
        return manner == BucketState.Manner.MIRRORED;
      }
    };
  }
}
