package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.e2e.Shop.SecurityLevel;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A Supabase of which a policy knows the Helm release alone, and whose pods are on two nodes. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith({InstalledSalvor.Extension.class, SecondNode.class})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ResourceLock(SecondNode.LOCK)
class SupabaseReleaseE2E {
  private final Shop shop;

  SupabaseReleaseE2E(InstalledSalvor salvor) {
    shop = Shop.withoutServer(salvor, "release", SecurityLevel.PRIVILEGED);
  }

  /** As the chart labels its pods, and mounts the key and PostgreSQL's own folder. */
  private void server() {
    var labels =
        "{app: supabase-db, app.kubernetes.io/name: supabase-db, app.kubernetes.io/instance: supa}";
    var manifest =
        PostgresPod.manifest("supabase-db")
                .replace("labels: {app: supabase-db}", "labels: " + labels)
            + """
                volumeMounts:
                - {name: pgsodium, mountPath: /etc/postgresql-custom, subPath: db-config}
              volumes: [{name: pgsodium, persistentVolumeClaim: {claimName: volumes}}]
            """;
    SelfHostedSupabase.fill(
        shop.salvor().cluster().postgres(shop.namespace(), "supabase-db", manifest).asSupabase()
            ::psql);
  }

  private void service(String service, String node, String environment, String mounts) {
    shop.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: supa-%1$s
          labels: {app.kubernetes.io/name: supabase-%1$s, app.kubernetes.io/instance: supa}
        spec:
          terminationGracePeriodSeconds: 0
          nodeSelector: {kubernetes.io/hostname: %2$s}
          tolerations: [{key: salvor.test/second, operator: Exists, effect: NoSchedule}]
          containers:
          - name: %1$s
            image: postgres:test
            imagePullPolicy: IfNotPresent
            command: [sleep, infinity]
            env: %3$s
            volumeMounts: %4$s
          volumes:
          - {name: volumes, persistentVolumeClaim: {claimName: volumes}}
          - {name: functions, persistentVolumeClaim: {claimName: functions}}
        """
            .formatted(service, node, environment, mounts)
            .replaceFirst(
                node.equals(SecondNode.FIRST)
                    ? "(?m)^  - \\{name: functions, persistent.*$"
                    : "(?m)^  - \\{name: volumes, persistent.*$",
                ""));
    shop.salvor()
        .cluster()
        .client()
        .pods()
        .inNamespace(shop.namespace())
        .withName("supa-" + service)
        .waitUntilReady(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void aReleaseIsFoundKeptAndProvenWhereverItsClaimsAre() throws IOException {
    var volumes = HostVolume.make(shop, "volumes", SecondNode.FIRST);
    SelfHostedSupabase.lay(volumes);
    HostVolume.claim(shop, "volumes");
    var functions = HostVolume.make(shop, "functions", SecondNode.SECOND);
    SelfHostedSupabase.lay(functions);
    HostVolume.claim(shop, "functions");
    var again = HostVolume.make(shop, "key-again", SecondNode.FIRST);
    HostVolume.claim(shop, "key-again");
    server();
    // From now on only pods that ask for no more than Salvor's root does may be made.
    shop.enforce(SecurityLevel.BASELINE);
    shop.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: supabase-jwt}
        stringData: {secret: %s}
        """
            .formatted(SelfHostedSupabase.JWT_SECRET));
    service(
        "storage",
        SecondNode.FIRST,
        "[{name: STORAGE_BACKEND, value: file}, {name: GLOBAL_S3_BUCKET, value: stub}, {name:"
            + " TENANT_ID, value: stub}]",
        "[{name: volumes, mountPath: /var/lib/storage, subPath: volumes/storage}]");
    service(
        "functions",
        SecondNode.SECOND,
        "[{name: JWT_SECRET, valueFrom: {secretKeyRef: {name: supabase-jwt, key: secret}}}]",
        "[{name: functions, mountPath: /home/deno/functions, subPath: volumes/functions}]");
    shop.store("offsite", shop.salvor().bucket().endpoint(), "offsite-s3", "");
    shop.repository("offsite", "project");
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: project}
        spec:
          source: {supabase: {selfHosted: {helmRelease: supa}}}
          storeRef: {name: offsite}
          retries: 0
          verification: {facts: Full}
        """);

    shop.salvor("backup", "project", "--wait").succeeded();
    shop.salvor("verify", "project", "--wait").succeeded();
    shop.salvor("restore", "project", "--files", "key", "--to-claim", "key-again", "--wait")
        .succeeded();

    var status = shop.resource("backuppolicy", "project").path("status");
    var found = status.at("/source/selfHosted");
    assertThat(found.at("/database/connection/host").asText())
        .as("%s", status)
        .isEqualTo("supabase-db");
    assertThat(found.at("/storage/place/claim").toString())
        .isEqualTo("{\"name\":\"volumes\",\"subPath\":\"volumes/storage\"}");
    assertThat(found.at("/configuration/secrets").toString())
        .isEqualTo("[\"supabase-db\",\"supabase-jwt\"]");
    assertThat(status.at("/source/images")).hasSize(3);
    assertThat(status.at("/recoveryPoints/0/complete").asBoolean()).as("%s", status).isTrue();
    assertThat(status.at("/lastSuccess/objects/known").asInt()).isEqualTo(11);
    var verdict = status.path("lastVerification");
    assertThat(verdict.path("outcome").asText()).as("%s", verdict).isEqualTo("Verified");
    assertThat(verdict.path("coverage").asText()).contains("bytes of 10 of 11 objects");
    assertThat(again.resolve("pgsodium_root.key"))
        .hasSameBinaryContentAs(volumes.resolve("db-config/pgsodium_root.key"));
  }
}
