package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.e2e.Shop.SecurityLevel;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * An application that writes all the time, and is scaled to zero for its backup and its restore.
 */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ScalingE2E {
  private final Shop shop;
  private final Path notes;

  ScalingE2E(InstalledSalvor salvor) throws IOException {
    shop = Shop.withoutServer(salvor, "scaling", SecurityLevel.BASELINE);
    shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
    shop.repository("offsite", "files");
    notes = HostVolume.make(shop, "notes");
    HostVolume.claim(shop, "notes");
  }

  @BeforeAll
  void anApplicationWritesAllTheTime() throws IOException {
    Files.writeString(notes.resolve("kept"), "kept\n");
    shop.apply(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web}
        spec:
          replicas: 2
          serviceName: web
          podManagementPolicy: Parallel
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 5
              containers:
              - name: web
                image: postgres:test
                imagePullPolicy: IfNotPresent
                securityContext: {runAsUser: 0}
                command: [sh, -c, "while date +%N > /notes/$HOSTNAME; do sleep 0.05; done"]
                volumeMounts: [{name: notes, mountPath: /notes}]
              volumes: [{name: notes, persistentVolumeClaim: {claimName: notes}}]
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files}
        spec:
          source: {volume: {claims: {names: [notes]}, scaleToZero: true}}
          storeRef: {name: offsite}
        """);
    awaitReplicas("2");
  }

  private void awaitReplicas(String ready) {
    await()
        .alias("replicas of web")
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                shop.kubectl("get", "statefulset", "web", "-o", "jsonpath={.status.readyReplicas}"),
            ready::equals);
  }

  private boolean isMarked() {
    var labels = web().get().getMetadata().getLabels();
    return labels != null && labels.containsKey("salvor.dev/scaled-to-zero");
  }

  private RollableScalableResource<StatefulSet> web() {
    return shop.salvor()
        .cluster()
        .client()
        .apps()
        .statefulSets()
        .inNamespace(shop.namespace())
        .withName("web");
  }

  /** Whoever leads is killed while the application is down. */
  @Test
  @Order(1)
  @ResourceLock("operators")
  void itIsDownWhileItIsReadAndBackWhoeverDies() {
    shop.requestBackup("files");
    await().atMost(Cluster.PATIENCE).until(this::isMarked);
    shop.salvor().killOperators();

    shop.awaitWord("files", "Succeeded");

    var status = shop.resource("backuppolicy", "files").path("status");
    assertThat(status.at("/recoveryPoints/0/complete").asBoolean()).isTrue();
    assertThat(status.at("/lastSuccess/files").asInt()).isEqualTo(3);
    assertThat(shop.resource("backuprequest", "files").at("/status/warnings").isMissingNode())
        .as("no file changed while it was read")
        .isTrue();
    awaitReplicas("2");
    assertThat(isMarked()).isFalse();
  }

  @Test
  @Order(2)
  void aRestoreInPlaceHasTheClaimToItself() throws IOException {
    Files.delete(notes.resolve("kept"));

    shop.salvor("restore", "files", "--to-claim", "notes", "--replace", "--scale-to-zero", "--wait")
        .succeeded();

    assertThat(notes.resolve("kept")).hasContent("kept\n");
    var request = shop.kubectl("get", "rreq", "-o", "jsonpath={.items[0].status.warnings}");
    assertThat(request).as("nobody used it meanwhile").isEmpty();
    awaitReplicas("2");
    assertThat(shop.kubectl("get", "events", "--field-selector", "reason=ScaledToZero"))
        .contains("Scaled from 2 to 0");
  }

  /** What puts the number back at once, as Argo CD's self-heal does. */
  @Test
  @Order(3)
  void whoFightsIsNamed() {
    shop.requestBackup("files", "fought");
    await().atMost(Cluster.PATIENCE).until(this::isMarked);
    web()
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withFieldManager("self-heal")
                .build(),
            "{\"spec\":{\"replicas\":2}}");

    assertThat(shop.awaitWord("fought", "ScalingFailed").path("message").asText())
        .contains("self-heal");
    await().atMost(Cluster.PATIENCE).until(() -> !isMarked());
    awaitReplicas("2");
  }
}
