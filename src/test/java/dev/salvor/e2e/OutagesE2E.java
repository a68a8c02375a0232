package dev.salvor.e2e;

import static dev.salvor.e2e.Shop.OWN;
import static dev.salvor.e2e.SlowShop.database;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** What all runs need is away for a while: one run, one record, nothing lost. */
@Tag("cluster")
@Isolated("it ends what all stories share")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OutagesE2E {
  private final InstalledSalvor salvor;
  private final SlowShop slow;
  private final Shop shop;

  OutagesE2E(InstalledSalvor salvor) {
    this.salvor = salvor;
    this.slow = new SlowShop(salvor, "outages");
    this.shop = slow.shop();
  }

  @Test
  @Order(1)
  void theOperatorIsKilledInTheMiddleOfEveryKindOfRun() {
    var policies = List.of("restored", "verified", "maintained");
    for (var policy : policies) {
      shop.policy(policy, OWN, "offsite", "");
      shop.requestBackup(policy);
    }
    policies.forEach(policy -> shop.awaitWord(policy, "Succeeded"));
    shop.policy(
        "maintained",
        OWN,
        "offsite",
        "acknowledge: [maintain-every-1m]\nmaintenance: {schedule: {cron: '* * * * *'}}");
    shop.awaitPod("maintained-maintain", "Running");
    salvor.killOperators();
    slow.running("backed-up");
    shop.restore("verified", "{sandbox: {}}", "");
    shop.awaitPod("verified-verify", "Running");
    shop.restore("restored", database("shop_restored"), "");
    shop.awaitPod("restored-restore", "Running");
    salvor.killOperators();

    slow.oneBackupOneRecord("backed-up");
    shop.awaitRestore("restored", "Succeeded");
    shop.awaitRestore("verified", "Verified");
    shop.awaitRun("restored", "restore");
    shop.awaitRun("verified", "verify");
    shop.awaitRun("maintained", "maintain");
    assertThat(slow.outcomes("restored", "restore")).containsExactly("Succeeded");
    assertThat(slow.outcomes("verified", "verify")).containsExactly("Succeeded");
    assertThat(slow.outcomes("maintained", "maintain")).containsOnly("Succeeded");
    assertThat(shop.server().psql("shop_restored", "select count(*) from orders"))
        .isEqualTo("5000");
    assertThat(slow.points("maintained")).hasSize(1);
  }

  /** Nobody has read the report: the repository is asked. */
  @Test
  @Order(2)
  void thePodIsDeletedBeforeItsReportIsRead() {
    var pod = slow.running("unread");
    salvor.scale(0);
    try {
      shop.awaitPod("unread-backup", "Succeeded");
      shop.kubectl("delete", "pod", pod.getMetadata().getName(), "--now");
    } finally {
      salvor.scale(2);
    }

    shop.awaitWord("unread", "Succeeded");
    assertThat(slow.points("unread")).hasSize(1);
    assertThat(slow.points("unread").at("/0/complete").asBoolean()).isTrue();
  }

  @Test
  @Order(3)
  @Tag("own-cluster")
  void theApiServerIsAwayForAMinuteAndTheKubeletIsKilledWithIt() {
    slow.running("headless");
    try (var _ = new Outage("kubelet")) {
      Outage.of("kube-apiserver", Duration.ofMinutes(1));
    }
    slow.oneBackupOneRecord("headless");
  }

  /** One that was made meanwhile has no node, and waits for another. */
  private List<Pod> podsOf(String node) {
    return salvor
        .cluster()
        .client()
        .pods()
        .inNamespace(shop.namespace())
        .withField("spec.nodeName", node)
        .list()
        .getItems();
  }

  /** All its pods are gone with it, the database too, and another node takes its place. */
  @Test
  @Order(4)
  @Tag("own-cluster")
  void theNodeIsGone() {
    var pod = slow.running("homeless");
    try (var _ = new Outage("kubelet")) {
      shop.kubectl("delete", "node", pod.getSpec().getNodeName());
      await().atMost(Cluster.PATIENCE).until(() -> podsOf(pod.getSpec().getNodeName()).isEmpty());
    }
    shop.serverAgain();

    shop.awaitWord("homeless", "Succeeded");
    assertThat(slow.outcomes("homeless", "backup"))
        .as("what the container did before it was ended counts")
        .containsOnlyOnce("Succeeded");
    assertThat(slow.points("homeless")).hasSize(1);
  }
}
