package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.e2e.Shop.SecurityLevel;
import dev.salvor.testing.LoopDevice;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A raw block device beside a claim of files: kept, proven, damaged, had back in place and in a new
 * claim. The devices are loop devices of this machine.
 */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DeviceE2E {
  private static final String SIZE = "64Mi";

  private final Shop shop;
  private final LoopDevice disk;
  private final LoopDevice spare;

  DeviceE2E(InstalledSalvor salvor) throws IOException {
    shop = Shop.withoutServer(salvor, "device", SecurityLevel.BASELINE);
    shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
    shop.repository("offsite", "machine");
    disk = device("disk");
    spare = device("spare");
    Files.writeString(HostVolume.make(shop, "notes").resolve("note"), "kept\n");
    HostVolume.claim(shop, "notes");
  }

  /** Of zeros, and a volume of it. */
  private LoopDevice device(String name) throws IOException {
    var file = HostVolume.folder(shop, name);
    Script.run("truncate --size 64M " + file, Path.of("/"));
    var loop = LoopDevice.of(file);
    shop.apply(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %s}
        spec:
          capacity: {storage: %s}
          accessModes: [ReadWriteOnce]
          persistentVolumeReclaimPolicy: Retain
          storageClassName: %s
          volumeMode: Block
          local: {path: %s}
          nodeAffinity:
            required:
              nodeSelectorTerms:
              - matchExpressions:
                - {key: kubernetes.io/hostname, operator: Exists}
        """
            .formatted(HostVolume.name(shop, name), SIZE, shop.namespace(), loop.path()));
    return loop;
  }

  @BeforeAll
  void aMachineUsesIt() {
    shop.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: disk}
        spec:
          accessModes: [ReadWriteOnce]
          volumeMode: Block
          volumeName: %s
          storageClassName: %s
          resources: {requests: {storage: %s}}
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: machine}
        spec:
          source: {volume: {claims: {names: [disk, notes]}}}
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(HostVolume.name(shop, "disk"), shop.namespace(), SIZE));
    pod("machine", "", "dd if=/dev/urandom of=/dev/disk bs=1M count=9 seek=3 && sleep infinity");
    awaitPhase("machine", "Running");
  }

  @AfterAll
  void leave() {
    shop.kubectl("delete", "pods", "--all", "--wait");
    disk.close();
    spare.close();
  }

  private void pod(String name, String claim, String script) {
    shop.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 0
          containers:
          - name: it
            image: postgres:test
            imagePullPolicy: IfNotPresent
            command: [sh, -euc, "%s"]
            securityContext: {runAsUser: 0}
            volumeDevices:
            - {name: disk, devicePath: /dev/disk}
          volumes:
          - {name: disk, persistentVolumeClaim: {claimName: disk%s}}
        """
            .formatted(name, script, claim));
  }

  private void awaitPhase(String pod, String phase) {
    await()
        .atMost(Cluster.PATIENCE)
        .until(
            () -> shop.kubectl("get", "pod", pod, "-o", "jsonpath={.status.phase}").equals(phase));
  }

  private static String sum(LoopDevice device) {
    return Script.run("sha256sum < " + device.path(), Path.of("/"));
  }

  @Test
  @Order(1)
  void aDeviceThatAPodMayWriteToIsNotReadBesideIt() {
    shop.requestBackup("machine");

    shop.awaitWords(
        "machine", "ClaimBusy", "raw block device (volumeMode: Block) that pod machine");
    shop.kubectl("delete", "pod", "machine", "--wait");
    shop.awaitWord("machine", "Succeeded");
  }

  /** What a backup relies on: of a mount Kubernetes can say it, of a device by its volume alone. */
  @Test
  @Order(2)
  void aDeviceOfAReadOnlyVolumeCanBeReadAndNotWrittenTo() {
    var before = sum(disk);

    pod(
        "looker",
        ", readOnly: true",
        "dd if=/dev/disk of=/dev/null bs=1M; ! dd if=/dev/zero of=/dev/disk bs=1M count=4");

    awaitPhase("looker", "Succeeded");
    assertThat(sum(disk)).isEqualTo(before);
  }

  @Test
  @Order(3)
  void allOfItIsProven() {
    shop.salvor("verify", "machine", "--wait").succeeded();

    var verdict = shop.resource("backuppolicy", "machine").at("/status/lastVerification");
    assertThat(verdict.at("/outcome").asText()).isEqualTo("Verified");
    assertThat(verdict.at("/coverage").asText()).isEqualTo("3 of 3 entries, 67108869 bytes");
  }

  @Test
  @Order(4)
  void aDamagedDeviceComesBackInPlaceAndInANewClaim() {
    var before = sum(disk);
    Script.run(
        "dd if=/dev/urandom of=%s bs=1M count=5 seek=2 conv=fsync".formatted(disk.path()),
        Path.of("/"));
    var worse = sum(disk);

    shop.salvor(
            "restore", "machine", "--claim", "disk", "--to-claim", "disk", "--replace", "--wait")
        .succeeded();
    assertThat(sum(disk)).isEqualTo(before).isNotEqualTo(worse);

    shop.salvor(
            "restore",
            "machine",
            "--claim",
            "disk",
            "--to-claim",
            "new",
            "--create-claim",
            "--wait")
        .succeeded();
    assertThat(shop.kubectl("get", "pvc", "new", "-o", "jsonpath={.spec.volumeMode}"))
        .isEqualTo("Block");
    assertThat(sum(spare)).isEqualTo(before);
  }
}
