package dev.salvor.e2e;

import static dev.salvor.e2e.Shop.OWN;
import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** What becomes of policies and their backups when the release is changed, removed, or replaced. */
@Tag("cluster")
@Tag("own-cluster")
@Isolated("it changes the release that all stories share")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReleaseE2E {
  /** Nothing listens there. */
  private static final String NO_IMAGE = "127.0.0.1:1/postgres:17";

  private static final String PLAIN_NAMESPACE = "salvor-system";

  private final InstalledSalvor salvor;
  private final Shop followed;
  private final Shop other;

  ReleaseE2E(InstalledSalvor salvor) {
    this.salvor = salvor;
    this.followed = new Shop(salvor, "followed");
    this.other = new Shop(salvor, "other");
  }

  @BeforeAll
  void followOneNamespaceAlone() {
    salvor.upgrade(
        "watchNamespaces={%s}".formatted(followed.namespace()), "sandboxImage=" + NO_IMAGE);
    for (var shop : new Shop[] {other, followed}) {
      shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
      shop.policy("kept", OWN, "offsite", "");
      shop.requestBackup("kept");
    }
  }

  @AfterAll
  void asItWas() {
    salvor.kubectl(
        "delete",
        "namespace,clusterrole,clusterrolebinding",
        "--selector=app.kubernetes.io/name=salvor");
    salvor.upgrade();
  }

  @Test
  @Order(1)
  void onlyTheNamespacesThatAreNamedAreFollowed() {
    followed.awaitWord("kept", "Succeeded");

    assertThat(other.resource("backuppolicy", "kept").at("/status/conditions").isMissingNode())
        .isTrue();
    assertThat(salvor.operatorLogs()).doesNotContain(other.namespace(), "Forbidden");
  }

  @Test
  @Order(2)
  void aServerImageThatCannotBeHadProvesNothingAndSaysSo() {
    followed.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: no-image}
        spec:
          source: {policyRef: {name: kept}, latest: {}}
          target: {sandbox: {}}
        """);

    followed.awaitRestore("no-image", "Progressing", "cannot get image " + NO_IMAGE);

    assertThat(followed.resource("backuppolicy", "kept").path("status").has("lastVerifiedRestore"))
        .isFalse();
  }

  @Test
  @Order(3)
  void uninstalledItLeavesPoliciesAndBackups() {
    var before = followed.resource("backuppolicy", "kept").path("status");

    salvor.uninstall();

    assertThat(followed.resource("backuppolicy", "kept").path("status")).isEqualTo(before);
  }

  @Test
  @Order(4)
  void plainManifestsTakeOver(@TempDir Path overlay) throws IOException {
    Files.writeString(
        overlay.resolve("kustomization.yaml"),
        """
        resources: [%s]
        images: [{name: salvor, newName: salvor, newTag: test}]
        patches:
        - target: {kind: Deployment, name: salvor}
          patch: |-
            - {op: replace, path: /spec/template/spec/containers/0/env/0/value, value: "salvor:test"}
        """
            .formatted(overlay.toRealPath().relativize(Path.of("deploy").toRealPath())));
    salvor.kubectl("apply", "-k", overlay.toString());
    salvor.kubectl(
        "-n", PLAIN_NAMESPACE, "rollout", "status", "deployment", "salvor", "--timeout=3m");

    other.awaitWord("kept", "Succeeded");
    followed.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: copy}
        spec:
          source: {policyRef: {name: kept}, latest: {}}
          target: {postgres: {connection: {secretRef: {name: shop-db-app}}, database: shop_copy}}
        """);
    followed.awaitRestore("copy", "Succeeded");

    assertThat(followed.server().psql("shop_copy", "select count(*) from orders"))
        .isEqualTo("5000");
    assertThat(followed.resource("backuppolicy", "kept").at("/status/recoveryPoints")).hasSize(1);
  }
}
