package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketWriter;
import dev.salvor.engine.objectstore.NewObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object in a bucket that is being restored to, as {@link FolderMarker} is a file. It lies
 * beside all tenants: what is below one is Storage's, and is kept and compared as such.
 *
 * @param note for whoever finds it
 * @param request uid of the request
 * @param run that wrote it; null: one of an earlier build did
 * @param safetyPoint null: nothing was replaced, or losing it was acknowledged
 * @param key of the object that is being put in parts; null: none is
 * @param upload by which what was sent of it can be taken back
 */
@Model
record BucketMarker(
    String note,
    String request,
    @Nullable String run,
    @Nullable String safetyPoint,
    @Nullable String key,
    @Nullable String upload) {
  private static final String NOTE =
      "salvor restores into this bucket; when it is done, this object goes";

  BucketMarker {
    Objects.requireNonNull(request);
  }

  static BucketMarker of(String request, @Nullable String safetyPoint) {
    return new BucketMarker(NOTE, request, null, safetyPoint, null, null);
  }

  /**
   * One as it lies there, whosever it is.
   *
   * @param marker null: it was altered, or is of a build that writes others
   */
  record Found(@Nullable BucketMarker marker, String etag) {}

  /** The same, of a run: no two write the same. */
  BucketMarker by(String its) {
    return new BucketMarker(note, request, its, safetyPoint, key, upload);
  }

  /** The same, while an object is put in parts. */
  BucketMarker during(@Nullable String object, @Nullable String id) {
    return new BucketMarker(note, request, run, safetyPoint, object, id);
  }

  static String key(String tenant) {
    return ".salvor-restore/" + tenant + ".json";
  }

  /** Empty where there is none. */
  static Optional<Found> read(BucketWriter writer, String tenant) {
    return writer.read(key(tenant)).map(there -> new Found(parsed(there.text()), there.etag()));
  }

  private static @Nullable BucketMarker parsed(String text) {
    try {
      return Json.mapper().readValue(text, BucketMarker.class);
    } catch (IOException altered) {
      return null;
    }
  }

  /**
   * Writes it where none is, or over one, and leaves any other: {@link BucketWriter#putOver}.
   *
   * @param before null: none is there
   */
  void write(BucketWriter writer, String tenant, @Nullable Found before) {
    var bytes = bytes();
    writer.putOver(object(key(tenant), bytes), bytes, before == null ? null : before.etag());
  }

  /**
   * Sees to it that these keys may put and delete, where that leaves nothing behind.
   *
   * @throws EngineException as {@link BucketWriter}
   */
  void probe(BucketWriter writer, String tenant) {
    var key = key(tenant) + ".probe";
    var bytes = bytes();
    try {
      writer.put(object(key, bytes), new ByteArrayInputStream(bytes), more -> {}, id -> {});
    } catch (IOException impossible) {
      throw new EngineException(Reason.INTERNAL_ERROR, "a marker cannot be read", impossible);
    }
    writer.delete(key);
  }

  private static NewObject object(String key, byte[] bytes) {
    return new NewObject(key, bytes.length, "application/json", null);
  }

  /** Idempotent. */
  static void remove(BucketWriter writer, String tenant) {
    writer.delete(key(tenant));
  }

  private byte[] bytes() {
    try {
      return Json.mapper().writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a marker cannot be written", e);
    }
  }
}
