package dev.salvor.local.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.local.manifest.ResourceKey;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A resource as an API server would hold it: the manifest with the schema's defaults, the metadata
 * that a server gives, and the status. The JSON is what {@code salvor get -o json} prints.
 */
public record StoredResource(ResourceKey key, ObjectNode json) {
  private static final String UNSEEN = "{\"observedGeneration\": -1}";

  public StoredResource {
    json = asReadBack(json);
  }

  /** As it would be read back: 1 of a long and 1 of an int are the same, and so is all else. */
  public static ObjectNode asReadBack(ObjectNode json) {
    try {
      return (ObjectNode) Json.mapper().readTree(Json.mapper().writeValueAsBytes(json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A resource that was just seen.
   *
   * @param manifest accepted by the schema, defaults filled in
   * @param uid never given twice: one that was removed and added again is another
   */
  static StoredResource first(ResourceKey key, ObjectNode manifest, String uid, String created) {
    var json = manifest.deepCopy();
    var metadata = json.withObject("/metadata");
    metadata.put("namespace", key.namespace());
    metadata.put("name", key.name());
    metadata.put("uid", uid);
    metadata.put("generation", 1L);
    metadata.put("creationTimestamp", created);
    json.set("status", unseen());
    return new StoredResource(key, json);
  }

  /** A manifest that was refused before any version of it was accepted: only its status is kept. */
  static StoredResource refused(ResourceKey key, String apiVersion) {
    var json = Json.mapper().createObjectNode();
    json.put("apiVersion", apiVersion);
    json.put("kind", key.kind());
    json.putObject("metadata").put("namespace", key.namespace()).put("name", key.name());
    json.set("status", unseen());
    return new StoredResource(key, json);
  }

  /** Whether a version of it was ever accepted. */
  public boolean accepted() {
    return json.path("metadata").hasNonNull("uid");
  }

  public String uid() {
    return json.path("metadata").path("uid").asText();
  }

  public long generation() {
    return json.path("metadata").path("generation").asLong();
  }

  public JsonNode status() {
    return json.path("status");
  }

  /** The next version: the generation rises if the spec is another, labels and the like do not. */
  StoredResource with(ObjectNode manifest) {
    var next =
        first(key, manifest, uid(), json.path("metadata").path("creationTimestamp").asText());
    var raise = next.json.path("spec").equals(json.path("spec")) ? 0 : 1;
    next.json.withObject("/metadata").put("generation", generation() + raise);
    next.json.set("status", status());
    return new StoredResource(key, next.json); // as it would be read back
  }

  StoredResource withStatus(ObjectNode status) {
    var next = json.deepCopy();
    next.set("status", status);
    return new StoredResource(key, next);
  }

  /**
   * Reads it as its type.
   *
   * @throws IllegalStateException if it is not of that type
   */
  public <R> R as(Class<R> type) {
    try {
      return Json.mapper().treeToValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(key + " cannot be read as " + type.getSimpleName(), e);
    }
  }

  private static JsonNode unseen() {
    try {
      return Json.mapper().readTree(UNSEEN);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
