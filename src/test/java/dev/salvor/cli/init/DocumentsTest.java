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
            new Destination.New(
                "backups", new Destination.Folder("/mnt/b/shop", "/mnt/b"), new Hidden("mine")),
            Rhythm.of("daily"),
            Keeping.parse(Keeping.USUAL),
            "UTC",
            Instant.EPOCH);

    var drafts = Documents.of(setup);
    assertThat(drafts.get(2).documents().getFirst().at("/spec/folder/mountPoint").asText())
        .isEqualTo("/mnt/b");
    assertThat(drafts.stream().map(ManifestDraft::file))
        .containsExactly(
            "policy-shop-db.secret.yaml",
            "store-backups.secret.yaml",
            "store-backups.yaml",
            "policy-shop-db.yaml");
  }
}
