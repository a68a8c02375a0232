package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks one resource with the generated CRD of its kind, in the order of the API server: unknown
 * fields, null fields dropped, defaults, structure, and last the rules (CEL), which may rely on the
 * structure. The status of a manifest is ignored, as a cluster ignores it on apply.
 */
public final class ManifestSchema {
  /** Plural names of the kinds: the names of the CRDs' files carry them. */
  private static final Map<String, String> KINDS =
      Map.of(
          "BackupStore", "backupstores",
          "BackupPolicy", "backuppolicies",
          "BackupRequest", "backuprequests",
          "RestoreRequest", "restorerequests");

  private static final String GROUP = "salvor.dev";

  private final String apiVersion;
  private final Map<String, StructuralSchema> specs;
  private final CelRules rules = new CelRules();

  private ManifestSchema(String apiVersion, Map<String, StructuralSchema> specs) {
    this.apiVersion = apiVersion;
    this.specs = specs;
  }

  /** The schemas that are packaged with this program. */
  public static ManifestSchema packaged() {
    var specs = new LinkedHashMap<String, StructuralSchema>();
    var versions = new LinkedHashMap<String, String>();
    KINDS.forEach(
        (kind, plural) -> {
          var definition = definition("/dev/salvor/crds/" + GROUP + "_" + plural + ".yaml");
          var version = definition.at("/spec/versions/0");
          versions.put(kind, GROUP + "/" + version.path("name").asText());
          specs.put(
              kind, StructuralSchema.parse(version.at("/schema/openAPIV3Schema/properties/spec")));
        });
    var distinct = Set.copyOf(versions.values());
    if (distinct.size() != 1) {
      throw new IllegalStateException("the kinds have several versions: " + distinct);
    }
    return new ManifestSchema(distinct.iterator().next(), Map.copyOf(specs));
  }

  private static JsonNode definition(String name) {
    try (var stream = ManifestSchema.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException(name + " is not packaged");
      }
      return Json.yaml().readTree(stream);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Whether the kind is one of Salvor's. */
  public boolean knows(String kind) {
    return specs.containsKey(kind);
  }

  /**
   * What a check gave.
   *
   * @param resource a copy with defaults and without status; only to be used if nothing is refused
   */
  public record Checked(ObjectNode resource, List<Violation> violations) {
    public Checked {
      violations = List.copyOf(violations);
    }
  }

  /**
   * Checks a resource.
   *
   * @param resource as written; it is not changed
   * @param previous the version before this one, for the rules about changes; null if it is new
   */
  public Checked check(JsonNode resource, @Nullable JsonNode previous) {
    var copy = wanted(resource);
    var violations = new ArrayList<>(Metadata.violations(resource));
    var schema = schema(resource, violations);
    if (schema == null || !resource.isObject()) {
      return new Checked(copy, violations);
    }
    for (var field : resource.properties()) {
      if (!Set.of("apiVersion", "kind", "metadata", "spec", "status").contains(field.getKey())) {
        violations.add(new Violation(field.getKey(), "unknown field"));
      }
    }
    var spec = copy.get("spec");
    if (spec == null || spec.isNull()) {
      violations.add(new Violation("spec", "Required value"));
      return new Checked(copy, violations);
    }
    Defaults.fill(schema, spec);
    violations.addAll(StructuralCheck.of(schema, spec, "spec"));
    if (violations.isEmpty()) {
      violations.addAll(rules.violations(schema, spec, previousSpec(schema, previous), "spec"));
    }
    return new Checked(copy, violations);
  }

  /**
   * Without status, and of the metadata only what is a person's to write: the rest is the host's
   * own, and a manifest copied from a cluster brings it along.
   */
  private static ObjectNode wanted(JsonNode resource) {
    var copy = Json.mapper().createObjectNode();
    if (resource instanceof ObjectNode object) {
      copy.setAll(object.deepCopy());
    }
    copy.remove("status");
    if (copy.get("metadata") instanceof ObjectNode metadata) {
      metadata.retain("name", "namespace", "labels", "annotations");
    }
    return copy;
  }

  private @Nullable StructuralSchema schema(JsonNode resource, List<Violation> violations) {
    var schema = specs.get(resource.path("kind").asText());
    if (schema == null) {
      violations.add(new Violation("kind", "no such kind"));
    } else if (!resource.path("apiVersion").asText().equals(apiVersion)) {
      violations.add(new Violation("apiVersion", "must be " + apiVersion));
    }
    return schema;
  }

  private static @Nullable JsonNode previousSpec(
      StructuralSchema schema, @Nullable JsonNode previous) {
    if (previous == null || !previous.path("spec").isObject()) {
      return null;
    }
    var spec = previous.get("spec").deepCopy();
    Defaults.fill(schema, spec);
    return spec;
  }
}
