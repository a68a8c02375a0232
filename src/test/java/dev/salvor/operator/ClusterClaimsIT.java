package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.ClaimSelection;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.ClaimView;
import dev.salvor.plan.ClaimView.Phase;
import dev.salvor.plan.Footing.ClaimToMake;
import dev.salvor.plan.Purpose;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the operator sees of claims and of who uses them, on the real API server. */
class ClusterClaimsIT {
  private static final String TEST_NODE = "salvor.dev/test-node";

  private final Installation here = new Installation();
  private final ClusterClaims claims = new ClusterClaims(here.client);

  @BeforeEach
  void aClaim() {
    // It removes pods of runs that have no Job.
    here.fakeJobs.close();
    here.create(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: uploads, labels: {app: shop}}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: fast
          resources: {requests: {storage: 10Gi}}
        """);
  }

  @AfterEach
  void leave() {
    here.client.nodes().withLabel(TEST_NODE).delete();
    here.client.persistentVolumes().withName(here.namespace).delete();
    here.close();
  }

  private ClaimView uploads() {
    return claims
        .find(here.namespace, new ClaimSelection(List.of("uploads"), null), null)
        .getFirst();
  }

  private void pod(String name, String volume, Map<String, String> labels, String phase) {
    here.create(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          nodeName: node-1
          tolerations: [{key: shop, operator: Exists, effect: NoSchedule}]
          containers: [{name: web, image: web}]
          volumes: [%s]
        """
            .formatted(name, volume));
    var pods = here.client.pods().inNamespace(here.namespace).withName(name);
    pods.edit(
        (Pod live) ->
            new PodBuilder(live).editMetadata().addToLabels(labels).endMetadata().build());
    pods.editStatus(
        (Pod live) -> new PodBuilder(live).editOrNewStatus().withPhase(phase).endStatus().build());
  }

  private static String of(String claim) {
    return "{name: data, persistentVolumeClaim: {claimName: %s}}".formatted(claim);
  }

  @Test
  void aClaimIsSeenAsItIs() {
    assertThat(uploads())
        .isEqualTo(
            new ClaimView(
                "uploads",
                Phase.PENDING,
                VolumeMode.FILESYSTEM,
                List.of("ReadWriteOnce"),
                "10Gi",
                "fast",
                List.of(),
                ClaimView.Snapshots.NONE));
    here.phase("uploads", "Bound");
    assertThat(uploads().phase()).isEqualTo(Phase.BOUND);
    here.phase("uploads", "Lost");
    assertThat(uploads().phase()).isEqualTo(Phase.LOST);
    // The API server protects a claim by a finalizer, which the controllers of a cluster take away.
    here.client.persistentVolumeClaims().inNamespace(here.namespace).withName("uploads").delete();
    assertThat(uploads().phase()).isEqualTo(Phase.DELETED);
  }

  /** Of the one node that its affinity lets have it, by whatever label the driver says that. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "- matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [host-1]}] |"
            + " node-1",
        "- matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [host-1,"
            + " host-2]}] |",
        "- matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [gone]}] |",
        "- matchExpressions: [{key: kubernetes.io/hostname, operator: Exists}] |",
        "- matchExpressions: [{key: driver/node, operator: Exists}] | node-2",
        "- matchExpressions: [{key: driver/node, operator: Exists}, {key: kubernetes.io/hostname,"
            + " operator: In, values: [host-1]}] |",
        "- matchExpressions: [{key: generation, operator: Gt, values: ['1']}] |",
        "- matchFields: [{key: metadata.name, operator: In, values: [node-2]}] | node-2",
        "- matchFields: [{key: metadata.name, operator: In, values: [node-2]}] ~"
            + "- matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [host-1]}]"
            + " |",
        "'' |",
      })
  void whereItsVolumeIs(String terms, @Nullable String home) {
    node("node-1", "kubernetes.io/hostname: host-1, generation: '2'");
    node("node-2", "kubernetes.io/hostname: host-2, driver/node: b");
    volume(terms);

    assertThat(uploads().home()).isEqualTo(home);
  }

  private void node(String name, String labels) {
    here.create(
        """
        apiVersion: v1
        kind: Node
        metadata: {name: %s, labels: {%s: '', %s}}
        """
            .formatted(name, TEST_NODE, labels));
  }

  private void volume(String terms) {
    var name = here.namespace;
    here.create(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %s}
        spec:
          capacity: {storage: 10Gi}
          accessModes: [ReadWriteOnce]
          hostPath: {path: /data}
        """
                .formatted(name)
            + (terms.isEmpty()
                ? ""
                : "  nodeAffinity:\n    required:\n      nodeSelectorTerms:\n"
                    + terms.replace("~", "\n").indent(6)));
    here.client
        .persistentVolumeClaims()
        .inNamespace(here.namespace)
        .withName("uploads")
        .edit(
            (PersistentVolumeClaim live) ->
                new PersistentVolumeClaimBuilder(live)
                    .editSpec()
                    .withVolumeName(name)
                    .endSpec()
                    .build());
  }

  @Test
  void labelsFindItAndNamesThatAreMissingFindNothing() {
    assertThat(claims.find(here.namespace, new ClaimSelection(null, Map.of("app", "shop")), null))
        .extracting(ClaimView::name)
        .containsExactly("uploads");
    assertThat(claims.find(here.namespace, new ClaimSelection(null, Map.of("app", "other")), null))
        .isEmpty();
    assertThat(claims.find(here.namespace, new ClaimSelection(List.of("nowhere"), null), null))
        .isEmpty();
  }

  @Test
  void whoUsesItIsWhoMountsItAndHasNotEnded() {
    pod("web", of("uploads"), Map.of(), "Running");
    pod("starting", of("uploads"), Map.of(), "Pending");
    pod("done", of("uploads"), Map.of(), "Succeeded");
    pod("broken", of("uploads"), Map.of(), "Failed");
    pod("elsewhere", of("other"), Map.of(), "Running");
    pod(
        "restoring",
        of("uploads"),
        Map.of("salvor.dev/run", "restore", "batch.kubernetes.io/job-name", "back-restore-x"),
        "Running");

    assertThat(uploads().users())
        .extracting(ClaimView.User::pod)
        .containsExactlyInAnyOrder("web", "starting", "restoring");
    var user = uploads().users().stream().filter(it -> it.pod().equals("web")).findFirst();
    assertThat(user.orElseThrow().node()).isEqualTo("node-1");
    assertThat(user.orElseThrow().run()).isNull();
    assertThat(user.orElseThrow().tolerations())
        .anyMatch(toleration -> "shop".equals(toleration.key()));
    assertThat(uploads().users())
        .filteredOn(it -> it.pod().equals("restoring"))
        .extracting(ClaimView.User::run)
        .containsExactly(new ClaimView.Run(Purpose.RESTORE, "back-restore-x"));
  }

  /** It has the volume until it is gone. */
  @Test
  void aPodThatWasToldToGoUsesItsClaimToTheEnd() {
    pod("going", of("uploads"), Map.of(), "Running");
    pod("coming", of("uploads"), Map.of(), "Pending");
    here.client.pods().inNamespace(here.namespace).withName("going").delete();

    assertThat(uploads().users())
        .extracting(user -> user.pod() + " " + user.ending())
        .containsExactlyInAnyOrder("going true", "coming false");
  }

  /** Whichever of its containers mounts it, and when: the kubelet has it mounted for the pod. */
  @Test
  void aPodUsesTheClaimOfItsSidecarAlone() {
    here.create(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: shipped}
        spec:
          initContainers:
          - {name: shipper, image: shipper, restartPolicy: Always, volumeMounts: [{name: data, mountPath: /logs}]}
          containers: [{name: web, image: web}]
          volumes: [%s]
        """
            .formatted(of("uploads")));

    assertThat(uploads().users()).extracting(ClaimView.User::pod).containsExactly("shipped");
  }

  /** Its claim is named by the pod and the volume, and nothing in the pod names it. */
  @Test
  void thePodOfAnEphemeralVolumeUsesItsClaim() {
    here.create(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: web-scratch}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        """);
    pod(
        "web",
        "{name: scratch, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce],"
            + " resources: {requests: {storage: 1Gi}}}}}}",
        Map.of(),
        "Running");

    assertThat(
            claims
                .find(here.namespace, new ClaimSelection(List.of("web-scratch"), null), null)
                .getFirst()
                .users())
        .extracting(ClaimView.User::pod)
        .containsExactly("web");
  }

  @Test
  void aClaimIsMadeOnceAndOneOfSomebodyElseIsNotTakenForIt() {
    var order = new ClaimToMake("copy", "3K", "fast", List.of("ReadWriteMany"), VolumeMode.BLOCK);

    claims.make(here.namespace, order, "back");

    PersistentVolumeClaim made =
        here.client.persistentVolumeClaims().inNamespace(here.namespace).withName("copy").get();
    assertThat(made.getSpec().getResources().getRequests().get("storage")).hasToString("3k");
    assertThat(made.getSpec().getStorageClassName()).isEqualTo("fast");
    assertThat(made.getSpec().getAccessModes()).containsExactly("ReadWriteMany");
    assertThat(made.getSpec().getVolumeMode()).isEqualTo("Block");
    assertThat(claims.find(here.namespace, new ClaimSelection(List.of("copy"), null), null))
        .extracting(ClaimView::volumeMode)
        .containsExactly(VolumeMode.BLOCK);
    assertThat(made.getMetadata().getOwnerReferences()).isEmpty();
    assertThat(made.getMetadata().getAnnotations()).containsEntry("salvor.dev/restored-by", "back");
    assertThatThrownBy(() -> claims.make(here.namespace, order, "back"))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("already exists");
  }
}
