package dev.salvor.e2e;

import static dev.salvor.e2e.Shop.OWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a cluster can do to a run must read well: each is brought about, all at the same time.
 */
@Tag("cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailuresE2E {
  /** One backup that fails, or does not begin, and what people are told of it. */
  record Case(
      String name, String connection, String store, String more, String reason, String words) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Nothing listens there, wherever the pod runs. */
  private static final String GONE = "http://127.0.0.1:1";

  private final Shop shop;

  FailuresE2E(InstalledSalvor salvor) {
    shop = new Shop(salvor, "failures");
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(
            "no-secret",
            "{secretRef: {name: nowhere}}",
            "offsite",
            "",
            "CredentialsMissing",
            "nowhere"),
        new Case(
            "no-key",
            "{host: shop-db, user: shop, passwordSecretRef: {name: half, key: password}}",
            "offsite",
            "",
            "CredentialsMissing",
            "half"),
        new Case(
            "no-password",
            "{secretRef: {name: half}}",
            "offsite",
            "",
            "AuthenticationFailed",
            "no password was provided"),
        new Case(
            "wrong-password",
            "{secretRef: {name: wrong}}",
            "offsite",
            "",
            "AuthenticationFailed",
            "password authentication failed"),
        new Case(
            "no-host",
            "{secretRef: {name: elsewhere}}",
            "offsite",
            "",
            "SourceUnreachable",
            "no-such-host"),
        new Case(
            "no-node",
            OWN,
            "offsite",
            "jobTemplate: {nodeSelector: {nowhere: here}}",
            "Progressing",
            "No node takes the pod: 0/"),
        new Case(
            "no-quota",
            OWN,
            "offsite",
            "jobTemplate: {resources: {requests: {cpu: '60'}}}",
            "Progressing",
            "exceeded quota"),
        new Case(
            "little-memory",
            OWN,
            "offsite",
            "jobTemplate: {resources: {limits: {memory: 40Mi}}}\nretries: 0",
            "OutOfMemory",
            "for want of memory: it may use "),
        new Case(
            "deadline",
            OWN,
            "slow",
            "deadline: 8s",
            "DeadlineExceeded",
            "deadline of 8 s. It had come to: "),
        new Case("store-gone", OWN, "gone", "", "StoreNotReady", "gone"),
        new Case("store-shut", OWN, "shut", "", "StoreNotReady", "shut"));
  }

  @BeforeAll
  void bringThemAbout() {
    var bucket = shop.salvor().bucket();
    shop.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: half}
        stringData: {host: shop-db, user: shop}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: wrong}
        stringData: {uri: "postgresql://shop:mistyped@shop-db:5432/shop"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: elsewhere}
        stringData: {uri: "postgresql://shop:mistyped@no-such-host:5432/shop"}
        ---
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: share}
        spec: {hard: {requests.cpu: '50'}}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: mistyped-s3}
        stringData: {AWS_ACCESS_KEY_ID: "%s", AWS_SECRET_ACCESS_KEY: mistyped}
        """
            .formatted(bucket.accessKey()));
    shop.store("offsite", bucket.endpoint(), "offsite-s3", "");
    shop.store("slow", bucket.endpoint(), "offsite-s3", "limits: {uploadKiBPerSecond: 4}");
    shop.store("gone", GONE, "offsite-s3", "");
    shop.store("shut", bucket.endpoint(), "mistyped-s3", "");
    cases()
        .forEach(
            each -> {
              shop.policy(each.name(), each.connection(), each.store(), each.more());
              shop.requestBackup(each.name());
            });
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aBackupThatCannotBeSaysWhy(Case each) {
    var condition = shop.awaitWords(each.name(), each.reason(), each.words());

    assertThat(condition.path("message").asText()).doesNotContain("mistyped", "s3cr3t");
  }

  @Test
  void aStoreThatIsGoneSaysSoItself() {
    assertThat(shop.awaitStore("gone", "StoreUnreachable").path("message").asText()).contains(GONE);
    assertThat(shop.awaitStore("shut", "StoreAccessDenied").path("message").asText()).isNotBlank();
  }

  /** A person looks a repository over, by hand, and stops in the middle of it (Ctrl-Z). */
  @Test
  void aRepositoryThatSomeoneHasLockedSaysSo() {
    shop.policy("locked", OWN, "offsite", "");
    shop.requestBackup("locked");
    shop.awaitWord("locked", "Succeeded");
    shop.policy("locked", OWN, "offsite", "deadline: 1m");
    var bucket = shop.salvor().bucket();
    shop.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: someone}
        spec:
          restartPolicy: Never
          securityContext:
            {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}
          containers:
          - name: restic
            image: salvor:test
            imagePullPolicy: IfNotPresent
            command: [sh, -c]
            args:
            - restic --no-cache --limit-download=1 check --read-data & sleep 20; kill -STOP $!; wait
            envFrom: [{secretRef: {name: offsite-s3}}]
            env:
            - {name: RESTIC_REPOSITORY, value: "s3:%1$s/%2$s/%3$s/offsite/%3$s/locked"}
            - name: RESTIC_PASSWORD
              valueFrom: {secretKeyRef: {name: offsite-key, key: password}}
            resources: {requests: {cpu: 10m}}
            securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        """
            .formatted(bucket.endpoint(), bucket.bucket(), shop.namespace()));
    try (var s3 = bucket.client()) {
      var locks = "%1$s/offsite/%1$s/locked/locks/".formatted(shop.namespace());
      await()
          .atMost(Cluster.PATIENCE)
          .until(
              () ->
                  s3.listObjectsV2(ask -> ask.bucket(bucket.bucket()).prefix(locks)).hasContents());
    }
    shop.requestBackup("locked", "locked-again");

    var condition = shop.awaitWords("locked-again", "DeadlineExceeded", "another restic");

    assertThat(condition.path("message").asText())
        .as("whose lock it is")
        .contains(" on someone by ");
  }
}
