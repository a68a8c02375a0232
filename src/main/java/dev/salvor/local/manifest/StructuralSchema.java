package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One node of a CRD's structural schema: the small, closed part of OpenAPI v3 that Kubernetes
 * allows there and that Salvor's CRDs use. A keyword that is not known here is an error when the
 * schema is read, so that no bound is silently not checked.
 *
 * <p>Patterns are RE2, as in the API server: they take linear time, and {@code $} does not match
 * before a last line break as it does in Java's own.
 *
 * @param properties fields of an object, empty for others
 * @param values schema of the values of a map, null for others
 * @param items schema of the items of an array, null for others
 * @param mapKeys fields by which the items of an array are told apart; empty where the array is not
 *     a map
 */
record StructuralSchema(
    Type type,
    Map<String, StructuralSchema> properties,
    Set<String> required,
    @Nullable StructuralSchema values,
    @Nullable StructuralSchema items,
    ListType listType,
    List<String> mapKeys,
    Bounds bounds,
    @Nullable Pattern pattern,
    @Nullable String format,
    Set<String> allowed,
    @Nullable JsonNode defaultValue,
    List<Rule> rules) {

  enum Type {
    OBJECT,
    ARRAY,
    STRING,
    INTEGER,
    BOOLEAN
  }

  /** What tells the items of an array apart. */
  enum ListType {
    ATOMIC,
    SET,
    MAP
  }

  /** The lower and upper bound of a length, a count or a number; null where there is none. */
  record Bounds(@Nullable Long least, @Nullable Long most) {}

  /** A rule in CEL and what is said when it does not hold. */
  record Rule(String expression, String message) {}

  private static final Set<String> KEYWORDS =
      Set.of(
          "additionalProperties",
          "default",
          "description",
          "enum",
          "format",
          "items",
          "maxItems",
          "maxLength",
          "maxProperties",
          "maximum",
          "minItems",
          "minLength",
          "minProperties",
          "minimum",
          "pattern",
          "properties",
          "required",
          "type",
          "x-kubernetes-list-map-keys",
          "x-kubernetes-list-type",
          "x-kubernetes-validations");

  /**
   * Reads a schema.
   *
   * @throws IllegalArgumentException if it uses a keyword, type or format that is not checked here
   */
  static StructuralSchema parse(JsonNode node) {
    node.fieldNames()
        .forEachRemaining(
            keyword -> {
              if (!KEYWORDS.contains(keyword)) {
                throw new IllegalArgumentException("schema keyword " + keyword + " is not known");
              }
            });
    var type = Type.valueOf(node.path("type").asText().toUpperCase(Locale.ROOT));
    return new StructuralSchema(
        type,
        properties(node.path("properties")),
        texts(node.path("required")),
        child(node.get("additionalProperties")),
        child(node.get("items")),
        listType(node.path("x-kubernetes-list-type").asText("atomic")),
        List.copyOf(texts(node.path("x-kubernetes-list-map-keys"))),
        bounds(node, type),
        node.has("pattern") ? Pattern.compile(node.get("pattern").asText()) : null,
        node.has("format") ? format(node.get("format").asText()) : null,
        texts(node.path("enum")),
        node.get("default"),
        rules(node.path("x-kubernetes-validations")));
  }

  private static Map<String, StructuralSchema> properties(JsonNode node) {
    var properties = new LinkedHashMap<String, StructuralSchema>();
    node.properties().stream()
        .sorted(Comparator.comparing(Map.Entry::getKey))
        .forEach(property -> properties.put(property.getKey(), parse(property.getValue())));
    return properties;
  }

  private static @Nullable StructuralSchema child(@Nullable JsonNode node) {
    return node == null ? null : parse(node);
  }

  private static Set<String> texts(JsonNode array) {
    var texts = new LinkedHashSet<String>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static ListType listType(String text) {
    return ListType.valueOf(text.toUpperCase(Locale.ROOT));
  }

  private static Bounds bounds(JsonNode node, Type type) {
    return switch (type) {
      case OBJECT -> bounds(node, "minProperties", "maxProperties");
      case ARRAY -> bounds(node, "minItems", "maxItems");
      case STRING -> bounds(node, "minLength", "maxLength");
      case INTEGER -> bounds(node, "minimum", "maximum");
      case BOOLEAN -> new Bounds(null, null);
    };
  }

  private static Bounds bounds(JsonNode node, String least, String most) {
    return new Bounds(
        node.has(least) ? node.get(least).asLong() : null,
        node.has(most) ? node.get(most).asLong() : null);
  }

  private static String format(String text) {
    return switch (text) {
      case "date-time", "int32", "int64" -> text;
      default -> throw new IllegalArgumentException("format " + text + " is not known");
    };
  }

  private static List<Rule> rules(JsonNode array) {
    return array
        .valueStream()
        .map(rule -> new Rule(rule.get("rule").asText(), rule.get("message").asText()))
        .toList();
  }
}
