package dev.salvor.worker;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.salvor.api.Model;
import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.engine.objectstore.FoundObject;
import dev.salvor.engine.objectstore.NewObject;
import dev.salvor.engine.objectstore.PutObject;
import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.plan.proof.FoundBytes;
import dev.salvor.task.FileEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An object of the bucket that Storage is restored to, as a line of a file in the scratch folder.
 *
 * @param path that it has in the stored tree, as {@link FileEntry#path} writes it
 * @param etag as the bucket gives it, without quotes
 * @param modified seconds since 1970; 0: of one that was put and not listed
 * @param md5 of the bytes that were put; null: of one that was only listed
 */
@Model
record TargetObject(
    @JsonProperty("p") String path,
    @JsonProperty("k") String key,
    @JsonProperty("s") long size,
    @JsonProperty("e") String etag,
    @JsonProperty("n") long modified,
    @JsonProperty("m") @Nullable String md5,
    @JsonProperty("t") @Nullable String contentType,
    @JsonProperty("c") @Nullable String cacheControl,
    @JsonProperty("u") boolean undressed) {
  private static final String CACHE_CONTROL = "user.supabase.cache-control";

  static TargetObject listed(String path, BucketObject object) {
    return new TargetObject(
        path,
        object.key(),
        object.sizeBytes(),
        object.etag(),
        object.modified().getEpochSecond(),
        null,
        null,
        null,
        false);
  }

  /** One that was put; what the bucket says of it counts, but for what was not given. */
  static TargetObject put(
      String path, NewObject object, FoundObject found, PutObject put, boolean undressed) {
    return new TargetObject(
        path,
        object.key(),
        found.sizeBytes(),
        found.etag(),
        0,
        put.md5(),
        object.contentType() == null ? null : found.contentType(),
        object.cacheControl() == null ? null : found.cacheControl(),
        undressed);
  }

  /** The same, in another order. */
  TargetObject at(String place) {
    return new TargetObject(
        place, key, size, etag, modified, md5, contentType, cacheControl, undressed);
  }

  /** Of all its texts. */
  int letters() {
    return Stream.of(path, key, etag, md5, contentType, cacheControl)
        .filter(Objects::nonNull)
        .mapToInt(String::length)
        .sum();
  }

  /** What an object is called by the attributes of its file. */
  static @Nullable String type(Map<String, byte[]> attributes) {
    return text(attributes.get(FoundBytes.TYPE));
  }

  /** How long it may be kept by who gets it. */
  static @Nullable String cache(Map<String, byte[]> attributes) {
    return text(attributes.get(CACHE_CONTROL));
  }

  private static @Nullable String text(byte @Nullable [] value) {
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  /** Whether it is what it was when it was listed before. */
  boolean isStill(TargetObject before) {
    return key.equals(before.key)
        && size == before.size
        && etag.equals(before.etag)
        && modified == before.modified;
  }

  /** As the file that it would be. */
  FileEntry entry() {
    return new FileEntry(
        path, FileEntry.Type.FILE, 0, 0, 0, size, 0, null, null, null, dress(Map.of()), null, null);
  }

  /** The same, beside what was noted of its file: what a bucket does not keep is as it was. */
  FileEntry entry(FileEntry noted) {
    return entry(
        noted,
        undressed
            ? noted.attributes()
            : dress(Objects.requireNonNullElse(noted.attributes(), Map.of())));
  }

  /** The same of one that was only listed: no more is known of it than its size. */
  FileEntry sized(FileEntry noted) {
    return entry(noted, noted.attributes());
  }

  private FileEntry entry(FileEntry noted, @Nullable Map<String, String> attributes) {
    return new FileEntry(
        path,
        FileEntry.Type.FILE,
        noted.mode(),
        noted.uid(),
        noted.gid(),
        size,
        noted.modified(),
        null,
        null,
        noted.sameAs(),
        attributes,
        null,
        null);
  }

  private @Nullable Map<String, String> dress(Map<String, String> others) {
    var attributes = new TreeMap<>(others);
    attributes.remove(FoundBytes.TYPE);
    attributes.remove(CACHE_CONTROL);
    if (contentType != null) {
      attributes.put(FoundBytes.TYPE, digest(contentType));
    }
    if (cacheControl != null) {
      attributes.put(CACHE_CONTROL, digest(cacheControl));
    }
    return attributes.isEmpty() ? null : attributes;
  }

  private static String digest(String value) {
    return FileTree.digest(value.getBytes(StandardCharsets.UTF_8));
  }

  /** Of a file of them. */
  static ObjectFile.Reader<TargetObject> read(Path file) throws IOException {
    return new ObjectFile.Reader<>(file, TargetObject.class);
  }
}
