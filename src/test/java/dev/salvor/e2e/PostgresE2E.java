package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.testing.Script;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * What the README promises to a team with a cluster: by the chart, examples/postgres and the
 * command line alone.
 */
@Tag("cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ResourceLock(value = "operators", mode = ResourceAccessMode.READ)
class PostgresE2E {
  private final Shop shop;

  PostgresE2E(InstalledSalvor salvor) {
    shop = new Shop(salvor, "postgres").withExample();
  }

  @BeforeAll
  void backUp() {
    shop.salvor("backup", Shop.POLICY, "--wait").succeeded();
  }

  @Test
  @Order(1)
  void thePolicyShowsItsBackup() {
    var status = shop.status();
    assertThat(status.at("/recoveryPoints")).hasSize(1);
    assertThat(status.at("/recoveryPoints/0/complete").asBoolean()).isTrue();
    assertThat(shop.kubectl("get", "bpol")).contains(Shop.POLICY);
  }

  @Test
  @Order(2)
  void aLostTableComesBack() {
    var rows = "select count(*), sum(total) from orders";
    var before = shop.server().psql("shop", rows);
    shop.server().psql("shop", "drop table orders");

    shop.salvor("restore", Shop.POLICY, "--to-database", "shop", "--replace", "--wait").succeeded();

    assertThat(shop.server().psql("shop", rows)).isEqualTo(before);
    assertThat(
            shop.server()
                .psql("postgres", "select count(*) from pg_database where datname like 'shop%'"))
        .as("the database that was replaced is kept")
        .isEqualTo("2");
  }

  @Test
  @Order(3)
  @Tag("own-cluster")
  void withoutAnEnforcingNetworkTheProofSaysSo() {
    shop.salvor("verify", Shop.POLICY, "--wait").succeeded();

    assertThat(shop.status().at("/lastVerification/outcome").asText()).isEqualTo("Verified");
    assertThat(shop.status().at("/lastVerification/isolation").asText()).isEqualTo("NotEnforced");
  }

  @Test
  @Order(4)
  @Tag("own-cluster")
  void withAnEnforcingNetworkTheProofSaysThat() {
    try (var _ = new EnforcingNetwork(shop.salvor().cluster(), shop.namespace())) {
      shop.salvor("verify", Shop.POLICY, "--wait").succeeded();
    }

    assertThat(shop.status().at("/lastVerification/outcome").asText()).isEqualTo("Verified");
    assertThat(shop.status().at("/lastVerification/isolation").asText()).isEqualTo("Enforced");
  }

  /** The volume has a file system's own folder, which is none of ours. */
  @Test
  @Order(5)
  @Tag("own-cluster")
  void aProofHasAClaimForItsScratchSpace() throws Exception {
    var volume = HostVolume.unclaimed(shop, "scratch", "12Gi");
    Script.run("mkdir -m 700 lost+found && echo mine > lost+found/x", volume);
    shop.kubectl(
        "patch",
        "bpol",
        Shop.POLICY,
        "--type=merge",
        "-p",
        "{\"spec\": {\"jobTemplate\": {\"scratchStorageClassName\": \"%s\"}}}"
            .formatted(HostVolume.name(shop, "scratch")));

    shop.salvor("verify", Shop.POLICY, "--wait").succeeded();

    assertThat(shop.status().at("/lastVerification/outcome").asText()).isEqualTo("Verified");
    assertThat(volume.resolve("lost+found/x")).hasContent("mine\n");
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(
            () -> {
              assertThat(shop.kubectl("get", "pvc", "-o", "name")).doesNotContain("sandbox");
              assertThat(
                      shop.kubectl(
                          "get",
                          "pv",
                          HostVolume.name(shop, "scratch"),
                          "-o",
                          "jsonpath={.status.phase} {.spec.claimRef.name}"))
                  .startsWith("Released ")
                  .endsWith("-sandbox");
            });
  }
}
