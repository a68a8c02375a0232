package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.e2e.Shop.SecurityLevel;
import dev.salvor.engine.volume.OddTree;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Claims of a cluster: read beside the pod that uses them, proven, lost, had back in place, and in
 * a new claim. The volumes are folders of this machine, so that what is in them can be looked at.
 */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class VolumeE2E {
  private final Shop shop;
  private final Path uploads;
  private final Path avatars;

  VolumeE2E(InstalledSalvor salvor) throws IOException {
    shop = Shop.withoutServer(salvor, "volume", SecurityLevel.BASELINE);
    uploads = HostVolume.make(shop, "uploads");
    avatars = HostVolume.make(shop, "avatars");
    HostVolume.claim(shop, "uploads");
    HostVolume.claim(shop, "avatars");
    shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
  }

  @BeforeAll
  void anApplicationUsesThem() throws Exception {
    OddTree.makeWithoutTrusted(uploads);
    Script.run(
        "echo 1 > 1.png; chown 1000:1000 1.png; chmod 600 1.png; chown 0:1000 .; chmod 2775 .",
        avatars);
    application();
    policy("files", "claims: {names: [uploads, avatars]}");
  }

  private void policy(String name, String volume) {
    policy(name, volume, "offsite");
  }

  private void policy(String name, String volume, String store) {
    shop.repository(store, name);
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: %s}
        spec:
          source:
            volume:
              %s
          storeRef: {name: %s}
          retries: 0
          verification:
            checks:
            - {name: pictures, files: {path: "*.png"}}
        """
            .formatted(name, volume.indent(6).strip(), store));
  }

  private void application() {
    shop.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: web
            image: postgres:test
            imagePullPolicy: IfNotPresent
            command: [sleep, infinity]
            volumeMounts:
            - {name: uploads, mountPath: /uploads}
            - {name: avatars, mountPath: /avatars}
          volumes:
          - {name: uploads, persistentVolumeClaim: {claimName: uploads}}
          - {name: avatars, persistentVolumeClaim: {claimName: avatars}}
        """);
    shop.salvor()
        .cluster()
        .client()
        .pods()
        .inNamespace(shop.namespace())
        .withName("web")
        .waitUntilReady(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private void stopApplication() {
    shop.kubectl("delete", "pod", "web", "--wait");
  }

  private static String accessTimes(Path folder) {
    return Script.run("find . -printf '%p %A@ %C@\\n' | LC_ALL=C sort", folder);
  }

  @Test
  @Order(1)
  void claimsAreReadBesideTheirPodAndLeftAsTheyAre() {
    // To look at a folder is to read it: the first look may move its times, later ones do not.
    accessTimes(uploads);
    var before = accessTimes(uploads);

    shop.salvor("backup", "files", "--wait").succeeded();

    var status = shop.resource("backuppolicy", "files").path("status");
    assertThat(status.at("/recoveryPoints/0/complete").asBoolean()).isTrue();
    assertThat(status.at("/lastSuccess/files").asInt()).isGreaterThan(40);
    assertThat(accessTimes(uploads)).isEqualTo(before);
  }

  @Test
  @Order(2)
  void allOfThemIsProven() {
    shop.salvor("verify", "files", "--wait").succeeded();

    var verdict = shop.resource("backuppolicy", "files").at("/status/lastVerification");
    assertThat(verdict.at("/outcome").asText()).isEqualTo("Verified");
    assertThat(verdict.at("/coverage").asText()).matches("(\\d+) of \\1 entries, .*");
  }

  /** First refused, since a pod writes there; then had back, and taken back again. */
  @Test
  @Order(3)
  void aLostFolderComesBackInPlace() throws Exception {
    var before = OddTree.listing(uploads);
    Script.run("rm -r names; echo other > small; echo more > added", uploads);
    var worse = OddTree.listing(uploads);
    var restore =
        new String[] {
          "restore",
          "files",
          "--claim",
          "uploads",
          "--to-claim",
          "uploads",
          "--replace",
          "--mirror",
          "--wait"
        };

    var refused = shop.salvor(restore);
    assertThat(refused.output()).contains("AcknowledgementNeeded", "in use by pod web");
    assertThat(OddTree.listing(uploads)).isEqualTo(worse);

    stopApplication();
    shop.salvor(restore).succeeded();
    assertThat(OddTree.listing(uploads)).isEqualTo(before);
    assertThat(avatars.resolve("1.png")).hasContent("1\n");

    shop.salvor("restore", "--undo", newestRestore(), "--wait").succeeded();
    assertThat(OddTree.listing(uploads)).isEqualTo(worse);
    shop.salvor(restore).succeeded();
  }

  private String newestRestore() {
    return shop.kubectl("get", "rreq", "--sort-by=.metadata.creationTimestamp", "-o", "name")
        .lines()
        .reduce((one, other) -> other)
        .orElseThrow()
        .replaceFirst(".*/", "");
  }

  @Test
  @Order(4)
  void aNewClaimIsMadeAndHoldsTheSame() throws Exception {
    var folder = HostVolume.make(shop, "copy");

    shop.salvor(
            "restore",
            "files",
            "--claim",
            "uploads",
            "--to-claim",
            "copy",
            "--create-claim",
            "--wait")
        .succeeded();

    assertThat(OddTree.listing(folder)).isEqualTo(OddTree.listing(uploads));
    var claim =
        shop.salvor()
            .cluster()
            .client()
            .persistentVolumeClaims()
            .inNamespace(shop.namespace())
            .withName("copy")
            .get();
    assertThat(claim.getSpec().getResources().getRequests().get("storage")).hasToString("1Gi");
    assertThat(claim.getMetadata().getOwnerReferences())
        .as("what was restored stays when the request goes")
        .isEmpty();
  }

  /** The policy is gone with its namespace: the store and the repository's path are enough. */
  @Test
  @Order(5)
  void anotherNamespaceHasOneFolderOfIt() throws Exception {
    var other = Shop.withoutServer(shop.salvor(), "other", SecurityLevel.BASELINE);
    var folder = HostVolume.make(other, "names");
    HostVolume.claim(other, "names");
    other.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupStore
        metadata: {name: offsite}
        spec:
          s3:
            bucket: %s
            prefix: %s/offsite
            region: %s
            endpoint: %s
            credentials: {secretRef: {name: offsite-s3}}
          encryption: {passwordSecretRef: {name: offsite-key, key: password}}
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: names}
        spec:
          source:
            repository: {storeRef: {name: offsite}, path: %2$s/files}
            latest: {}
            claim: uploads
          target: {volume: {claim: names}}
          select: {paths: [names]}
        """
            .formatted(
                shop.salvor().bucket().bucket(),
                shop.namespace(),
                shop.salvor().bucket().region(),
                shop.salvor().bucket().endpoint()));

    other.awaitRestore("names", "Succeeded");

    assertThat(OddTree.listing(folder.resolve("names")))
        .isEqualTo(OddTree.listing(uploads.resolve("names")));
    try (var found = Files.list(folder)) {
      assertThat(found).containsExactly(folder.resolve("names"));
    }
  }

  /**
   * Read and restored with root's rights, and written to the store as the user of all other runs.
   */
  @Test
  @Order(6)
  void aStoreOnAClaimIsWrittenToByOneUser() throws Exception {
    var vault = HostVolume.make(shop, "vault");
    var again = HostVolume.make(shop, "again");
    HostVolume.store(shop, "vault");
    HostVolume.claim(shop, "again");
    policy("vaulted", "claims: {names: [uploads, avatars]}", "vault");

    shop.salvor("backup", "vaulted", "--wait").succeeded();
    shop.salvor("verify", "vaulted", "--wait").succeeded();
    shop.salvor("restore", "vaulted", "--claim", "uploads", "--to-claim", "again", "--wait")
        .succeeded();

    assertThat(OddTree.listing(again)).isEqualTo(OddTree.listing(uploads));
    assertThat(Script.run("find . -mindepth 1 ! -uid 65532", vault)).isEmpty();
    assertThat(Script.run("find . -type f -path '*/data/*'", vault)).isNotEmpty();
  }

  @Test
  @Order(7)
  void aClaimThatIsMissingIsWaitedFor() {
    policy("missing", "claims: {names: [nowhere]}");

    assertThat(shop.awaitPolicy("missing", "ClaimNotFound").path("message").asText())
        .contains("'nowhere'");
  }

  /** Root reads everything, and a namespace for which that is too much says so at once. */
  @Test
  @Order(8)
  void whatPodSecurityRefusesIsSaidWithTheWayOut() {
    shop.enforce(SecurityLevel.RESTRICTED);
    policy("refused", "claims: {names: [uploads]}");
    policy("own-user", "claims: {names: [avatars]}\nrunAs: {user: 1000}");
    shop.requestBackup("refused");
    shop.requestBackup("own-user");

    assertThat(shop.awaitWord("refused", "PodSecurity").path("message").asText())
        .contains("violates PodSecurity");
    assertThat(shop.resource("backuprequest", "refused").at("/status/failure/hint").asText())
        .contains("enforce=baseline", "runAs");
    shop.awaitWord("own-user", "Succeeded");
    shop.salvor("verify", "own-user", "--wait").succeeded();

    shop.restore("own-user", "{volume: {claim: avatars, runAs: {user: 1000}}}", again());
    shop.awaitRestore("own-user", "Succeeded");
    await().until(() -> Files.isRegularFile(avatars.resolve("1.png")));
    assertThat(pods()).noneMatch(name -> name.startsWith("refused-backup"));
  }

  private static String again() {
    return "replace: true\nnotAfter: \"2100-01-01T00:00:00Z\"";
  }

  private List<String> pods() {
    return shop
        .salvor()
        .cluster()
        .client()
        .pods()
        .inNamespace(shop.namespace())
        .list()
        .getItems()
        .stream()
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }
}
