package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import dev.salvor.local.manifest.SecretValue.Written;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a plain Secret. No message holds a value. */
final class SecretReader {
  /** As apimachinery's IsConfigMapKey. */
  private static final Pattern KEY = Pattern.compile("^[-._a-zA-Z0-9]+$");

  private static final int KEY_LENGTH = 253;
  private static final Set<String> FIELDS =
      Set.of("apiVersion", "kind", "metadata", "type", "immutable", "data", "stringData");

  /**
   * Of an annotation that says where the key of that name is taken from. A cluster's API server
   * takes it too, and means nothing by it.
   */
  private static final String FROM = "from.salvor.dev/";

  private final List<Violation> violations = new ArrayList<>();
  private final Map<String, SecretValue> values = new HashMap<>();

  private SecretReader() {}

  /** The values, or what is refused. */
  record Secret(Map<String, SecretValue> values, List<Violation> violations) {
    @Override
    public String toString() {
      return "Secret" + values.keySet() + violations;
    }
  }

  static Secret read(JsonNode resource) {
    var reader = new SecretReader();
    reader.violations.addAll(Metadata.violations(resource));
    for (var field : resource.properties()) {
      if (!FIELDS.contains(field.getKey())) {
        reader.refuse(field.getKey(), "unknown field");
      }
    }
    reader.entries(resource, "data");
    reader.entries(resource, "stringData"); // second: it wins, as in a cluster
    reader.places(resource.path("metadata").path("annotations"));
    return new Secret(reader.values, List.copyOf(reader.violations));
  }

  private void entries(JsonNode resource, String field) {
    var entries = resource.path(field);
    if (entries.isMissingNode() || entries.isNull()) {
      return;
    }
    if (!entries.isObject()) {
      refuse(field, "must be of type object");
      return;
    }
    for (var entry : entries.properties()) {
      entry(field, entry.getKey(), entry.getValue());
    }
  }

  private void entry(String field, String key, JsonNode value) {
    var path = field + "[" + key + "]";
    if (key.length() > KEY_LENGTH || !KEY.matches(key)) {
      refuse(path, "a valid key must consist of alphanumeric characters, '-', '_' or '.'");
    } else if (!value.isTextual()) {
      refuse(path, "must be of type string: quote it");
    } else if (field.equals("stringData")) {
      values.put(key, new Written(value.asText().getBytes(StandardCharsets.UTF_8)));
    } else {
      decode(path, key, value.asText());
    }
  }

  private void decode(String path, String key, String text) {
    try {
      // Kubernetes takes line breaks within base64, as `base64` writes them.
      values.put(key, new Written(Base64.getDecoder().decode(text.replaceAll("[\r\n]", ""))));
    } catch (IllegalArgumentException broken) {
      refuse(path, "must be base64: plain text belongs into stringData");
    }
  }

  private void places(JsonNode annotations) {
    for (var annotation : annotations.properties()) {
      if (annotation.getKey().startsWith(FROM)) {
        place(annotation.getKey(), annotation.getValue().asText());
      }
    }
  }

  private void place(String annotation, String text) {
    var path = "metadata.annotations[" + annotation + "]";
    var key = annotation.substring(FROM.length());
    var place = SecretValue.named(text);
    if (place.isEmpty()) {
      refuse(path, "must be file:/an/absolute/path or env:A_VARIABLE");
    } else if (values.putIfAbsent(key, place.get()) != null) {
      refuse(path, "'" + key + "' is also written in data or stringData: keep one of them");
    }
  }

  private void refuse(String path, String message) {
    violations.add(new Violation(path, message));
  }
}
