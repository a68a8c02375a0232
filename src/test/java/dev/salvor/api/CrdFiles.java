package dev.salvor.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The CRDs of a folder, by the name of their file. */
final class CrdFiles {
  private CrdFiles() {}

  /** Those of the tree. */
  static Map<String, JsonNode> current() {
    return read(Path.of("crds"));
  }

  static JsonNode current(Class<?> kind) {
    var file = GenerateCrds.fileName(kind);
    var definition = current().get(file);
    if (definition == null) {
      throw new IllegalStateException("crds/" + file + " is missing");
    }
    return definition;
  }

  static Map<String, JsonNode> read(Path folder) {
    var definitions = new TreeMap<String, JsonNode>();
    try (var files = Files.newDirectoryStream(folder, "*.yaml")) {
      for (var file : files) {
        definitions.put(
            String.valueOf(file.getFileName()), Json.yaml().readTree(Files.readString(file)));
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return definitions;
  }

  /** The schema of a kind's spec or status. */
  static JsonNode part(JsonNode definition, String name) {
    return definition.at("/spec/versions/0/schema/openAPIV3Schema/properties/" + name);
  }
}
