package dev.salvor.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.TreeSet;

/** Whether a CRD of a cluster is the one that this program knows. Pure. */
final class CrdCheck {
  private static final int NAMED = 5;

  private CrdCheck() {}

  /**
   * Compares by fields: an API server silently drops what its CRD does not know.
   *
   * @param installed null node: there is none
   */
  static Finding of(String plural, JsonNode installed, JsonNode packaged) {
    var what = "CRD " + plural;
    if (installed.isMissingNode()) {
      return Finding.broken(
          what, "is not installed", "Install Salvor: the chart brings its CRDs, so does crds/.");
    }
    var missing = fields(packaged);
    var there = fields(installed);
    var newer = new TreeSet<>(there);
    newer.removeAll(missing);
    missing.removeAll(there);
    if (!missing.isEmpty()) {
      return Finding.broken(
          what,
          "is older than this program: it lacks " + some(missing),
          "Update the CRDs; until then the API server drops these fields without a word.");
    }
    if (!newer.isEmpty()) {
      return Finding.warning(
          what,
          "is newer than this program: it also has " + some(newer),
          "Update this program; it shows these fields but does not know them.");
    }
    return Finding.good(what, "is there and of this version");
  }

  private static String some(Set<String> fields) {
    var names = fields.stream().limit(NAMED).toList();
    return String.join(", ", names) + (fields.size() > NAMED ? ", ..." : "");
  }

  private static Set<String> fields(JsonNode definition) {
    var fields = new TreeSet<String>();
    definition
        .at("/spec/versions")
        .valueStream()
        .filter(version -> version.path("name").asText().equals("v1alpha1"))
        .forEach(version -> collect(version.at("/schema/openAPIV3Schema"), "", fields));
    return fields;
  }

  private static void collect(JsonNode schema, String path, Set<String> fields) {
    schema
        .path("properties")
        .propertyStream()
        .forEach(
            property -> {
              var name = path.isEmpty() ? property.getKey() : path + "." + property.getKey();
              fields.add(name);
              collect(property.getValue(), name, fields);
            });
    if (schema.has("items")) {
      collect(schema.path("items"), path + "[]", fields);
    }
  }
}
