package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A shop whose backups are slow, so that there is a middle to break them in. */
final class SlowShop {
  private final Shop shop;

  SlowShop(InstalledSalvor salvor, String story) {
    shop = new Shop(salvor, story);
    var endpoint = salvor.bucket().endpoint();
    shop.store("offsite", endpoint, "offsite-s3", "limits: {concurrentRuns: 8}");
    // Some 15 seconds.
    shop.store(
        "slow", endpoint, "offsite-s3", "limits: {uploadKiBPerSecond: 12, concurrentRuns: 8}");
  }

  Shop shop() {
    return shop;
  }

  /** A policy that has one recovery point. */
  void backedUp(String policy) {
    shop.policy(policy, Shop.OWN, "offsite", "");
    shop.requestBackup(policy);
    shop.awaitWord(policy, "Succeeded");
  }

  /** The pod of a policy's first backup, in the middle of it. */
  Pod running(String policy) {
    shop.policy(policy, Shop.OWN, "slow", "");
    shop.requestBackup(policy);
    return shop.awaitPod(policy + "-backup", "Running");
  }

  void oneBackupOneRecord(String policy) {
    shop.awaitWord(policy, "Succeeded");
    // A request waits a minute for its policy's record: an API server that was away so long ends
    // that.
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(outcomes(policy, "backup")).containsExactly("Succeeded"));
    assertThat(points(policy)).hasSize(1);
  }

  JsonNode points(String policy) {
    return shop.resource("backuppolicy", policy).at("/status/recoveryPoints");
  }

  /**
   * Of the policy's runs for this, the newest first, with the reason of those that failed. A server
   * that a busy machine kept from answering is tried again, and no matter of these stories.
   */
  List<String> outcomes(String policy, String purpose) {
    var outcomes = new ArrayList<String>();
    for (var run : shop.resource("backuppolicy", policy).at("/status/runs")) {
      if (run.path("purpose").asText().equals(purpose)
          && !run.path("reason").asText().equals("SourceUnreachable")) {
        outcomes.add((run.path("outcome").asText() + " " + run.path("reason").asText()).strip());
      }
    }
    return outcomes;
  }

  static String database(String name) {
    return "{postgres: {connection: %s, database: %s}}".formatted(Shop.OWN, name);
  }
}
