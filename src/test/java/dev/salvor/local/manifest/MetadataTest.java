package dev.salvor.local.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the corpus cannot try on a server, which would answer about the address instead. */
class MetadataTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{name: a, namespace: Shop}       | metadata.namespace",
        "{name: a, namespace: a.b}        | metadata.namespace",
        "{name: a, namespace: 7}          | metadata.namespace",
        "{name: 7}                        | metadata.name",
        "{name: ''}                       | metadata.name",
        "{name: null}                     | metadata.name",
        "{name: a..b}                     | metadata.name",
        "{generateName: a-}               | metadata.name",
        "{name: a, labels: []}            | metadata.labels",
        "{name: a, labels: {b: 1}}        | metadata.labels.b",
        "{name: a, labels: {/b: c}}       | metadata.labels",
        "{name: a, labels: {B.c/: c}}     | metadata.labels",
        "{name: a, annotations: {b: {}}}  | metadata.annotations.b",
      })
  void refuses(String metadata, String path) throws JsonProcessingException {
    var resource = Json.yaml().readTree("metadata: " + metadata);

    assertThat(Metadata.violations(resource)).extracting(Violation::path).contains(path);
  }

  @Test
  void refusesAnnotationsThatAreTooLarge() throws JsonProcessingException {
    var resource =
        Json.yaml().readTree("metadata: {name: a, annotations: {b: " + "c".repeat(262_144) + "}}");

    assertThat(Metadata.violations(resource))
        .extracting(Violation::path)
        .containsExactly("metadata.annotations");
  }

  /** kubectl get -o yaml brings the server's own fields along; none of them may disturb. */
  @Test
  void dropsWhatTheServerWrites() throws JsonProcessingException {
    var resource =
        Json.yaml()
            .readTree(
                """
                apiVersion: salvor.dev/v1alpha1
                kind: BackupRequest
                metadata: {name: a, uid: x, finalizers: 7, ownerReferences: {}, generation: old}
                spec: {policyRef: {name: shop}}
                """);

    var checked = ManifestSchema.packaged().check(resource, null);

    assertThat(checked.violations()).isEmpty();
    assertThat(checked.resource().get("metadata").toString()).isEqualTo("{\"name\":\"a\"}");
  }
}
