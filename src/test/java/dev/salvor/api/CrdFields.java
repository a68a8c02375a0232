package dev.salvor.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The fields of a schema, flat, in the order in which the schema has them. */
final class CrdFields {
  private final List<Field> fields = new ArrayList<>();

  private CrdFields() {}

  /**
   * A field.
   *
   * @param path such as {@code spec.verification.checks[].name}; {@code {}} stands for any key
   */
  record Field(String path, JsonNode schema, Presence presence) {
    String type() {
      return schema.path("type").asText();
    }

    /** Items of a list and values of a map have no description of their own. */
    boolean isElement() {
      return path.endsWith("]") || path.endsWith("}");
    }
  }

  enum Presence {
    REQUIRED,
    OPTIONAL
  }

  /** All below the schema, without itself. */
  static List<Field> below(JsonNode schema, String path) {
    var all = new CrdFields();
    all.children(schema, path);
    return all.fields;
  }

  private void children(JsonNode schema, String path) {
    var required = schema.path("required").valueStream().map(JsonNode::asText).toList();
    for (var property : schema.path("properties").properties()) {
      var presence = required.contains(property.getKey()) ? Presence.REQUIRED : Presence.OPTIONAL;
      add(property.getValue(), path + "." + property.getKey(), presence);
    }
    if (schema.has("items")) {
      add(schema.get("items"), path + "[]", Presence.OPTIONAL);
    }
    if (schema.has("additionalProperties")) {
      add(schema.get("additionalProperties"), path + "{}", Presence.OPTIONAL);
    }
  }

  private void add(JsonNode schema, String path, Presence presence) {
    fields.add(new Field(path, schema, presence));
    children(schema, path);
  }
}
