package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.e2e.CopyingDriver.Course;
import dev.salvor.e2e.Shop.SecurityLevel;
import dev.salvor.engine.volume.OddTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Claims that are read by snapshots, with the real snapshot controller. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SnapshotE2E {
  private final Shop shop;
  private final CopyingDriver driver;
  private final Path uploads;
  private final Path notes;

  SnapshotE2E(InstalledSalvor salvor) throws IOException {
    shop = Shop.withoutServer(salvor, "snapshot", SecurityLevel.BASELINE);
    shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
    shop.repository("offsite", "files");
    driver = new CopyingDriver(shop);
    uploads = driver.claim("uploads");
    notes = HostVolume.make(shop, "notes");
    HostVolume.claim(shop, "notes");
  }

  @BeforeAll
  void aPolicyOfTwoKindsOfVolumes() throws Exception {
    OddTree.makeWithoutTrusted(uploads);
    Files.writeString(notes.resolve("note"), "kept\n");
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files}
        spec:
          source: {volume: {claims: {names: [uploads, notes]}, mode: Auto}}
          storeRef: {name: offsite}
        """);
  }

  @AfterAll
  void leave() {
    driver.close();
  }

  /** Whoever leads when the snapshot is asked for is killed before it is ready. */
  @Test
  @Order(1)
  @ResourceLock("operators")
  void aBackupIsWhatWasThereWhenTheSnapshotWasTaken() throws Exception {
    var before = OddTree.listing(uploads);
    driver.go(Course.SLOW);
    shop.requestBackup("files");
    shop.awaitWords("files", "Progressing", "snapshot");
    await()
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                driver.contents().stream()
                    .anyMatch(it -> it.get("status", "creationTime") != null));
    Files.writeString(uploads.resolve("later"), "written after the snapshot\n");
    Files.delete(uploads.resolve("small"));
    var changed = Instant.now();
    shop.salvor().killOperators();
    driver.go(Course.READY);

    shop.awaitWord("files", "Succeeded");

    var point = shop.resource("backuppolicy", "files").at("/status/recoveryPoints/0");
    assertThat(Instant.parse(point.path("time").asText())).isBefore(changed);
    assertThat(point.path("complete").asBoolean()).isTrue();
    var back = HostVolume.make(shop, "back");
    HostVolume.claim(shop, "back");
    shop.salvor("restore", "files", "--claim", "uploads", "--to-claim", "back", "--wait")
        .succeeded();
    assertThat(OddTree.listing(back)).isEqualTo(before);
    shop.salvor("verify", "files", "--wait").succeeded();
  }

  @Test
  @Order(2)
  void nothingOfASnapshotStays() {
    await()
        .atMost(Cluster.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(driver.snapshots()).isEmpty();
              assertThat(driver.contents()).isEmpty();
              assertThat(driver.kept()).isEmpty();
              assertThat(shop.kubectl("get", "pvc", "-o", "name").lines())
                  .containsExactlyInAnyOrder(
                      "persistentvolumeclaim/back",
                      "persistentvolumeclaim/notes",
                      "persistentvolumeclaim/uploads");
            });
  }

  /**
   * What the driver says is seen while it is waited for, and a pool that is freed is no failure.
   */
  @Test
  @Order(3)
  void aSnapshotThatFailsIsSaidInTheDriversWordsAndTriedOn() {
    driver.go(Course.FAILING);
    shop.requestBackup("files", "again");

    shop.awaitWords("again", "Progressing", "failed so far: ");
    assertThat(shop.awaitWords("again", "Progressing", "the pool is full")).isNotNull();
    driver.go(Course.READY);

    shop.awaitWord("again", "Succeeded");
    await().atMost(Cluster.PATIENCE).until(() -> driver.contents().isEmpty());
  }
}
