package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.plan.ClaimView.Workload;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaledWorkloadTest {
  private static final Instant NOW = Instant.parse("2026-11-27T02:00:00Z");

  private static <T> T read(String yaml, Class<T> type) {
    try {
      return Json.yaml().readValue(yaml, type);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GenericKubernetesResource workload(String kind, String more) {
    return read(
        """
        apiVersion: apps/v1
        kind: %s
        metadata: {name: web, namespace: shop, resourceVersion: "7"%s}
        """
            .formatted(kind, more),
        GenericKubernetesResource.class);
  }

  private static GenericKubernetesResource of(int replicas, String metadata) {
    return workload("StatefulSet", metadata + "}\nspec: {replicas: " + replicas);
  }

  private static Job job() {
    var job = new Job();
    job.setMetadata(new ObjectMetaBuilder().withName("files-backup-x").withUid("uid-1").build());
    return job;
  }

  private static String marked(String mark) {
    return ", labels: {salvor.dev/scaled-to-zero: \"3\"},"
        + " annotations: {salvor.dev/scaled-to-zero: '"
        + mark
        + "'}";
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          apps/v1,      StatefulSet, web,                -,          StatefulSet web
          apps/v1,      ReplicaSet,  shop-web-5d8f9c7b4, 5d8f9c7b4,  Deployment shop-web
          apps/v1,      ReplicaSet,  alone,              -,          -
          apps/v1,      ReplicaSet,  shop-web-5d8f9c7b4, other,      -
          apps/v1,      DaemonSet,   web,                -,          -
          batch/v1,     Job,         web,                -,          -
          other.dev/v1, StatefulSet, web,                -,          -
          """)
  void whatMakesAPodIsKnownByItsOwner(
      String group, String kind, String owner, String hash, String expected) {
    var labels = hash == null ? "{}" : "{pod-template-hash: " + hash + "}";
    var pod =
        read(
            """
            metadata:
              name: pod
              labels: %s
              ownerReferences:
              - {apiVersion: %s, kind: %s, name: %s, uid: u, controller: true}
            """
                .formatted(labels, group, kind, owner),
            Pod.class);

    assertThat(ScaledWorkload.of(pod).map(Workload::toString))
        .isEqualTo(Optional.ofNullable(expected));
  }

  @Test
  void aPodOfNobodyIsNotScaled() {
    assertThat(ScaledWorkload.of(read("metadata: {name: pod}", Pod.class))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "uploads, true",
    "data-web-0, true",
    "data-web-12, true",
    "data-web-x, false",
    "data-webshop-0, false",
    "data-web-0-old, false",
    "other, false",
  })
  void whoUsesAClaimIsSeenInTheTemplate(String claim, boolean expected) {
    var workload =
        read(
            """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: web}
            spec:
              volumeClaimTemplates: [{metadata: {name: data}}]
              template:
                spec:
                  volumes:
                  - {name: uploads, persistentVolumeClaim: {claimName: uploads}}
                  - {name: scratch, emptyDir: {}}
            """,
            GenericKubernetesResource.class);

    assertThat(ScaledWorkload.concerns(workload, List.of("StatefulSet/web"))).isTrue();
    assertThat(ScaledWorkload.concerns(workload, List.of("Deployment/web", "web"))).isFalse();
    assertThat(ScaledWorkload.concerns(workload, List.of(claim))).isEqualTo(expected);
    assertThat(ScaledWorkload.concerns(workload, List.of("nobodys", claim))).isEqualTo(expected);
  }

  @Test
  void whatThereWasIsWrittenInThePatchThatScales() {
    var patch = ScaledWorkload.scaling(of(3, ""), job(), NOW);

    assertThat(patch)
        .isEqualTo(
            "{\"metadata\":{\"resourceVersion\":\"7\",\"labels\":{\"salvor.dev/scaled-to-zero\":"
                + "\"3\"},\"annotations\":{\"salvor.dev/scaled-to-zero\":\"{\\\"run\\\":"
                + "\\\"files-backup-x\\\",\\\"uid\\\":\\\"uid-1\\\",\\\"replicas\\\":3,"
                + "\\\"since\\\":\\\"2026-11-27T02:00:00Z\\\"}\"}},\"spec\":{\"replicas\":0}}");
  }

  @Test
  void itIsReadAgainAndPutBack() {
    var mark =
        "{\"run\":\"files-backup-x\",\"uid\":\"uid-1\",\"replicas\":3,\"since\":\"" + NOW + "\"}";
    var scaled = of(0, marked(mark));

    assertThat(ScaledWorkload.read(scaled))
        .contains(new ScaledWorkload("files-backup-x", "uid-1", 3, NOW));
    assertThat(ScaledWorkload.read(scaled).orElseThrow().isFor(job())).isTrue();
    assertThat(ScaledWorkload.puttingBack(scaled))
        .isEqualTo(
            "{\"metadata\":{\"resourceVersion\":\"7\",\"labels\":{\"salvor.dev/scaled-to-zero\":"
                + "null},\"annotations\":{\"salvor.dev/scaled-to-zero\":null}},"
                + "\"spec\":{\"replicas\":3}}");
    assertThat(ScaledWorkload.puttingBack(of(1, marked(mark))))
        .as("a number of somebody else stays")
        .doesNotContain("replicas\":");
  }

  /** A label without the annotation, or with words in it: the run is lost, the number is not. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '$',
      value = {"{}", "nothing", "{\"run\":\"x\"}", "[]", "null"})
  void aMarkThatSomebodyChangedKeepsTheNumber(String mark) {
    assertThat(ScaledWorkload.read(of(0, marked(mark)))).isEmpty();
    assertThat(ScaledWorkload.puttingBack(of(0, marked(mark)))).endsWith("{\"replicas\":3}}");
  }

  @Test
  void withoutTheLabelNothingIsMarked() {
    var rolledBack =
        of(
            2,
            ", annotations: {salvor.dev/scaled-to-zero:"
                + " '{\"run\":\"x\",\"uid\":\"1\",\"replicas\":9,\"since\":\""
                + NOW
                + "\"}'}");

    assertThat(ScaledWorkload.isMarked(rolledBack)).isFalse();
    assertThat(ScaledWorkload.read(rolledBack)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"Delete, true", "Retain, false"})
  void claimsThatGoWithPodsAreKnown(String whenScaled, boolean expected) {
    var workload =
        workload(
            "StatefulSet",
            "}\nspec: {persistentVolumeClaimRetentionPolicy: {whenScaled: " + whenScaled + "}");

    assertThat(ScaledWorkload.losesClaims(workload)).isEqualTo(expected);
    assertThat(ScaledWorkload.losesClaims(of(1, ""))).isFalse();
  }

  @Test
  void whoScaledItLastIsNamed() {
    var workload =
        read(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              managedFields:
              - {manager: kubectl, time: "2026-11-27T01:00:00Z", fieldsV1: {"f:spec": {"f:template": {}}}}
              - {manager: salvor, time: "2026-11-27T02:00:00Z", fieldsV1: {"f:spec": {"f:replicas": {}}}}
              - {manager: keda, time: "2026-11-27T02:00:05Z", fieldsV1: {"f:spec": {"f:replicas": {}}}}
            """,
            GenericKubernetesResource.class);

    assertThat(ScaledWorkload.lastScaledBy(workload)).contains("keda");
    assertThat(ScaledWorkload.lastScaledBy(of(1, ""))).isEmpty();
  }
}
