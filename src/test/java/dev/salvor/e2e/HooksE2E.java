package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.e2e.Shop.SecurityLevel;
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
import org.junit.jupiter.api.parallel.ResourceLock;

/** An application that is asked to hold still for its backup, by the real kubelet. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@ResourceLock("operators")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HooksE2E {
  private final InstalledSalvor salvor;
  private final Shop shop;
  private final Path notes;

  HooksE2E(InstalledSalvor salvor) throws IOException {
    this.salvor = salvor;
    shop = Shop.withoutServer(salvor, "hooks", SecurityLevel.BASELINE);
    shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
    notes = HostVolume.make(shop, "notes");
    HostVolume.claim(shop, "notes");
  }

  /** It says in a file of its own that it holds still. */
  @BeforeAll
  void anApplicationRuns() throws IOException {
    Files.writeString(notes.resolve("kept"), "kept\n");
    shop.apply(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web}
        spec:
          replicas: 2
          serviceName: web
          podManagementPolicy: Parallel
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: web
                image: postgres:test
                imagePullPolicy: IfNotPresent
                securityContext: {runAsUser: 0}
                command: [sh, -c, "rm -f /notes/end-$HOSTNAME; until [ -e /notes/end-$HOSTNAME ]; do sleep 0.2; done"]
                volumeMounts: [{name: notes, mountPath: /notes}]
              volumes: [{name: notes, persistentVolumeClaim: {claimName: notes}}]
        """);
    await()
        .alias("replicas of web")
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                shop.kubectl("get", "statefulset", "web", "-o", "jsonpath={.status.readyReplicas}"),
            "2"::equals);
  }

  @AfterAll
  void theInstallationIsAsBefore() {
    salvor.upgrade();
  }

  private void requested(String name, String before) {
    shop.repository("offsite", name);
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: %s}
        spec:
          source:
            volume:
              claims: {names: [notes]}
              hooks:
              - matchLabels: {app: web}
                before: [sh, -c, "%s"]
                after: [sh, -c, "rm -f /notes/held-$HOSTNAME"]
                timeoutSeconds: 20
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(name, before));
    shop.requestBackup(name);
  }

  private boolean isAsBefore() {
    return Files.notExists(notes.resolve("held-web-0"))
        && Files.notExists(notes.resolve("held-web-1"))
        && shop.kubectl("get", "pods", "-l", "salvor.dev/in-hook", "-o", "name").isBlank();
  }

  private String failure(String request) {
    return shop.awaitWord(request, "HookFailed").path("message").asText();
  }

  @Test
  @Order(1)
  void nothingIsRunWhereTheInstallationDoesNotSaySo() {
    requested("not-allowed", "touch /notes/held-$HOSTNAME");

    assertThat(failure("not-allowed")).contains("hooks.namespaces");
    assertThat(isAsBefore()).isTrue();

    salvor.upgrade("hooks.namespaces={" + shop.namespace() + "}");
  }

  @Test
  @Order(2)
  void itHoldsStillWhileItIsRead() {
    requested("held", "touch /notes/held-$HOSTNAME");

    shop.awaitWord("held", "Succeeded");
    assertThat(shop.resource("backuppolicy", "held").at("/status/lastSuccess/files").asInt())
        .as("kept, and what the hook made in each pod")
        .isEqualTo(3);
    await().atMost(Cluster.PATIENCE).until(this::isAsBefore);
  }

  @Test
  @Order(3)
  void aCommandThatFailsHasItsLastWordsTold() {
    requested("failed", "touch /notes/held-$HOSTNAME; echo the disk is busy; exit 3");

    assertThat(failure("failed")).contains("in pod web-", "exit code 3: the disk is busy");
    await().atMost(Cluster.PATIENCE).until(this::isAsBefore);
  }

  /** The image has no such program, so that nothing can be taken back either. */
  @Test
  @Order(4)
  void aProgramThatIsNotThereIsNamed() {
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: missing}
        spec:
          source:
            volume:
              claims: {names: [notes]}
              hooks: [{matchLabels: {app: web}, before: [no-such-program], timeoutSeconds: 5}]
          storeRef: {name: offsite}
          retries: 0
        """);
    shop.requestBackup("missing");

    assertThat(failure("missing")).contains("'no-such-program' in pod web-");
    await().atMost(Cluster.PATIENCE).until(this::isAsBefore);
  }

  /** It goes on in the pod, and begins to hold when it was taken back already. */
  @Test
  @Order(5)
  void whatTookTooLongIsTakenBackWhenItIsDone() {
    requested("late", "sleep 25; touch /notes/held-$HOSTNAME");

    assertThat(failure("late")).contains("no end within 20 s");
    await().atMost(Cluster.PATIENCE).until(() -> Files.exists(notes.resolve("held-web-0")));
    await().atMost(Cluster.PATIENCE).until(this::isAsBefore);
  }

  /** Nobody knows how far it came. */
  @Test
  @Order(6)
  void whatAnOperatorLeavesHalfDoneIsTakenBack() {
    requested("half", "touch /notes/held-$HOSTNAME; sleep 5");
    await().atMost(Cluster.PATIENCE).until(() -> Files.exists(notes.resolve("held-web-0")));

    salvor.killOperators();

    assertThat(failure("half")).contains("The operator ended while hooks ran in pod web-");
    await().atMost(Cluster.PATIENCE).until(this::isAsBefore);
  }

  @Test
  @Order(7)
  void itIsHeldAndTakenBackWhoeverDies() {
    requested("killed", "touch /notes/held-$HOSTNAME");
    await().atMost(Cluster.PATIENCE).until(() -> marks().split("HELD", -1).length == 3);

    salvor.killOperators();

    shop.awaitWord("killed", "Succeeded");
    await().atMost(Cluster.PATIENCE).until(this::isAsBefore);
  }

  /** What it held went with its processes, for all that is known. */
  @Test
  @Order(8)
  void aContainerThatIsStartedAnewIsNoBackup() throws IOException {
    requested("anew", "touch /notes/held-$HOSTNAME; [ $HOSTNAME = web-0 ] || sleep 15");
    await().atMost(Cluster.PATIENCE).until(() -> marks().contains("HELD"));

    Files.createFile(notes.resolve("end-web-0"));

    assertThat(failure("anew")).contains("A container of pod web-0 was started anew");
    await().atMost(Cluster.PATIENCE).until(this::isAsBefore);
  }

  private String marks() {
    return shop.kubectl(
        "get",
        "pods",
        "-l",
        "salvor.dev/in-hook",
        "-o",
        "jsonpath={.items[*].metadata.annotations}");
  }
}
