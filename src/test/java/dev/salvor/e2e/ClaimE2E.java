package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A store on a claim whose volume is root's alone, as most drivers hand it over. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
class ClaimE2E {
  private final Shop shop;

  ClaimE2E(InstalledSalvor salvor) {
    shop = new Shop(salvor, "claim");
  }

  @Test
  void aStoreOnAClaimTakesABackupAndGivesItBack() throws IOException {
    var folder = HostVolume.make(shop, "vault");
    HostVolume.store(shop, "vault");
    shop.policy("shop-db", Shop.OWN, "vault", "");

    shop.salvor("backup", "shop-db", "--wait").succeeded();
    shop.salvor("restore", "shop-db", "--to-database", "shop_copy", "--wait").succeeded();
    shop.salvor("verify", "shop-db", "--wait").succeeded();

    assertThat(shop.server().psql("shop_copy", "select count(*) from orders")).isEqualTo("5000");
    assertThat(Files.getOwner(folder).getName()).isEqualTo("root");
    assertThat(Files.getAttribute(folder, "unix:gid")).isEqualTo(65532);
  }

  @Test
  void aStoreThatIsFullSaysSo() throws IOException {
    var folder = HostVolume.make(shop, "full");
    // Gone with the cluster, whatever happens here.
    LocalProgram.run(
            Map.of(), List.of("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder.toString()))
        .succeeded();
    shop.server()
        .psql(
            "shop",
            "create table noise as select gen_random_uuid() as id from generate_series(1, 200000)");
    shop.server().psql("shop", "alter table noise owner to shop");
    HostVolume.store(shop, "full");
    shop.policy("full", Shop.OWN, "full", "");
    shop.requestBackup("full");

    var condition = shop.awaitWord("full", "StoreFull");

    assertThat(condition.path("message").asText()).isNotBlank();
    assertThat(shop.resource("backuppolicy", "full").at("/status/recoveryPoints")).isEmpty();
  }

  /** The kubelet says it in events alone, which are gone after an hour. */
  @Test
  void aVolumeThatCannotBeMountedIsSaidInTheNodesWords() throws Exception {
    var folder = HostVolume.make(shop, "gone");
    HostVolume.store(shop, "gone");
    shop.policy("unmounted", Shop.OWN, "gone", "");
    shop.salvor("backup", "unmounted", "--wait").succeeded();
    Script.run("rm -r \"$PWD\"", folder);

    shop.requestBackup("unmounted");

    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () ->
                assertThat(shop.resource("backuprequest", "unmounted").at("/status").toString())
                    .contains("has not started the pod", "does not exist"));
  }
}
