package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    var folder = Path.of(ClusterBucket.variable("SALVOR_E2E_VOLUMES"), shop.namespace());
    Files.createDirectory(folder);
    shop.apply(volume(folder, "vault"));
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
    var folder = Path.of(ClusterBucket.variable("SALVOR_E2E_VOLUMES"), shop.namespace() + "-full");
    Files.createDirectory(folder);
    // Gone with the cluster, whatever happens here.
    LocalProgram.run(
            Map.of(), List.of("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder.toString()))
        .succeeded();
    shop.server()
        .psql(
            "shop",
            "create table noise as select gen_random_uuid() as id from generate_series(1, 200000)");
    shop.server().psql("shop", "alter table noise owner to shop");
    shop.apply(volume(folder, "full"));
    shop.policy("full", Shop.OWN, "full", "retries: 0");
    shop.requestBackup("full");

    var condition = shop.awaitWord("full", "StoreFull");

    assertThat(condition.path("message").asText()).isNotBlank();
    assertThat(shop.resource("backuppolicy", "full").at("/status/recoveryPoints")).isEmpty();
  }

  private String volume(Path folder, String claim) {
    return """
    apiVersion: v1
    kind: PersistentVolume
    metadata: {name: %1$s-%3$s}
    spec:
      capacity: {storage: 1Gi}
      accessModes: [ReadWriteOnce]
      persistentVolumeReclaimPolicy: Retain
      storageClassName: ""
      claimRef: {namespace: %1$s, name: %3$s}
      local: {path: %2$s}
      nodeAffinity:
        required:
          nodeSelectorTerms:
          - matchExpressions:
            - {key: kubernetes.io/hostname, operator: Exists}
    ---
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: %3$s}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
      storageClassName: ""
      volumeName: %1$s-%3$s
    ---
    apiVersion: salvor.dev/v1alpha1
    kind: BackupStore
    metadata: {name: %3$s}
    spec:
      pvc: {claimName: %3$s}
      encryption: {passwordSecretRef: {name: offsite-key, key: password}}
      initialize: IfEmpty
    """
        .formatted(shop.namespace(), folder, claim);
  }
}
