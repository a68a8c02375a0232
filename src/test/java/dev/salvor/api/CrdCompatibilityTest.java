package dev.salvor.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CrdCompatibilityTest {
  private static final Path RELEASED = Path.of("src/test/resources/released-crds");
  private static final String SPEC = "v1alpha1.spec";
  private static final String SPEC_AT = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";

  @Test
  void takesNothingAwaySinceTheLastRelease() {
    var current = CrdFiles.current();

    CrdFiles.read(RELEASED)
        .forEach(
            (file, released) -> {
              assertThat(current).as("a kind was removed").containsKey(file);
              assertThat(CrdCompatibility.breaks(released, current.getOrDefault(file, released)))
                  .as(file)
                  .isEmpty();
            });
  }

  static List<Map.Entry<String, Consumer<ObjectNode>>> damages() {
    return List.of(
        entry(
            SPEC + ".storeId: field removed",
            spec -> object(spec, "/properties").remove("storeId")),
        entry(
            SPEC + ".s3.bucket: field removed",
            spec -> object(spec, "/properties/s3/properties").remove("bucket")),
        entry(
            SPEC + ".initialize: enum IfEmpty",
            spec -> ((ArrayNode) spec.at("/properties/initialize/enum")).remove(0)),
        entry(
            SPEC + ".storeId: enum added",
            spec -> object(spec, "/properties/storeId").putArray("enum").add("x")),
        entry(
            SPEC + ".initialize: default changed",
            spec -> object(spec, "/properties/initialize").put("default", "IfEmpty")),
        entry(
            SPEC + ".storeId: type changed",
            spec -> object(spec, "/properties/storeId").put("type", "integer")),
        entry(
            SPEC + ".s3.bucket: pattern changed",
            spec -> object(spec, "/properties/s3/properties/bucket").put("pattern", "^a")),
        entry(
            SPEC + ".s3.bucket: maxLength tightened",
            spec -> object(spec, "/properties/s3/properties/bucket").put("maxLength", 62)),
        entry(
            SPEC + ".s3.bucket: minLength tightened",
            spec -> object(spec, "/properties/s3/properties/bucket").put("minLength", 4)),
        entry(
            SPEC + ".acknowledge: minItems tightened",
            spec -> object(spec, "/properties/acknowledge").put("minItems", 1)),
        entry(
            SPEC + ".acknowledge: x-kubernetes-list-type changed",
            spec ->
                object(spec, "/properties/acknowledge").put("x-kubernetes-list-type", "atomic")),
        entry(
            SPEC + ".acknowledge[]: maxLength tightened",
            spec -> object(spec, "/properties/acknowledge/items").put("maxLength", 1)),
        entry(
            SPEC + ": newly required storeId", spec -> spec.withArray("/required").add("storeId")),
        entry(
            SPEC + ": rule added: false",
            spec -> spec.withArray("/x-kubernetes-validations").addObject().put("rule", "false")));
  }

  @ParameterizedTest
  @MethodSource("damages")
  void seesWhatIsTakenAway(Map.Entry<String, Consumer<ObjectNode>> damage) {
    var current = store();

    damage.getValue().accept(object(current, SPEC_AT));

    assertThat(CrdCompatibility.breaks(store(), current)).containsExactly(damage.getKey());
  }

  @Test
  void seesARemovedVersionAndAnotherName() {
    var current = store();
    ((ObjectNode) current.at("/spec/versions/0")).put("name", "v1");
    object(current, "/spec/names").put("plural", "stores").remove("shortNames");

    assertThat(CrdCompatibility.breaks(store(), current))
        .containsExactlyInAnyOrder(
            "v1alpha1: version removed",
            "/spec/names/plural changed",
            "/spec/names/shortNames bstore");
  }

  @Test
  void allowsAdditions() {
    var current = store();
    var spec = object(current, SPEC_AT);
    object(spec, "/properties").putObject("gcs").put("type", "object");
    object(spec, "/properties/storeId").put("maxLength", 100).put("description", "Otherwise.");
    object(spec, "/properties/limits/properties/connections").put("minimum", 0);
    ((ArrayNode) spec.at("/properties/initialize/enum")).add("Always");
    ((ArrayNode) spec.get("x-kubernetes-validations")).remove(0);
    ((ArrayNode) current.at("/spec/versions")).addObject().put("name", "v1");

    assertThat(CrdCompatibility.breaks(store(), current)).isEmpty();
  }

  private static JsonNode store() {
    return CrdFiles.current(BackupStore.class);
  }

  private static ObjectNode object(JsonNode node, String pointer) {
    return (ObjectNode) node.at(pointer);
  }
}
