package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    shop.apply(volume(folder));
    shop.policy("shop-db", "{secretRef: {name: shop-db-app}}", "vault", "");

    shop.salvor("backup", "shop-db", "--wait").succeeded();
    shop.salvor("restore", "shop-db", "--to-database", "shop_copy", "--wait").succeeded();
    shop.salvor("verify", "shop-db", "--wait").succeeded();

    assertThat(shop.server().psql("shop_copy", "select count(*) from orders")).isEqualTo("5000");
    assertThat(Files.getOwner(folder).getName()).isEqualTo("root");
    assertThat(Files.getAttribute(folder, "unix:gid")).isEqualTo(65532);
  }

  private String volume(Path folder) {
    return """
    apiVersion: v1
    kind: PersistentVolume
    metadata: {name: %1$s}
    spec:
      capacity: {storage: 1Gi}
      accessModes: [ReadWriteOnce]
      persistentVolumeReclaimPolicy: Retain
      storageClassName: ""
      claimRef: {namespace: %1$s, name: vault}
      local: {path: %2$s}
      nodeAffinity:
        required:
          nodeSelectorTerms:
          - matchExpressions:
            - {key: kubernetes.io/hostname, operator: Exists}
    ---
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: vault}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
      storageClassName: ""
      volumeName: %1$s
    ---
    apiVersion: salvor.dev/v1alpha1
    kind: BackupStore
    metadata: {name: vault}
    spec:
      pvc: {claimName: vault}
      encryption: {passwordSecretRef: {name: offsite-key, key: password}}
      initialize: IfEmpty
    """
        .formatted(shop.namespace(), folder);
  }
}
