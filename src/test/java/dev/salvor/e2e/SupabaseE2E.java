package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.e2e.Shop.SecurityLevel;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** A Supabase project whose places are folders of a claim, and whose configuration is a Secret. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SupabaseE2E {
  private final Shop shop;
  private final PostgresPod server;
  private final Path volumes;

  SupabaseE2E(InstalledSalvor salvor) throws IOException {
    shop = Shop.withoutServer(salvor, "supabase", SecurityLevel.PRIVILEGED);
    server = salvor.cluster().postgres(shop.namespace(), "supabase-db").asSupabase();
    SelfHostedSupabase.fill(server::psql);
    // From now on only pods that ask for no more than Salvor's root does may be made.
    shop.enforce(SecurityLevel.BASELINE);
    shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
    shop.repository("offsite", "project");
    volumes = HostVolume.make(shop, "volumes");
  }

  /** The server of the proof is another user than those that lay down and compare the files. */
  @Test
  @Order(1)
  void aProjectIsKeptAndProvenAsOneAndItsKeyIsHadBack() throws IOException {
    SelfHostedSupabase.lay(volumes);
    HostVolume.claim(shop, "volumes");
    var again = HostVolume.make(shop, "key-again");
    HostVolume.claim(shop, "key-again");
    shop.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: supabase-jwt}
        stringData: {secret: %s}
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: project}
        spec:
          source:
            supabase:
              selfHosted:
                database:
                  connection:
                    host: supabase-db
                    user: supabase_admin
                    passwordSecretRef: {name: supabase-db, key: password}
                storage: {place: {claim: {name: volumes, subPath: volumes/storage}}}
                key: {place: {claim: {name: volumes, subPath: db-config}}}
                files: [{name: functions, place: {claim: {name: volumes, subPath: volumes/functions}}}]
                configuration: {secrets: [supabase-jwt]}
          storeRef: {name: offsite}
          retries: 0
          verification: {facts: Full}
        """
            .formatted(SelfHostedSupabase.JWT_SECRET));

    shop.salvor("backup", "project", "--wait").succeeded();
    shop.salvor("verify", "project", "--wait").succeeded();
    shop.salvor("restore", "project", "--files", "key", "--to-claim", "key-again", "--wait")
        .succeeded();

    var status = shop.resource("backuppolicy", "project").path("status");
    assertThat(status.at("/recoveryPoints/0/complete").asBoolean()).as("%s", status).isTrue();
    assertThat(status.at("/lastSuccess/objects/known").asInt()).isEqualTo(11);
    var verdict = status.path("lastVerification");
    assertThat(verdict.path("outcome").asText()).as("%s", verdict).isEqualTo("Verified");
    assertThat(verdict.path("coverage").asText())
        .contains("tables", "entries", "bytes of 10 of 11 objects, MD5 of 9");
    assertThat(again.resolve("pgsodium_root.key"))
        .hasSameBinaryContentAs(volumes.resolve("db-config/pgsodium_root.key"));
  }

  /** One service uses its claim, and another one has a session, which no claim tells of. */
  @Test
  @Order(2)
  void theWholeComesBackWithItsServicesAtZeroMeanwhile() throws IOException {
    var object = volumes.resolve("volumes/storage/stub/stub/avatars/user 1.png");
    Script.run("rm -r \"$1\"", object);
    Files.writeString(volumes.resolve("volumes/functions/main/index.ts"), "broken");
    server.psql(SelfHostedSupabase.DATABASE, "TRUNCATE public.posts; DELETE FROM auth.users");
    shop.apply(
        service(
                "storage",
                "sleep 3600",
                "volumes: [{name: v, persistentVolumeClaim: {claimName: volumes}}]")
            + service(
                "auth",
                "sleep 3600 | PGAPPNAME=auth psql -h supabase-db -U supabase_admin postgres",
                ""));
    awaitServices();
    var restore = "restore project --to-supabase --replace --scale-to-zero --wait";

    var refused = shop.salvor(restore.split(" "));
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.output())
        .contains("Connected are auth as supabase_admin", "Nothing was touched");
    awaitServices();
    assertThat(volumes.resolve("volumes/functions/main/index.ts")).hasContent("broken");
    shop.salvor((restore + " --service Deployment/auth").split(" ")).succeeded();

    assertThat(
            shop.kubectl("get", "rreq", "-o", "jsonpath={.items[*].status.verdict.outcome}")
                .strip())
        .endsWith("Verified");
    assertThat(object).isDirectoryContaining("glob:**0001");
    assertThat(volumes.resolve("volumes/functions/main/index.ts")).content().contains("Deno.serve");
    assertThat(rows("public.posts") + rows("auth.users")).isEqualTo("1000200");
    awaitServices();
  }

  private String rows(String table) {
    return server.psql(SelfHostedSupabase.DATABASE, "SELECT count(*) FROM " + table);
  }

  /** One of the two holds a session. */
  private void awaitServices() {
    await()
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                shop.kubectl(
                            "get", "deployments", "-o", "jsonpath={.items[*].status.readyReplicas}")
                        .equals("1 1")
                    && server
                        .psql(
                            "postgres",
                            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auth'")
                        .equals("1"));
  }

  private static String service(String name, String command, String volumes) {
    return """
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: %1$s}
    spec:
      selector: {matchLabels: {app: %1$s}}
      template:
        metadata: {labels: {app: %1$s}}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: %1$s
            image: postgres:test
            imagePullPolicy: IfNotPresent
            command: [sh, -c, "%2$s"]
            env:
            - name: PGPASSWORD
              valueFrom: {secretKeyRef: {name: supabase-db, key: password}}
          %3$s
    """
        .formatted(name, command, volumes);
  }
}
