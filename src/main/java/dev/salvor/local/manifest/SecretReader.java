package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
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

  private final List<Violation> violations = new ArrayList<>();
  private final Map<String, byte[]> values = new HashMap<>();

  private SecretReader() {}

  /** The values, or what is refused. */
  record Secret(Map<String, byte[]> values, List<Violation> violations) {
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
      values.put(key, value.asText().getBytes(StandardCharsets.UTF_8));
    } else {
      decode(path, key, value.asText());
    }
  }

  private void decode(String path, String key, String text) {
    try {
      // Kubernetes takes line breaks within base64, as `base64` writes them.
      values.put(key, Base64.getDecoder().decode(text.replaceAll("[\r\n]", "")));
    } catch (IllegalArgumentException broken) {
      refuse(path, "must be base64: plain text belongs into stringData");
    }
  }

  private void refuse(String path, String message) {
    violations.add(new Violation(path, message));
  }
}
