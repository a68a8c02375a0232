package dev.salvor.engine.objectstore;

import dev.salvor.engine.EngineException;
import org.jspecify.annotations.Nullable;

/** What became of an object that was to be fetched. */
public sealed interface Fetched {
  /**
   * Its bytes are there, as many as the server said.
   *
   * @param object as it was when they were read: it may have become another since it was listed
   * @param isAsNamed false where its ETag is an MD5, and the same other bytes came twice
   * @param md5 of the bytes that came
   */
  record Whole(
      BucketObject object,
      @Nullable String contentType,
      @Nullable String cacheControl,
      boolean isAsNamed,
      String md5)
      implements Fetched {}

  /** It is not there any more, or is another. */
  record Gone() implements Fetched {}

  /**
   * It has more bytes than were asked for, and none of them are there.
   *
   * @param bytes null: the server does not say how many
   */
  record TooLarge(@Nullable Long bytes) implements Fetched {}

  /** It is there, and cannot be read to its end. */
  record Unreadable(String why, Cause cause) implements Fetched {}

  /** The server gives nothing of it, as it may give nothing of any other. */
  record Failed(EngineException failure, Cause cause) implements Fetched {}

  /** By what it cannot be had, as far as one answer tells. */
  enum Cause {
    /** The object itself. */
    OBJECT,
    /** The request is refused: of this object, or of any. */
    DENIED,
    /** The server does not know the keys. */
    KEYS,
    /** The server fails, or the way to it. */
    SERVER,
    /** Nothing comes, or next to nothing, for as long as is waited for it. */
    SILENCE
  }
}
