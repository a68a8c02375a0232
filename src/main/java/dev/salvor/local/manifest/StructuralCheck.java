package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.local.manifest.StructuralSchema.Bounds;
import dev.salvor.local.manifest.StructuralSchema.ListType;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Compares a value with a {@link StructuralSchema}. Says every violation, in the order of the
 * document, in the words of the API server where it has words for it.
 */
final class StructuralCheck {
  private final List<Violation> violations = new ArrayList<>();

  private StructuralCheck() {}

  static List<Violation> of(StructuralSchema schema, JsonNode value, String path) {
    var check = new StructuralCheck();
    check.value(schema, value, path);
    return List.copyOf(check.violations);
  }

  private void value(StructuralSchema schema, JsonNode value, String path) {
    switch (schema.type()) {
      case OBJECT -> {
        if (expect(value.isObject(), "object", path)) {
          object(schema, value, path);
        }
      }
      case ARRAY -> {
        if (expect(value.isArray(), "array", path)) {
          array(schema, value, path);
        }
      }
      case STRING -> {
        if (expect(value.isTextual(), "string", path)) {
          string(schema, value.asText(), path);
        }
      }
      case INTEGER -> {
        if (expect(isWhole(value), "integer", path)) {
          integer(schema, value.decimalValue(), path);
        }
      }
      case BOOLEAN -> expect(value.isBoolean(), "boolean", path);
    }
  }

  /** As in the API server, 3.0 is a whole number. */
  private static boolean isWhole(JsonNode value) {
    return value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
  }

  private boolean expect(boolean matches, String type, String path) {
    if (!matches) {
      refuse(path, "must be of type " + type);
    }
    return matches;
  }

  private void object(StructuralSchema schema, JsonNode value, String path) {
    count(schema.bounds(), value.size(), path, "properties");
    for (var name : schema.required()) {
      if (!value.has(name)) {
        refuse(path + "." + name, "Required value");
      }
    }
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      var property = schema.properties().get(field.getKey());
      var fieldSchema = property == null ? schema.values() : property;
      if (fieldSchema == null) {
        refuse(path + "." + field.getKey(), "unknown field");
      } else {
        value(fieldSchema, field.getValue(), path + "." + field.getKey());
      }
    }
  }

  private void array(StructuralSchema schema, JsonNode value, String path) {
    count(schema.bounds(), value.size(), path, "items");
    var items = schema.items();
    if (items == null) {
      throw new IllegalStateException("the schema of " + path + " has no items");
    }
    var seen = new HashSet<Object>();
    for (int index = 0; index < value.size(); index++) {
      var item = value.get(index);
      var itemPath = path + "[" + index + "]";
      value(items, item, itemPath);
      if (schema.listType() != ListType.ATOMIC && !seen.add(identity(schema, item))) {
        refuse(itemPath, "Duplicate value");
      }
    }
  }

  private static Object identity(StructuralSchema schema, JsonNode item) {
    return schema.listType() == ListType.SET
        ? item
        : schema.mapKeys().stream().map(item::path).toList();
  }

  /** The first of its violations is enough: a text that is too short seldom matches a pattern. */
  private void string(StructuralSchema schema, String text, String path) {
    var bounds = schema.bounds();
    var pattern = schema.pattern();
    var length = text.codePointCount(0, text.length());
    if (bounds.most() != null && length > bounds.most()) {
      refuse(path, "may not be more than " + bounds.most() + " characters long");
    } else if (bounds.least() != null && length < bounds.least()) {
      refuse(path, "should be at least " + bounds.least() + " chars long");
    } else if (pattern != null && !pattern.matcher(text).find()) {
      refuse(path, "should match '" + pattern.pattern() + "'");
    } else if ("date-time".equals(schema.format()) && !isTime(text)) {
      refuse(path, "must be of type date-time");
    } else if (!schema.allowed().isEmpty() && !schema.allowed().contains(text)) {
      var allowed = String.join("\", \"", schema.allowed());
      refuse(path, "Unsupported value: supported values: \"" + allowed + "\"");
    }
  }

  private static boolean isTime(String text) {
    try {
      OffsetDateTime.parse(text);
      return true;
    } catch (DateTimeParseException refused) {
      return false;
    }
  }

  private void integer(StructuralSchema schema, BigDecimal number, String path) {
    var bounds = schema.bounds();
    var widest = "int32".equals(schema.format()) ? Integer.MAX_VALUE : Long.MAX_VALUE;
    var least = bounds.least() == null ? -widest - 1 : bounds.least();
    var most = bounds.most() == null ? widest : bounds.most();
    if (number.compareTo(BigDecimal.valueOf(least)) < 0) {
      refuse(path, "should be greater than or equal to " + least);
    }
    if (number.compareTo(BigDecimal.valueOf(most)) > 0) {
      refuse(path, "should be less than or equal to " + most);
    }
  }

  private void count(Bounds bounds, int size, String path, String what) {
    if (bounds.most() != null && size > bounds.most()) {
      refuse(path, "must have at most " + bounds.most() + " " + what);
    }
    if (bounds.least() != null && size < bounds.least()) {
      refuse(path, "should have at least " + bounds.least() + " " + what);
    }
  }

  private void refuse(String path, String message) {
    violations.add(new Violation(path, message));
  }
}
