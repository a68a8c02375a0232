package dev.salvor.engine.restic;

import org.jspecify.annotations.Nullable;

/** Hears how far a transfer is, several times a second at most. */
@FunctionalInterface
public interface ByteProgress {
  ByteProgress NONE = (done, total) -> {};

  /**
   * So far.
   *
   * @param totalBytes null: not known, as with a stream
   */
  void at(long doneBytes, @Nullable Long totalBytes);
}
