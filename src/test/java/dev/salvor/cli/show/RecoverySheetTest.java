package dev.salvor.cli.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Json;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RecoverySheetTest {
  private static final LocalDate MADE = LocalDate.of(2026, 11, 27);
  private static final String BUCKET =
      """
      metadata: {name: offsite, namespace: shop}
      spec:
        s3:
          bucket: shop-backups
          prefix: prod
          region: eu-central-1
          credentials: {secretRef: {name: offsite-s3}}
        encryption: {passwordSecretRef: {name: offsite-key, key: password}}
      """;
  private static final String FOLDER =
      """
      metadata: {name: backups, namespace: default}
      spec:
        folder: {path: "/mnt/bob's disk"}
        encryption: {passwordSecretRef: {name: key, key: password}}
      """;
  private static final String DATABASE =
      """
      metadata: {name: shop-db, namespace: shop}
      spec:
        source: {postgres: {connection: {container: db}, databases: {names: [shop, my shop]}}}
        storeRef: {name: offsite}
      """;
  private static final String FILES =
      """
      metadata: {name: files, namespace: shop}
      spec:
        source: {volume: {path: /srv/shop}}
        storeRef: {name: offsite}
        repository: {path: elsewhere/files}
      """;
  private static final Map<String, String> KEYS =
      Map.of(
          "offsite-key/password", "hunter2",
          "offsite-s3/accessKeyId", "AKIA",
          "offsite-s3/secretAccessKey", "wJal",
          "key/password", "hunter2");

  @Test
  void namesAllThatIsNeededOfABucket() throws IOException {
    var sheet = sheet(BUCKET, values(KEYS), DATABASE, FILES);

    assertThat(sheet)
        .contains(
            "RECOVERY SHEET, 2026-11-27: store shop/offsite\n",
            "Encryption password: hunter2\n",
            "AWS_ACCESS_KEY_ID: AKIA\n",
            "AWS_SECRET_ACCESS_KEY: wJal\n",
            "Store: bucket shop-backups at Amazon S3, region eu-central-1\n",
            "Repository of shop/shop-db:"
                + " s3:https://s3.eu-central-1.amazonaws.com/shop-backups/prod/shop/shop-db"
                + " (PostgreSQL, shop, my shop)\n",
            "shop-backups/prod/elsewhere/files (folder /srv/shop)\n",
            "    restic --no-lock -o s3.bucket-lookup=dns -o s3.region=eu-central-1 snapshots ")
        .doesNotContain("NOT COMPLETE", "CACERT", "SESSION_TOKEN");
  }

  /** The commands of one kind find nothing in a repository of another. */
  @Test
  void eachPolicyHasTheCommandsOfItsKindInItsOwnRepository() throws IOException {
    var blocks = sheet(BUCKET, values(KEYS), DATABASE, FILES).split("\nREAD ", -1);

    assertThat(blocks).hasSize(3);
    assertThat(blocks[1])
        .startsWith("shop/shop-db.")
        .contains("export RESTIC_REPOSITORY=s3:", "/prod/shop/shop-db\n", "pg_restore")
        .doesNotContain("kind=files", "elsewhere/files");
    assertThat(blocks[2])
        .startsWith("shop/files.")
        .contains("/prod/elsewhere/files\n", "kind=files")
        .doesNotContain("pg_restore", "/prod/shop/shop-db");
  }

  @Test
  void aDatabaseIsReadByItsPathInTheSnapshotAfterTheRoles() throws IOException {
    var commands = commands(sheet(BUCKET, values(KEYS), DATABASE));

    assertThat(commands)
        .containsSubsequence(
            "psql -X -d postgres -c \"CREATE ROLE $role\"",
            "createdb --template=template0 shop_recovered",
            "--path /pg/shop.dump latest /pg/shop.dump | pg_restore",
            "--path /pg/my%20shop.dump latest /pg/my%20shop.dump | pg_restore --exit-on-error"
                + " --dbname=my_shop_recovered");
  }

  @Test
  void aDumpInAFolderIsReadAsAFolder() throws IOException {
    var commands =
        commands(
            sheet(
                BUCKET,
                values(KEYS),
                DATABASE.replace("databases:", "dump: Directory, databases:")));

    assertThat(commands)
        .contains(
            "\"$SNAPSHOT\":/pg/my%20shop.directory",
            "--jobs=4 --dbname=my_shop_recovered ./my%20shop.directory")
        .doesNotContain(".dump ");
  }

  @Test
  void ofClaimsTheBlockDevicesAreTold() throws IOException {
    assertThat(
            sheet(
                BUCKET, values(KEYS), FILES.replace("path: /srv/shop", "claims: {names: [data]}")))
        .contains("kind=files", "kind=device");
    assertThat(sheet(BUCKET, values(KEYS), FILES)).doesNotContain("kind=device");
  }

  @Test
  void aPrivateAuthorityPathStyleAndATokenAreOnIt() throws IOException {
    var own =
        BUCKET.replace(
            "    bucket:",
            "    endpoint: https://s3.example.org\n"
                + "    caSecretRef: {name: ca, key: ca.crt}\n    bucket:");
    var keys =
        Map.of(
            "offsite-key/password", "hunter2",
            "offsite-s3/AWS_ACCESS_KEY_ID", "AKIA",
            "offsite-s3/AWS_SECRET_ACCESS_KEY", "wJal",
            "offsite-s3/AWS_SESSION_TOKEN", "token",
            "ca/ca.crt", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");

    assertThat(sheet(own, values(keys), FILES))
        .contains(
            "\n-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
            "    export RESTIC_CACERT=\"$PWD/salvor-ca.pem\"\n",
            "it expires): token\n",
            "    export AWS_SESSION_TOKEN=... #",
            "-o s3.bucket-lookup=path ");
    assertThat(sheet(own, values(KEYS), FILES)).contains("NOT COMPLETE", "Secret ca, key ca.crt");
  }

  @Test
  void aFolderHasNoKeysAndAnApostropheEndsNoQuotes() throws IOException {
    assertThat(sheet(FOLDER, values(KEYS)))
        .contains(
            "Store: folder /mnt/bob's disk",
            "Repositories: /mnt/bob's disk/NAMESPACE/POLICY",
            "    export RESTIC_REPOSITORY='/mnt/bob'\\''s disk/NAMESPACE/POLICY'\n")
        .doesNotContain("AWS_", "-o s3");
  }

  /** Printed and filed, it would be found worth nothing on the day it is needed. */
  @Test
  void aSheetWithoutThePasswordSaysSoAtItsTop() throws IOException {
    var places = secrets(RecoverySheet.Shown.PLACES, KEYS);

    assertThat(sheet(BUCKET, places, FILES).lines().toList().get(2)).startsWith("NOT COMPLETE");
    assertThat(sheet(BUCKET, places, FILES))
        .contains("Encryption password: ____", "it stands in: hunter2");
    assertThat(sheet(BUCKET, values(Map.of()), FILES).lines().toList().get(2))
        .startsWith("NOT COMPLETE");
    assertThat(sheet(BUCKET, values(Map.of()), FILES))
        .contains("  Secret offsite-key, key password");
  }

  @Test
  void whatIsMissingIsKnown() throws IOException {
    var store = Json.yaml().readValue(BUCKET, BackupStore.class);

    assertThat(RecoverySheet.missing(store, values(KEYS))).isEmpty();
    assertThat(RecoverySheet.missing(store, values(Map.of("offsite-key/password", "x"))))
        .containsExactly(
            "Secret offsite-s3, key AWS_ACCESS_KEY_ID",
            "Secret offsite-s3, key AWS_SECRET_ACCESS_KEY");
  }

  private static String sheet(String store, RecoverySheet.Secrets secrets, String... policies)
      throws IOException {
    var read = new ArrayList<BackupPolicy>();
    for (var policy : policies) {
      read.add(Json.yaml().readValue(policy, BackupPolicy.class));
    }
    return RecoverySheet.of(Json.yaml().readValue(store, BackupStore.class), read, secrets, MADE);
  }

  private static String commands(String sheet) {
    return sheet.lines().filter(line -> line.startsWith("    ")).collect(Collectors.joining("\n"));
  }

  private static RecoverySheet.Secrets values(Map<String, String> keys) {
    return secrets(RecoverySheet.Shown.VALUES, keys);
  }

  private static RecoverySheet.Secrets secrets(RecoverySheet.Shown shown, Map<String, String> all) {
    return new RecoverySheet.Secrets() {
      @Override
      public RecoverySheet.Shown shown() {
        return shown;
      }

      @Override
      public Optional<String> text(String secret, List<String> keys) {
        return keys.stream()
            .flatMap(key -> Optional.ofNullable(all.get(secret + "/" + key)).stream())
            .findFirst();
      }
    };
  }
}
