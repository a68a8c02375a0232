package dev.salvor.cli.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Json;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecoverySheetTest {
  @Test
  void namesAllThatIsNeededOfABucket() throws IOException {
    var store =
        Json.yaml()
            .readValue(
                """
                metadata: {name: offsite, namespace: shop}
                spec:
                  s3:
                    bucket: shop-backups
                    prefix: prod
                    region: eu-central-1
                    credentials: {secretRef: {name: offsite-s3}}
                  encryption: {passwordSecretRef: {name: offsite-key, key: password}}
                """,
                BackupStore.class);
    var database =
        Json.yaml()
            .readValue(
                """
                metadata: {name: shop-db, namespace: shop}
                spec:
                  source: {postgres: {connection: {container: db}, databases: {names: [shop]}}}
                  storeRef: {name: offsite}
                """,
                BackupPolicy.class);
    var files =
        Json.yaml()
            .readValue(
                """
                metadata: {name: files, namespace: shop}
                spec:
                  source: {volume: {path: /srv/shop}}
                  storeRef: {name: offsite}
                  repository: {path: elsewhere/files}
                """,
                BackupPolicy.class);

    var sheet =
        RecoverySheet.of(
            store,
            List.of(database, files),
            (secret, keys) -> secret + "/" + keys.getFirst(),
            LocalDate.of(2026, 11, 27));

    assertThat(sheet)
        .contains(
            "RECOVERY SHEET, 2026-11-27: store shop/offsite\n",
            "Encryption password: offsite-key/password\n",
            "AWS_ACCESS_KEY_ID: offsite-s3/AWS_ACCESS_KEY_ID\n",
            "AWS_SECRET_ACCESS_KEY: offsite-s3/AWS_SECRET_ACCESS_KEY\n",
            "Store: bucket shop-backups at Amazon S3, region eu-central-1\n",
            "Repository of shop/shop-db:"
                + " s3:https://s3.eu-central-1.amazonaws.com/shop-backups/prod/shop/shop-db"
                + " (PostgreSQL, shop)\n",
            "shop-backups/prod/elsewhere/files (folder /srv/shop)\n",
            "pg_restore",
            "--tag \"rp=$POINT,kind=files\"");
  }

  @Test
  void aFolderHasNoKeysAndFilesNoDatabase() throws IOException {
    var store =
        Json.yaml()
            .readValue(
                """
                metadata: {name: backups, namespace: default}
                spec:
                  folder: {path: /mnt/disk}
                  encryption: {passwordSecretRef: {name: key, key: password}}
                """,
                BackupStore.class);

    var sheet =
        RecoverySheet.of(store, List.of(), (secret, keys) -> "?", LocalDate.of(2026, 11, 27));

    assertThat(sheet)
        .contains("Store: folder /mnt/disk", "Repositories: /mnt/disk/NAMESPACE/POLICY")
        .doesNotContain("AWS_");
  }
}
