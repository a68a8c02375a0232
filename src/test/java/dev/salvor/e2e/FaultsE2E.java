package dev.salvor.e2e;

import static dev.salvor.e2e.Shop.OWN;
import static dev.salvor.e2e.SlowShop.database;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What people and the cluster do to one run: one record of each attempt, nothing lost. */
@Tag("cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(value = "operators", mode = ResourceAccessMode.READ)
class FaultsE2E {
  private final InstalledSalvor salvor;
  private final SlowShop slow;
  private final Shop shop;

  FaultsE2E(InstalledSalvor salvor) {
    this.salvor = salvor;
    this.slow = new SlowShop(salvor, "faults");
    this.shop = slow.shop();
  }

  @Test
  void aPersonDeletesTheJob() {
    var pod = slow.running("deleted");
    var job = pod.getMetadata().getOwnerReferences().getFirst().getName();
    shop.kubectl("delete", "job", job);

    shop.awaitWord("deleted", "Succeeded");
    assertThat(slow.outcomes("deleted", "backup"))
        .containsExactly("Succeeded", "Failed Interrupted");
    assertThat(slow.points("deleted")).hasSize(1);
  }

  @Test
  void theClusterEvictsThePod() {
    var pod = slow.running("evicted");
    salvor.cluster().client().pods().resource(pod).evict();

    shop.awaitWord("evicted", "Succeeded");
    assertThat(slow.outcomes("evicted", "backup")).hasSize(2);
    assertThat(slow.points("evicted")).hasSize(1);
  }

  /** The run goes on as it was asked for; the next one follows the new wish. */
  @Test
  void aPolicyIsEditedInTheMiddleOfARun() {
    slow.running("edited");

    shop.policy("edited", OWN, "slow", "deadline: 30m");

    slow.oneBackupOneRecord("edited");
    var policy = shop.resource("backuppolicy", "edited");
    assertThat(policy.at("/status/observedGeneration").asInt()).isEqualTo(2);
  }

  /** As Argo CD does when it prunes and syncs again. */
  @Test
  void aPolicyIsReplacedInTheMiddleOfARun() {
    slow.running("replaced");

    shop.kubectl("delete", "bpol,breq", "replaced");
    shop.policy("replaced", OWN, "slow", "");
    shop.requestBackup("replaced");

    shop.awaitWord("replaced", "Succeeded");
    assertThat(slow.outcomes("replaced", "backup")).containsExactly("Succeeded");
    assertThat(slow.points("replaced"))
        .isNotEmpty()
        .allMatch(it -> it.path("complete").asBoolean());
  }

  /** What is in the store outlives the resource, and is found again. */
  @Test
  void aPolicyIsAppliedAgainAndKnowsItsPoints() {
    slow.backedUp("again");
    var before = slow.points("again");
    shop.kubectl("delete", "bpol", "again");

    shop.policy("again", OWN, "offsite", "");

    shop.awaitPoints("again", 1);
    assertThat(slow.points("again").at("/0/id")).isEqualTo(before.at("/0/id"));

    shop.kubectl(
        "patch",
        "bpol",
        "again",
        "--subresource=status",
        "--type=json",
        "-p",
        "[{\"op\": \"remove\", \"path\": \"/status\"}]");
    shop.awaitPoints("again", 1);
  }

  /** Staging made from the same YAML as production must not write into its repository. */
  @Test
  void theRepositoryOfAnotherPolicyIsReadAndNotWritten() {
    slow.backedUp("owner");
    var repository = "repository: {path: %s/owner}".formatted(shop.namespace());
    shop.policy("guest", OWN, "offsite", repository);
    shop.requestBackup("guest");

    var condition = shop.awaitPolicy("guest", "OwnedByOther");
    assertThat(condition.path("message").asText()).contains(shop.namespace() + "/owner");
    shop.restore("guest", database("shop_guest"), "");
    shop.awaitRestore("guest", "Succeeded");

    assertThat(shop.server().psql("shop_guest", "select count(*) from orders")).isEqualTo("5000");
    assertThat(slow.points("owner")).hasSize(1);
  }

  /** As it would come from Git with a rebuilt cluster. */
  @Test
  void aRestoreThatWasAppliedAgainAfterItsTimeTouchesNothing() {
    slow.backedUp("expired");
    shop.server().psql("shop", "insert into customers values (501, 'newer')");

    shop.restore("expired", database("shop"), "replace: true\nnotAfter: '2026-01-01T00:00:00Z'");

    shop.awaitRestore("expired", "Expired");
    assertThat(shop.server().psql("shop", "select count(*) from customers")).isEqualTo("501");
  }
}
