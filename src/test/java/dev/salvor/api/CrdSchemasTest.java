package dev.salvor.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.CrdFields.Field;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every schema must have, whoever adds a field. */
class CrdSchemasTest {
  @Test
  void areTheOnesThatTheTypesGive() throws IOException {
    var generated = GenerateCrds.render();

    assertThat(CrdFiles.current().keySet()).isEqualTo(generated.keySet());
    for (var file : generated.entrySet()) {
      assertThat(CrdFiles.current().get(file.getKey()))
          .as("./test style regenerates crds/")
          .isEqualTo(Json.yaml().readTree(file.getValue()));
    }
  }

  @Test
  void describeEveryFieldOfSpecAndStatus() {
    assertThat(Stream.concat(fields("spec"), fields("status")).toList())
        .hasSizeGreaterThan(250)
        .filteredOn(field -> !field.isElement())
        .allSatisfy(
            field ->
                assertThat(field.schema().path("description").asText())
                    .as(field.path())
                    .matches("(?s).{5,}[.]"));
    CrdFiles.current()
        .values()
        .forEach(
            definition -> {
              var root = definition.at("/spec/versions/0/schema/openAPIV3Schema");
              assertThat(root.path("description").asText()).isNotEmpty();
              assertThat(root.path("required").toString()).isEqualTo("[\"spec\"]");
              assertThat(root.at("/properties/spec/description").asText()).isNotEmpty();
              assertThat(root.at("/properties/status/description").asText()).isNotEmpty();
            });
  }

  @Test
  void boundEverythingOfASpec() {
    assertThat(fields("spec").toList())
        .hasSizeGreaterThan(150)
        .allSatisfy(
            field -> {
              var schema = field.schema();
              switch (field.type()) {
                case "string" ->
                    assertThat(schema.has("maxLength") || schema.has("enum"))
                        .as(field.path())
                        .isTrue();
                case "array" -> assertThat(schema.has("maxItems")).as(field.path()).isTrue();
                case "integer" -> {
                  assertThat(schema.has("minimum") && schema.has("maximum"))
                      .as(field.path())
                      .isTrue();
                  assertThat(schema.has("format")).as(field.path()).isTrue();
                }
                case "object" ->
                    assertThat(schema.has("maxProperties"))
                        .as(field.path())
                        .isEqualTo(schema.has("additionalProperties"));
                default -> assertThat(field.type()).as(field.path()).isEqualTo("boolean");
              }
            });
  }

  /** The empty text matches a pattern of nothing but optional parts. */
  @Test
  void letNoDurationBeEmptyOrZero() {
    var durations =
        fields("spec")
            .filter(field -> field.schema().path("pattern").asText().equals(DurationText.PATTERN))
            .toList();

    assertThat(durations).hasSizeGreaterThan(20);
    assertThat(durations)
        .allSatisfy(
            field ->
                assertThat(field.schema().path("minLength").asInt()).as(field.path()).isEqualTo(2));
  }

  @Test
  void sayWhatTellsTheItemsOfAListApart() {
    assertThat(Stream.concat(fields("spec"), fields("status")).toList())
        .filteredOn(field -> field.type().equals("array"))
        .allSatisfy(
            field ->
                assertThat(field.schema().path("x-kubernetes-list-type").asText())
                    .as(field.path())
                    .isIn("set", "map", "atomic"));
    assertThat(listType("status.conditions[]")).containsOnly("map").hasSize(4);
    assertThat(listType("spec.verification.checks[]")).containsExactly("map");
    assertThat(listType("spec.verification.checks[].command.command[]")).containsExactly("atomic");
    assertThat(listType("spec.acknowledge[]")).containsOnly("set").hasSize(3);
    assertThat(listType("spec.source.volume.hooks[].before[]")).containsExactly("atomic");
  }

  /** A message that two rules share would not say which one was broken. */
  @Test
  void giveEveryRuleOfAKindItsOwnMessage() {
    for (var definition : CrdFiles.current().values()) {
      var pairs = new ArrayList<String>();
      for (JsonNode rules : definition.findValues("x-kubernetes-validations")) {
        rules.forEach(
            rule -> pairs.add(rule.get("message").asText() + "\n" + rule.get("rule").asText()));
      }
      var distinct = new HashSet<>(pairs);
      assertThat(distinct.stream().map(pair -> pair.substring(0, pair.indexOf('\n'))))
          .doesNotHaveDuplicates()
          .allSatisfy(message -> assertThat(message).hasSizeGreaterThan(15));
    }
  }

  @Test
  void offerNoConstantOfANewerVersion() {
    var enums =
        fields("spec").map(field -> field.schema().path("enum")).filter(JsonNode::isArray).toList();

    assertThat(enums).hasSizeGreaterThan(8);
    assertThat(enums)
        .allSatisfy(values -> assertThat(values.toString()).doesNotContainIgnoringCase("unknown"));
  }

  /** An operator that is newer than the cluster's CRDs must be able to say what it found. */
  @Test
  void neverRefuseAStatusForAWord() {
    assertThat(fields("status").toList())
        .allSatisfy(field -> assertThat(field.schema().has("enum")).as(field.path()).isFalse());
  }

  private static Stream<Field> fields(String part) {
    return CrdFiles.current().values().stream()
        .flatMap(definition -> CrdFields.below(CrdFiles.part(definition, part), part).stream());
  }

  private static List<String> listType(String itemPath) {
    var list = itemPath.substring(0, itemPath.length() - 2);
    return Stream.concat(fields("spec"), fields("status"))
        .filter(field -> field.path().equals(list))
        .map(field -> field.schema().path("x-kubernetes-list-type").asText())
        .toList();
  }
}
