package dev.salvor.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The types against their own schemas, with every field set: what is read is written again, and
 * nothing of a newer version stops the reading. An object that cannot be read would stop an
 * informer, and so the operator.
 */
class ApiJsonTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final KubernetesSerialization CLIENT = new KubernetesSerialization();

  static List<Class<? extends CustomResource<?, ?>>> kinds() {
    return GenerateCrds.KINDS;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void givesBackEveryField(Class<? extends CustomResource<?, ?>> kind)
      throws JsonProcessingException {
    var full = full(kind);

    var written = Json.mapper().valueToTree(Json.mapper().treeToValue(full, kind));

    assertThat(sorted(written)).isEqualTo(sorted(full));
  }

  /** As an informer reads it. */
  @ParameterizedTest
  @MethodSource("kinds")
  void givesBackEveryFieldThroughTheClient(Class<? extends CustomResource<?, ?>> kind)
      throws JsonProcessingException {
    var full = full(kind);

    var written = CLIENT.asJson(CLIENT.unmarshal(full.toString(), kind));

    assertThat(sorted(Json.mapper().readTree(written))).isEqualTo(sorted(full));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void ignoresFieldsOfANewerVersionEverywhere(Class<? extends CustomResource<?, ?>> kind)
      throws JsonProcessingException {
    var newer = full(kind);
    addUnknownFields(newer.get("spec"));
    addUnknownFields(newer.get("status"));
    assertThat(newer.findValues("newer").size()).isGreaterThanOrEqualTo(5);

    var read = CLIENT.unmarshal(newer.toString(), kind);

    assertThat(sorted(Json.mapper().valueToTree(read))).isEqualTo(sorted(full(kind)));
  }

  /**
   * Never the default, never null, in no place: an unknown word must be told from an absent one.
   */
  @ParameterizedTest
  @MethodSource("kinds")
  void readsWordsOfANewerVersionAsUnknown(Class<? extends CustomResource<?, ?>> kind) {
    var spec = CrdFiles.part(CrdFiles.current(kind), "spec");
    var enums =
        CrdFields.below(spec, "spec").stream()
            .filter(field -> field.schema().has("enum"))
            .map(CrdFields.Field::path)
            .toList();
    var newer = full(kind);
    enums.forEach(path -> set(newer, pointer(path), "OfANewerVersion"));

    var read = CLIENT.unmarshal(newer.toString(), kind);

    var written = Json.mapper().valueToTree(read);
    assertThat(enums)
        .allSatisfy(path -> assertThat(written.at(pointer(path)).asText()).isEqualTo("UNKNOWN"));
    assertThat(enums.isEmpty()).isEqualTo(kind == BackupRequest.class);
  }

  /** Odd ones that the pattern and the API server's date-time let pass. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "2026-11-22T18:00:00.1+14:59",
        "2026-11-22T18:00:00-14:59",
        "2024-02-29T00:00:00-00:00",
      })
  void readsEveryTimeThatTheSchemaAccepts(String time) {
    assertThat(time).matches(Names.TIME);
    var full = full(RestoreRequest.class);
    set(full, "/spec/notAfter", time);

    var read = CLIENT.unmarshal(full.toString(), RestoreRequest.class);

    assertThat(read.getSpec().notAfter()).isNotNull();
  }

  private static ObjectNode full(Class<?> kind) {
    var definition = CrdFiles.current(kind);
    var resource = JSON.objectNode();
    resource.put("apiVersion", Names.GROUP + "/" + Names.VERSION);
    resource.put("kind", definition.at("/spec/names/kind").asText());
    resource.putObject("metadata").put("name", "full");
    resource.set("spec", sample(CrdFiles.part(definition, "spec")));
    resource.set("status", sample(CrdFiles.part(definition, "status")));
    return resource;
  }

  /** A value with every field; it need not satisfy patterns and rules to be read. */
  private static JsonNode sample(JsonNode schema) {
    return switch (schema.path("type").asText()) {
      case "object" -> {
        var object = JSON.objectNode();
        schema
            .path("properties")
            .properties()
            .forEach(property -> object.set(property.getKey(), sample(property.getValue())));
        if (schema.has("additionalProperties")) {
          object.set("any", sample(schema.get("additionalProperties")));
        }
        yield object;
      }
      case "array" -> JSON.arrayNode().add(sample(schema.get("items")));
      case "integer" ->
          schema.path("format").asText().equals("int64")
              ? JSON.numberNode(5_000_000_000L)
              : JSON.numberNode(7);
      case "boolean" -> JSON.booleanNode(true);
      default -> JSON.textNode(text(schema));
    };
  }

  private static String text(JsonNode schema) {
    if (schema.has("enum")) {
      return schema.get("enum").get(0).asText();
    }
    if (schema.path("format").asText().equals("date-time")) {
      return "2026-11-22T18:00:00.123456Z";
    }
    // Words that are constants in the types but free in the schema of a status.
    var description = schema.path("description").asText();
    if (description.contains("Verified, Refuted or Unproven")
        || description.contains("verification of this point")) {
      return "Refuted";
    }
    if (description.contains("kept the copy")) {
      return "StoreOnly";
    }
    if (description.contains("as libpq's sslmode")) {
      return "require";
    }
    if (description.contains("written into the repository")) {
      return "Directory";
    }
    if (description.contains("How versions are told apart")) {
      return "Suffix";
    }
    return Set.of(
                "One of the documented reasons.",
                "Why it failed.",
                "Why, where it is not Verified.")
            .contains(description)
        ? "StoreUnreachable"
        : "text";
  }

  private static void addUnknownFields(@Nullable JsonNode node) {
    if (node instanceof ObjectNode object && !object.has("any")) {
      new ArrayList<>(object.properties()).forEach(field -> addUnknownFields(field.getValue()));
      object.putObject("newer").put("field", 1);
    } else if (node instanceof ArrayNode array) {
      array.forEach(ApiJsonTest::addUnknownFields);
    }
  }

  private static String pointer(String path) {
    return "/" + path.replace("[]", "/0").replace('.', '/');
  }

  private static void set(ObjectNode resource, String pointer, String text) {
    var last = pointer.lastIndexOf('/');
    ((ObjectNode) resource.at(pointer.substring(0, last))).put(pointer.substring(last + 1), text);
  }

  /** The text with sorted fields: readable when it differs. */
  private static String sorted(JsonNode node) throws JsonProcessingException {
    var mapper =
        Json.mapper().copy().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);
    return mapper
        .writerWithDefaultPrettyPrinter()
        .writeValueAsString(mapper.treeToValue(node, Object.class));
  }
}
