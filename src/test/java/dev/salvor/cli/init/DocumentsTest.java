package dev.salvor.cli.init;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DocumentsTest {
  /** A host that reads between two of them never sees a policy without its store and its keys. */
  @Test
  void secretsAreFirstAndThePolicyIsLast() {
    var setup =
        new Setup(
            "default",
            "shop-db",
            new Source.Server(ServerAddress.parse("postgresql://shop@db/shop"), null, List.of()),
            new Destination.New("backups", new Destination.Folder("/mnt/b"), new Hidden("mine")),
            Rhythm.of("daily"),
            Keeping.parse(Keeping.USUAL),
            "UTC",
            Instant.EPOCH);

    assertThat(Documents.of(setup).stream().map(ManifestDraft::file))
        .containsExactly(
            "policy-shop-db.secret.yaml",
            "store-backups.secret.yaml",
            "store-backups.yaml",
            "policy-shop-db.yaml");
  }
}
