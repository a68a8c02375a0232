package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Fills in what the schema gives where the manifest says nothing, as the API server does. */
final class Defaults {
  private Defaults() {}

  /**
   * Changes the value in place: give it a copy. A field that is null counts as not given (the API
   * server drops it), and the defaults within a default are filled in too.
   */
  static void fill(StructuralSchema schema, JsonNode value) {
    switch (value) {
      case ObjectNode object -> fillObject(schema, object);
      case JsonNode array when array.isArray() && schema.items() != null -> {
        for (var item : array) {
          fill(schema.items(), item);
        }
      }
      default -> {}
    }
  }

  private static void fillObject(StructuralSchema schema, ObjectNode object) {
    schema
        .properties()
        .forEach(
            (name, property) -> {
              if (object.path(name).isNull()) {
                object.remove(name);
              }
              if (!object.has(name) && property.defaultValue() != null) {
                object.set(name, property.defaultValue().deepCopy());
              }
              if (object.has(name)) {
                fill(property, object.get(name));
              }
            });
  }
}
