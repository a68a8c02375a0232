package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.e2e.Shop.SecurityLevel;
import dev.salvor.engine.volume.OddTree;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A StatefulSet's volumes lie on two nodes, of which either can have its own only. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith({InstalledSalvor.Extension.class, SecondNode.class})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ResourceLock(SecondNode.LOCK)
class NodesE2E {
  private final Shop shop;

  NodesE2E(InstalledSalvor salvor) {
    shop = Shop.withoutServer(salvor, "nodes", SecurityLevel.BASELINE);
  }

  private Path used(String claim, String node) throws IOException {
    var folder = HostVolume.make(shop, claim, node);
    HostVolume.claim(shop, claim);
    shop.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: web-%1$s}
        spec:
          terminationGracePeriodSeconds: 0
          nodeSelector: {kubernetes.io/hostname: %2$s}
          tolerations: [{key: salvor.test/second, operator: Exists, effect: NoSchedule}]
          containers:
          - name: web
            image: postgres:test
            imagePullPolicy: IfNotPresent
            command: [sleep, infinity]
            volumeMounts: [{name: data, mountPath: /data}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: %1$s}}]
        """
            .formatted(claim, node));
    shop.salvor()
        .cluster()
        .client()
        .pods()
        .inNamespace(shop.namespace())
        .withName("web-" + claim)
        .waitUntilReady(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    return folder;
  }

  @Test
  void claimsOfTwoNodesAreOneRecoveryPoint() throws Exception {
    var here = used("data-0", SecondNode.FIRST);
    var there = used("data-1", SecondNode.SECOND);
    OddTree.makeWithoutTrusted(there);
    Script.run("seq 1000 > index", here);
    // Nobody uses it: its volume alone says that it is of the second node.
    Script.run("seq 2000 > kept", HostVolume.make(shop, "data-2", SecondNode.SECOND));
    HostVolume.claim(shop, "data-2");
    var copy = HostVolume.make(shop, "copy");
    HostVolume.claim(shop, "copy");
    shop.store("offsite", shop.salvor().bucket().endpoint(), "offsite-s3", "");
    shop.repository("offsite", "files");
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files}
        spec:
          source: {volume: {claims: {names: [data-0, data-1, data-2]}}}
          storeRef: {name: offsite}
          retries: 0
        """);

    shop.salvor("backup", "files", "--wait").succeeded();
    shop.salvor("verify", "files", "--wait").succeeded();

    var status = shop.resource("backuppolicy", "files").path("status");
    assertThat(status.path("recoveryPoints")).hasSize(1);
    assertThat(status.at("/recoveryPoints/0/complete").asBoolean()).isTrue();
    assertThat(status.at("/lastVerification/coverage").asText())
        .matches("(\\d+) of \\1 entries, .*");
    shop.salvor("restore", "files", "--claim", "data-1", "--to-claim", "copy", "--wait")
        .succeeded();
    assertThat(OddTree.listing(copy)).isEqualTo(OddTree.listing(there));
  }
}
