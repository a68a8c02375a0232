package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.e2e.Shop.SecurityLevel;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A Supabase project whose places are folders of a claim, and whose configuration is a Secret. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
class SupabaseE2E {
  private final Shop shop;

  SupabaseE2E(InstalledSalvor salvor) {
    shop = Shop.withoutServer(salvor, "supabase", SecurityLevel.PRIVILEGED);
    SelfHostedSupabase.fill(
        salvor.cluster().postgres(shop.namespace(), "supabase-db").asSupabase()::psql);
    // From now on only pods that ask for no more than Salvor's root does may be made.
    shop.enforce(SecurityLevel.BASELINE);
    shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
    shop.repository("offsite", "project");
  }

  /** The server of the proof is another user than those that lay down and compare the files. */
  @Test
  void aProjectIsKeptAndProvenAsOneAndItsKeyIsHadBack() throws IOException {
    var volumes = HostVolume.make(shop, "volumes");
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
}
