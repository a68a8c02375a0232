package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** The cluster breaks in the middle of a run: one run, one record, nothing lost. */
@Tag("cluster")
@Isolated("it ends the operator that all stories share")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsE2E {
  private static final String OWN = "{secretRef: {name: shop-db-app}}";

  private final InstalledSalvor salvor;
  private final Shop shop;

  FaultsE2E(InstalledSalvor salvor) {
    this.salvor = salvor;
    this.shop = new Shop(salvor, "faults");
  }

  /** A backup takes some 15 seconds, so that there is a middle to break it in. */
  @BeforeAll
  void stores() {
    var endpoint = salvor.bucket().endpoint();
    shop.store("offsite", endpoint, "offsite-s3", "");
    shop.store("slow", endpoint, "offsite-s3", "limits: {uploadKiBPerSecond: 12}");
  }

  private Pod running(String policy) {
    shop.policy(policy, OWN, "slow", "");
    shop.requestBackup(policy);
    return shop.awaitPod(policy + "-backup", "Running");
  }

  private void oneRunOneRecord(String policy) {
    shop.awaitWord(policy, "Succeeded");
    assertThat(backups(policy))
        .extracting(run -> run.path("outcome").asText())
        .containsExactly("Succeeded");
    assertThat(points(policy)).hasSize(1);
  }

  private JsonNode points(String policy) {
    return shop.resource("backuppolicy", policy).at("/status/recoveryPoints");
  }

  private List<JsonNode> backups(String policy) {
    return runs(policy, "backup");
  }

  private List<JsonNode> runs(String policy, String purpose) {
    var runs = new ArrayList<JsonNode>();
    for (var run : shop.resource("backuppolicy", policy).at("/status/runs")) {
      if (run.path("purpose").asText().equals(purpose)) {
        runs.add(run);
      }
    }
    return runs;
  }

  @Test
  void theOperatorIsKilled() {
    running("killed");

    salvor.killOperators();

    oneRunOneRecord("killed");
  }

  /** Nobody has read the report: the repository is asked. */
  @Test
  void thePodIsDeletedBeforeItsReportIsRead() {
    var pod = running("unread");
    salvor.scale(0);
    try {
      shop.awaitPod("unread-backup", "Succeeded");
      salvor.kubectl("-n", shop.namespace(), "delete", "pod", pod.getMetadata().getName(), "--now");
    } finally {
      salvor.scale(2);
    }

    shop.awaitWord("unread", "Succeeded");
    assertThat(points("unread")).hasSize(1);
    assertThat(points("unread").at("/0/complete").asBoolean()).isTrue();
  }

  @Test
  void aPersonDeletesTheJob() {
    var pod = running("deleted");
    var job = pod.getMetadata().getOwnerReferences().getFirst().getName();
    salvor.kubectl("-n", shop.namespace(), "delete", "job", job);

    shop.awaitWord("deleted", "Succeeded");
    assertThat(backups("deleted"))
        .extracting(run -> run.path("outcome").asText() + run.path("reason").asText())
        .containsExactly("Succeeded", "FailedInterrupted");
    assertThat(points("deleted")).hasSize(1);
  }

  @Test
  void theClusterEvictsThePod() {
    var pod = running("evicted");
    salvor.cluster().client().pods().resource(pod).evict();

    shop.awaitWord("evicted", "Succeeded");
    assertThat(backups("evicted")).hasSize(2);
    assertThat(points("evicted")).hasSize(1);
  }

  @Test
  @Tag("own-cluster")
  void theApiServerIsAwayForHalfAMinute() {
    running("headless");
    breakForAWhile("kube-apiserver", 30);
    oneRunOneRecord("headless");
  }

  @Test
  @Tag("own-cluster")
  void theKubeletIsKilled() {
    running("nodeless");
    breakForAWhile("kubelet", 10);
    oneRunOneRecord("nodeless");
  }

  private static void breakForAWhile(String process, int seconds) {
    LocalProgram.run(
            Map.of(),
            List.of("src/test/scripts/cluster", "break", process, Integer.toString(seconds)))
        .succeeded();
  }

  /** What is in the store outlives the resource, and is found again. */
  @Test
  void aPolicyIsAppliedAgainAndKnowsItsPoints() {
    shop.policy("again", OWN, "offsite", "");
    shop.requestBackup("again");
    shop.awaitWord("again", "Succeeded");
    var before = points("again");
    salvor.kubectl("-n", shop.namespace(), "delete", "bpol", "again");

    shop.policy("again", OWN, "offsite", "");

    shop.awaitPoints("again", 1);
    assertThat(points("again").at("/0/id")).isEqualTo(before.at("/0/id"));

    salvor.kubectl(
        "-n",
        shop.namespace(),
        "patch",
        "bpol",
        "again",
        "--subresource=status",
        "--type=json",
        "-p",
        "[{\"op\": \"remove\", \"path\": \"/status\"}]");
    shop.awaitPoints("again", 1);
  }

  /** As it would come from Git with a rebuilt cluster. */
  @Test
  void aRestoreThatWasAppliedAgainAfterItsTimeTouchesNothing() {
    shop.policy("expired", OWN, "offsite", "");
    shop.requestBackup("expired");
    shop.awaitWord("expired", "Succeeded");
    shop.server().psql("shop", "insert into customers values (501, 'newer')");

    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: expired}
        spec:
          source: {policyRef: {name: expired}, latest: {}}
          target: {postgres: {connection: {secretRef: {name: shop-db-app}}, database: shop}}
          replace: true
          notAfter: "2026-01-01T00:00:00Z"
        """);

    shop.awaitRestore("expired", "Expired");
    assertThat(shop.server().psql("shop", "select count(*) from customers")).isEqualTo("501");
  }

  @Test
  void aRestoreWhoseOperatorIsKilledIsCarriedOutOnce() {
    shop.policy("once", OWN, "offsite", "");
    shop.requestBackup("once");
    shop.awaitWord("once", "Succeeded");

    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: once}
        spec:
          source: {policyRef: {name: once}, latest: {}}
          target: {postgres: {connection: {secretRef: {name: shop-db-app}}, database: shop_once}}
        """);
    shop.awaitPod("once-restore", "Running");
    salvor.killOperators();

    shop.awaitRestore("once", "Succeeded");
    assertThat(shop.server().psql("shop_once", "select count(*) from orders")).isEqualTo("5000");
    shop.awaitRun("once", "restore");
    assertThat(runs("once", "restore")).hasSize(1);
  }
}
