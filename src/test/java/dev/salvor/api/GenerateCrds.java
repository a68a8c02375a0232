package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Plural;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes {@code crds/} from the types. {@code ./test} runs it and fails when the tree changes.
 *
 * <p>What fabric8's generator cannot say is added to its schemas here: columns in the order in
 * which the type lists them (it sorts them by path), the format of integers, which lists are sets
 * or maps, and a description of the kind.
 */
public final class GenerateCrds {
  /** In the order in which a reader meets them. */
  static final List<Class<? extends CustomResource<?, ?>>> KINDS =
      List.of(BackupStore.class, BackupPolicy.class, BackupRequest.class, RestoreRequest.class);

  private static final String HEADER =
      "# Written by GenerateCrds from the types in dev.salvor.api. Do not edit.\n";

  private static final ObjectMapper YAML =
      new ObjectMapper(
          new YAMLFactory()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS));

  private GenerateCrds() {}

  public static void main(String[] arguments) throws IOException {
    var folder = Path.of(arguments[0]);
    for (var file : render().entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
  }

  /** The text of each file, by its name. */
  @SuppressWarnings({
    "unchecked",
    "rawtypes"
  }) // the generator takes an array of classes of a generic type
  static Map<String, String> render() throws IOException {
    var raw = Files.createTempDirectory("crds");
    try {
      new CRDGenerator()
          .customResourceClasses(KINDS.toArray(Class[]::new))
          .forCRDVersions("v1")
          .inOutputDir(raw.toFile())
          .detailedGenerate();
      return KINDS.stream()
          .collect(
              Collectors.toMap(
                  GenerateCrds::fileName, kind -> finish(kind, raw), (a, b) -> a, TreeMap::new));
    } finally {
      try (var files = Files.list(raw)) {
        for (var file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(raw);
    }
  }

  static String fileName(Class<?> kind) {
    return Names.GROUP + "_" + plural(kind) + ".yaml";
  }

  private static String plural(Class<?> kind) {
    return kind.getAnnotation(Plural.class).value();
  }

  private static String finish(Class<?> kind, Path raw) {
    try {
      var file = raw.resolve(plural(kind) + "." + Names.GROUP + "-v1.yml");
      var definition = (ObjectNode) YAML.readTree(Files.readString(file));
      var version = (ObjectNode) definition.at("/spec/versions/0");
      version.set("additionalPrinterColumns", columnsInOrder(kind));
      var schema = (ObjectNode) version.at("/schema/openAPIV3Schema");
      schema.put("description", kind.getAnnotation(JsonClassDescription.class).value());
      var types = ((ParameterizedType) kind.getGenericSuperclass()).getActualTypeArguments();
      finishSchema((ObjectNode) schema.at("/properties/spec"), types[0], Part.SPEC);
      finishSchema((ObjectNode) schema.at("/properties/status"), types[1], Part.STATUS);
      return HEADER + YAML.writeValueAsString(definition);
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException("the generator wrote no YAML for " + kind, broken);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static ArrayNode columnsInOrder(Class<?> kind) {
    var columns = YAML.createArrayNode();
    for (var column : kind.getAnnotationsByType(AdditionalPrinterColumn.class)) {
      var node = columns.addObject().put("name", column.name());
      node.put("type", column.type().getValue()).put("jsonPath", column.jsonPath());
      if (column.priority() > 0) {
        node.put("priority", column.priority());
      }
    }
    return columns;
  }

  private enum Part {
    SPEC,
    STATUS
  }

  private static void finishSchema(ObjectNode schema, Type type, Part part) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      var item = list.getActualTypeArguments()[0];
      var items = (ObjectNode) schema.get("items");
      finishList(schema, items, part);
      finishSchema(items, item, part);
    } else if (type == Long.class || type == Integer.class) {
      schema.put("format", type == Long.class ? "int64" : "int32");
      wholeBound(schema, "minimum");
      wholeBound(schema, "maximum");
    } else if (type instanceof Class<?> constants && constants.isEnum() && part == Part.STATUS) {
      // An operator may be newer than the CRDs of its cluster (Helm does not upgrade them), and one
      // reason that they do not list would have the whole status refused.
      schema.remove("enum");
    } else if (type instanceof Class<?> record && record.isRecord()) {
      Arrays.stream(record.getRecordComponents())
          .forEach(component -> finishComponent(schema, component, part));
    }
  }

  /** The generator writes the bounds of whole numbers as 1.0 and 1.0E8. */
  private static void wholeBound(ObjectNode schema, String keyword) {
    if (schema.has(keyword)) {
      schema.put(keyword, schema.get(keyword).decimalValue().longValueExact());
    }
  }

  private static void finishComponent(ObjectNode schema, RecordComponent component, Part part) {
    var property = (ObjectNode) schema.path("properties").get(component.getName());
    if (property == null) {
      throw new IllegalStateException(component + " has no property in the schema");
    }
    finishSchema(property, component.getGenericType(), part);
    if (component.isAnnotationPresent(Words.class)) {
      property.put("x-kubernetes-list-type", "atomic");
    }
  }

  /**
   * A list of names in a spec is a set, since the same one twice is a mistake; a list of objects
   * with a required {@code name} is a map by it, as conditions are by their type. All others, and
   * the {@link Words} of a command, are one value. Equality in CEL follows: the order of a set does
   * not count.
   */
  private static void finishList(ObjectNode schema, ObjectNode items, Part part) {
    var required = items.path("required").valueStream().map(JsonNode::asText).toList();
    var condition = required.contains("type") && required.contains("lastTransitionTime");
    if (items.path("type").asText().equals("string") && part == Part.SPEC) {
      schema.put("x-kubernetes-list-type", "set");
    } else if (condition || (required.contains("name") && part == Part.SPEC)) {
      schema.put("x-kubernetes-list-type", "map");
      schema.putArray("x-kubernetes-list-map-keys").add(condition ? "type" : "name");
    } else {
      schema.put("x-kubernetes-list-type", "atomic");
    }
  }
}
