package dev.salvor.worker;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.salvor.api.Model;
import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.engine.objectstore.Fetched;
import dev.salvor.plan.StableHash;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An object of a bucket that a point holds as a file, as one line of JSON among the notes: by it
 * the next backup knows what it need not fetch.
 *
 * @param etag without quotes
 * @param modified seconds since 1970
 */
@Model
record StagedObject(
    @JsonProperty("p") String path,
    @JsonProperty("s") long size,
    @JsonProperty("e") String etag,
    @JsonProperty("n") long modified,
    @JsonProperty("t") @Nullable String contentType,
    @JsonProperty("c") @Nullable String cacheControl) {
  /** Among the notes. */
  static final String FILE = "bucket.jsonl";

  private static final long NANOSECONDS = 1_000_000_000L;

  static StagedObject of(String path, Fetched.Whole fetched) {
    var object = fetched.object();
    return new StagedObject(
        path,
        object.sizeBytes(),
        object.etag(),
        object.modified().getEpochSecond(),
        fetched.contentType(),
        fetched.cacheControl());
  }

  /** One that is as it was when a point came to hold it. */
  static StagedObject known(String path, BucketObject object, Dress dress) {
    return new StagedObject(
        path,
        object.sizeBytes(),
        object.etag(),
        object.modified().getEpochSecond(),
        dress.contentType(),
        dress.cacheControl());
  }

  /** What Storage's file backend keeps beside the bytes. */
  record Dress(@Nullable String contentType, @Nullable String cacheControl) {
    /** All attributes of a file of ext4 are in one block of 4 KiB, names and all. */
    private static final int MOST_CHARACTERS = 1_000;

    /** Who uploads an object writes both: they must not be what a backup fails of. */
    boolean isTooLong() {
      return attributes().values().stream().mapToInt(String::length).sum() > MOST_CHARACTERS;
    }

    /** In namespace {@code user}. */
    Map<String, String> attributes() {
      var attributes = new TreeMap<String, String>();
      if (contentType != null) {
        attributes.put("supabase.content-type", contentType);
      }
      if (cacheControl != null) {
        attributes.put("supabase.cache-control", cacheControl);
      }
      return attributes;
    }
  }

  /** By which it is told from all others and from what it was before; 16 bytes, of very many. */
  UUID identity() {
    return identity(path, size, etag, modified);
  }

  static UUID identity(String path, BucketObject listed) {
    return identity(path, listed.sizeBytes(), listed.etag(), listed.modified().getEpochSecond());
  }

  private static UUID identity(String path, long size, String etag, long modified) {
    return UUID.nameUUIDFromBytes(
        "%d %d %s %s".formatted(size, modified, etag, path).getBytes(StandardCharsets.UTF_8));
  }

  Dress dress() {
    return new Dress(contentType, cacheControl);
  }

  /**
   * The time of its file: within the second that the bucket tells it is made of the ETag. The
   * engine takes a file of the same size and time for unchanged, and an object may be replaced by
   * another of its size within one second.
   */
  Instant time() {
    return timeBy(etag);
  }

  /**
   * Of one whose bytes are not those that its ETag names: it is no identity of theirs, so they are
   * read anew for each point.
   */
  Instant timeOnlyIn(String point) {
    return timeBy(point + " " + etag);
  }

  private Instant timeBy(String text) {
    return Instant.ofEpochSecond(modified, StableHash.of(text).below(NANOSECONDS));
  }
}
