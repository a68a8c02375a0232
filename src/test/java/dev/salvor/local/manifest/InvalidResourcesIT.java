package dev.salvor.local.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.testing.ApiServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The corpus on a real API server, with the strict field validation that kubectl asks for. */
class InvalidResourcesIT {
  private static final KubernetesClient CLIENT = ApiServer.shared().client();
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final Map<String, String> PLURALS = Map.of("BackupPolicy", "backuppolicies");

  static List<ResourceCase> invalid() {
    return ResourceCase.invalid();
  }

  static List<ResourceCase> valid() {
    return ResourceCase.valid();
  }

  static List<ResourceCase> validChanges() {
    return ResourceCase.validChanges();
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void refusesWithPathAndMessage(ResourceCase resource) {
    var refused = catchThrowableOfType(KubernetesClientException.class, () -> apply(resource));

    assertThat(refused).as("the API server accepted it").isNotNull();
    if (resource.message().equals("unknown field")) {
      assertThat(refused.getStatus().getMessage())
          .contains("unknown field \"" + resource.path() + "\"");
    } else {
      assertThat(refused.getStatus().getDetails().getCauses())
          .anySatisfy(
              cause -> {
                assertThat(cause.getField()).isEqualTo(resource.path());
                assertThat(cause.getMessage()).contains(resource.message());
              });
    }
  }

  @ParameterizedTest
  @MethodSource({"valid", "validChanges"})
  void acceptsWhatIsValid(ResourceCase resource) {
    assertThat(apply(resource).at("/status/observedGeneration").asInt()).isEqualTo(-1);
  }

  /** Both hosts fill in the same. */
  @ParameterizedTest
  @MethodSource("valid")
  void fillsInTheSameDefaults(ResourceCase resource) {
    var local = ManifestSchema.packaged().check(resource.resource(), null).resource();

    assertThat(apply(resource).get("spec")).isEqualTo(local.get("spec"));
  }

  @Test
  void showsTheColumnsInOrder() {
    assertThat(columns("backuppolicies", 0))
        .containsExactly(
            "Name", "READY", "LAST-SUCCESS", "LAST-VERIFIED", "NEXT", "POINTS", "SIZE", "AGE");
    assertThat(columns("backupstores", 0)).containsExactly("Name", "READY", "STORE", "AGE");
    assertThat(columns("backuprequests", 0))
        .containsExactly("Name", "POLICY", "READY", "POINT", "REASON", "AGE");
    assertThat(columns("restorerequests", 0))
        .containsExactly("Name", "POINT", "READY", "REASON", "VERDICT", "AGE");
  }

  /** Those that {@code -o wide} adds. */
  @Test
  void showsMoreWhereItIsWide() {
    assertThat(columns("backuppolicies", 1))
        .containsExactly("PROTECTED", "VERIFIED", "STORE", "SCHEDULE");
    assertThat(columns("backupstores", 1)).containsExactly("ENCRYPTION-KEY", "MESSAGE");
    assertThat(columns("backuprequests", 1)).containsExactly("MESSAGE");
    assertThat(columns("restorerequests", 1)).containsExactly("POLICY", "MESSAGE");
  }

  private static List<String> columns(String plural, int priority) {
    var kind =
        CLIENT
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName(plural + ".salvor.dev")
            .get();
    assertThat(kind.getSpec().getNames().getCategories()).containsExactly("salvor");
    var table = ApiServer.shared().table(collection(plural));
    return table
        .get("columnDefinitions")
        .valueStream()
        .filter(column -> column.get("priority").asInt() == priority)
        .map(column -> column.get("name").asText())
        .toList();
  }

  /** What the server made of it; a previous version is created first and the new one put on it. */
  private static JsonNode apply(ResourceCase resource) {
    var previous = resource.previous();
    if (previous == null) {
      return send(
          collection(resource.resource()) + "?dryRun=All&fieldValidation=Strict",
          "POST",
          resource.resource());
    }
    var name = "change-" + NAMES.incrementAndGet();
    var created =
        send(collection(previous) + "?fieldValidation=Strict", "POST", named(previous, name));
    var next = named(resource.resource(), name);
    next.withObject("/metadata").set("resourceVersion", created.at("/metadata/resourceVersion"));
    return send(collection(next) + "/" + name + "?fieldValidation=Strict", "PUT", next);
  }

  /** In the namespace that every API server has. */
  private static JsonNode send(String path, String method, JsonNode resource) {
    var body = (ObjectNode) resource.deepCopy();
    if (body.path("metadata").has("namespace")) {
      body.withObject("/metadata").remove("namespace");
    }
    try {
      return Json.mapper().readTree(CLIENT.raw(path, method, body));
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException("the server answered no JSON", broken);
    }
  }

  private static ObjectNode named(JsonNode resource, String name) {
    var copy = (ObjectNode) resource.deepCopy();
    copy.withObject("/metadata").put("name", name);
    return copy;
  }

  private static String collection(JsonNode resource) {
    var kind = resource.get("kind").asText();
    return collection(PLURALS.getOrDefault(kind, kind.toLowerCase(Locale.ROOT) + "s"));
  }

  private static String collection(String plural) {
    return "/apis/salvor.dev/v1alpha1/namespaces/default/" + plural;
  }
}
