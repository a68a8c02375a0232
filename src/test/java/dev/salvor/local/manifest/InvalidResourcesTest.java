package dev.salvor.local.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The corpus on one machine; {@link InvalidResourcesIT} tries the same on a real API server. */
class InvalidResourcesTest {
  private static final ManifestSchema SCHEMA = ManifestSchema.packaged();

  static List<ResourceCase> invalid() {
    return ResourceCase.invalid();
  }

  static List<ResourceCase> valid() {
    return ResourceCase.valid();
  }

  static List<ResourceCase> validChanges() {
    return ResourceCase.validChanges();
  }

  /** One mistake, one violation: no other rule may hide it or add noise. */
  @ParameterizedTest
  @MethodSource("invalid")
  void refusesWithPathAndMessage(ResourceCase resource) {
    var violations = SCHEMA.check(resource.resource(), resource.previous()).violations();

    assertThat(violations).hasSize(1);
    assertThat(violations.getFirst().path()).isEqualTo(resource.path());
    assertThat(violations.getFirst().message()).contains(resource.message());
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void refusesAChangeForNothingButTheChange(ResourceCase resource) {
    if (resource.previous() != null) {
      assertThat(SCHEMA.check(resource.previous(), null).violations()).isEmpty();
      assertThat(SCHEMA.check(resource.resource(), null).violations()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("valid")
  void acceptsWhatIsValid(ResourceCase resource) {
    var checked = SCHEMA.check(resource.resource(), null);

    assertThat(checked.violations()).isEmpty();
    assertThat(SCHEMA.check(checked.resource(), null).resource())
        .as("defaults are filled in once")
        .isEqualTo(checked.resource());
  }

  @ParameterizedTest
  @MethodSource("validChanges")
  void acceptsAChangeThatMayBeMade(ResourceCase resource) {
    assertThat(SCHEMA.check(resource.resource(), resource.previous()).violations()).isEmpty();
  }

  @Test
  void leavesTheManifestAsItIs() {
    var resource = ResourceCase.valid().getFirst().resource();
    var before = resource.deepCopy();

    SCHEMA.check(resource, null);

    assertThat(resource).isEqualTo(before);
  }

  @Test
  void hasACaseForEveryRule() throws IOException {
    var messages = ResourceCase.invalid().stream().map(ResourceCase::message).toList();

    assertThat(messages).hasSizeGreaterThanOrEqualTo(60);
    assertThat(messages).containsAll(ruleMessages());
  }

  private static List<String> ruleMessages() throws IOException {
    var messages = new ArrayList<String>();
    try (var files = Files.list(Path.of("crds"))) {
      for (var file : files.toList()) {
        for (JsonNode rules :
            Json.yaml().readTree(file.toFile()).findValues("x-kubernetes-validations")) {
          rules.forEach(rule -> messages.add(rule.get("message").asText()));
        }
      }
    }
    assertThat(messages).hasSizeGreaterThan(20);
    return messages;
  }
}
