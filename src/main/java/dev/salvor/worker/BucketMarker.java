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
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object in a bucket that is being restored to, as {@link FolderMarker} is a file. It lies
 * beside all tenants: what is below one is Storage's, and is kept and compared as such.
 *
 * @param note for whoever finds it
 * @param request uid of the request
 * @param safetyPoint null: nothing was replaced, or losing it was acknowledged
 * @param key of the object that is being put in parts; null: none is
 * @param upload by which what was sent of it can be taken back
 */
@Model
record BucketMarker(
    String note,
    String request,
    @Nullable String safetyPoint,
    @Nullable String key,
    @Nullable String upload) {
  private static final String NOTE =
      "salvor restores into this bucket; when it is done, this object goes";

  static BucketMarker of(String request, @Nullable String safetyPoint) {
    return new BucketMarker(NOTE, request, safetyPoint, null, null);
  }

  /** The same, while an object is put in parts. */
  BucketMarker during(@Nullable String object, @Nullable String id) {
    return new BucketMarker(note, request, safetyPoint, object, id);
  }

  static String key(String tenant) {
    return ".salvor-restore/" + tenant + ".json";
  }

  /** Whosever it is; empty where there is none, or one that was altered. */
  static Optional<BucketMarker> read(BucketWriter writer, String tenant) {
    var bytes = writer.read(key(tenant));
    if (bytes == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.mapper().readValue(bytes, BucketMarker.class));
    } catch (IOException altered) {
      return Optional.empty();
    }
  }

  void write(BucketWriter writer, String tenant) {
    put(writer, key(tenant));
  }

  /**
   * Sees to it that these keys may put and delete, where that leaves nothing behind.
   *
   * @throws EngineException as {@link BucketWriter}
   */
  void probe(BucketWriter writer, String tenant) {
    var key = key(tenant) + ".probe";
    put(writer, key);
    writer.delete(key);
  }

  private void put(BucketWriter writer, String key) {
    var bytes = json().getBytes(StandardCharsets.UTF_8);
    try {
      writer.put(
          new NewObject(key, bytes.length, "application/json", null),
          new ByteArrayInputStream(bytes),
          more -> {},
          id -> {});
    } catch (IOException impossible) {
      throw new EngineException(Reason.INTERNAL_ERROR, "a marker cannot be read", impossible);
    }
  }

  /** Idempotent. */
  static void remove(BucketWriter writer, String tenant) {
    writer.delete(key(tenant));
  }

  private String json() {
    try {
      return Json.mapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a marker cannot be written", e);
    }
  }
}
