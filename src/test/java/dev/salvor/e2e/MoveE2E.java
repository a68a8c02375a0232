package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** docs/moving-to-kubernetes.md: what one machine kept goes on in a cluster, by the same YAML. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
class MoveE2E {
  private static final Pattern TOKEN = Pattern.compile("take-over-[0-9a-f]+");

  @TempDir private Path machine;
  private final Shop shop;

  MoveE2E(InstalledSalvor salvor) {
    this.shop = new Shop(salvor, "move");
  }

  @Test
  void theSameYamlTakesOverAndHasAllThatWasKept() throws IOException {
    var manifests = Files.createDirectory(machine.resolve("manifests"));
    Files.writeString(manifests.resolve("store.yaml"), store());
    Files.writeString(manifests.resolve("policy.yaml"), policy(""));
    var secrets = Files.writeString(manifests.resolve("secrets.yaml"), secrets());
    Files.setPosixFilePermissions(secrets, PosixFilePermissions.fromString("rw-------"));
    onTheMachine("local", "--once", "--manifests", manifests.toString());
    onTheMachine("backup", "shop-db", "--wait");
    shop.server().psql("shop", "delete from orders where id > 4900");
    onTheMachine("backup", "shop-db", "--wait");

    shop.apply(store());
    shop.apply(policy(""));
    shop.awaitPoints("shop-db", 2);
    var points = shop.status().path("recoveryPoints");
    assertThat(points.findValuesAsText("complete")).containsOnly("true");
    var oldest = points.path(1).path("id").asText();

    // Reading needs nobody's leave; writing does.
    shop.salvor("restore", "shop-db", "--point", oldest, "--to-database", "shop_old", "--wait")
        .succeeded();
    assertThat(shop.server().psql("shop_old", "select count(*) from orders")).isEqualTo("5000");
    shop.requestBackup("shop-db", "too-early");
    var said = shop.awaitPolicy("shop-db", "OwnedByOther").path("message").asText();
    var token = TOKEN.matcher(said);
    assertThat(token.find()).as(said).isTrue();

    shop.apply(policy("acknowledge: [" + token.group() + "]"));
    shop.salvor("backup", "shop-db", "--wait").succeeded();
    shop.awaitPoints("shop-db", 3);
    shop.salvor("verify", "shop-db", "--point", oldest, "--wait").succeeded();
    assertThat(shop.status().at("/lastVerification/recoveryPoint").asText()).isEqualTo(oldest);
    assertThat(shop.status().at("/lastVerification/outcome").asText()).isEqualTo("Verified");
  }

  /** Each says what to write instead. */
  @Test
  void whatIsOfOneMachineSaysSo() {
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupStore
        metadata: {name: disk}
        spec:
          folder: {path: /var/backups/salvor}
          encryption: {passwordSecretRef: {name: offsite-key, key: password}}
        """);
    source(
        "container", "postgres: {connection: {container: shop-db-1}, databases: {names: [shop]}}");
    source("volumes", "dockerVolume: {composeProject: shop}");
    source("folder", "volume: {path: /srv/uploads}");

    assertThat(shop.awaitStore("disk", "NotOnThisHost").path("message").asText())
        .contains("s3 or pvc");
    assertThat(shop.awaitPolicy("container", "NotOnThisHost").path("message").asText())
        .contains("secretRef");
    for (var policy : List.of("volumes", "folder")) {
      assertThat(shop.awaitPolicy(policy, "NotOnThisHost").path("message").asText())
          .contains("claims");
    }
  }

  private void source(String name, String source) {
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: %s}
        spec: {source: {%s}, storeRef: {name: disk}}
        """
            .formatted(name, source));
  }

  private void onTheMachine(String... words) {
    var command = new ArrayList<>(List.of("./salvor"));
    Collections.addAll(command, words);
    command.addAll(List.of("--state", machine.resolve("state").toString()));
    LocalProgram.run(Map.of(), command).succeeded();
  }

  private String store() {
    var bucket = shop.salvor().bucket();
    return """
    apiVersion: salvor.dev/v1alpha1
    kind: BackupStore
    metadata: {name: offsite, namespace: %1$s}
    spec:
      s3:
        bucket: %2$s
        prefix: %1$s/moved
        region: %3$s
        endpoint: %4$s
        credentials: {secretRef: {name: offsite-s3}}
      encryption: {passwordSecretRef: {name: offsite-key, key: password}}
      initialize: IfEmpty
    """
        .formatted(shop.namespace(), bucket.bucket(), bucket.region(), bucket.endpoint());
  }

  private String policy(String more) {
    return """
    apiVersion: salvor.dev/v1alpha1
    kind: BackupPolicy
    metadata: {name: shop-db, namespace: %s}
    spec:
      source:
        postgres: {connection: {secretRef: {name: shop-db-app}}, databases: {names: [shop]}}
      storeRef: {name: offsite}
      retries: 0
      %s
    """
        .formatted(shop.namespace(), more);
  }

  /** Those of the cluster, but for the server's address: its name is known there alone. */
  private String secrets() {
    var client = shop.salvor().cluster().client();
    var pod = client.pods().inNamespace(shop.namespace()).withName("shop-db").get();
    var bucket = shop.salvor().bucket();
    return Shop.secrets(bucket, pod.getStatus().getPodIP())
        .replace("metadata: {", "metadata: {namespace: " + shop.namespace() + ", ");
  }
}
