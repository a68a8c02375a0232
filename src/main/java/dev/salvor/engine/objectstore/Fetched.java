package dev.salvor.engine.objectstore;

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

  /** It is there, and cannot be read to its end. */
  record Unreadable(String why) implements Fetched {}
}
