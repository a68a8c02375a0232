package dev.salvor.cli.show;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListingTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");

  private static final JsonNode POLICY =
      read(
          """
          apiVersion: salvor.dev/v1alpha1
          kind: BackupPolicy
          metadata: {name: shop-db, namespace: shop, creationTimestamp: "2026-11-01T18:00:00Z"}
          status:
            conditions:
            - {type: Protected, status: "False"}
            - {type: Ready, status: "True"}
            lastSuccess: {time: "2026-11-22T02:17:00Z"}
            nextRun: "2026-11-23T02:17:00Z"
            recoveryPointsTotal: 21
            repository: {size: 1.2 GiB}
          """);

  private static final JsonNode STORE =
      read(
          """
          kind: BackupStore
          metadata: {name: offsite, namespace: shop, creationTimestamp: "2026-11-22T17:59:30Z"}
          status: {storeId: 0a760970, keyFingerprint: 9f86d081}
          """);

  @Test
  void showsTheColumnsOfTheCrdInTheirOrder() {
    assertThat(table("bpol", List.of(POLICY), Listing.Naming.NAME, Listing.Width.NORMAL))
        .isEqualTo(
            """
            NAME      READY   LAST-SUCCESS   LAST-VERIFIED   NEXT                   POINTS   SIZE      AGE
            shop-db   True    15h            -               2026-11-23T02:17:00Z   21       1.2 GiB   21d
            """);
  }

  @Test
  void showsColumnsOfLowPriorityOnlyWhenWide() {
    assertThat(table("bstore", List.of(STORE), Listing.Naming.KIND_AND_NAME, Listing.Width.NORMAL))
        .isEqualTo(
            """
            NAME                  READY   STORE      AGE
            backupstore/offsite   -       0a760970   30s
            """);
    assertThat(table("bstore", List.of(STORE), Listing.Naming.NAME, Listing.Width.WIDE))
        .isEqualTo(
            """
            NAME      READY   STORE      ENCRYPTION-KEY   MESSAGE   AGE
            offsite   -       0a760970   9f86d081         -         30s
            """);
  }

  @Test
  void showsTheNamespaceWhereThereAreSeveral() {
    var elsewhere = STORE.deepCopy();
    ((com.fasterxml.jackson.databind.node.ObjectNode) elsewhere.path("metadata"))
        .put("namespace", "staging");

    assertThat(
            table("bstore", List.of(STORE, elsewhere), Listing.Naming.NAME, Listing.Width.NORMAL))
        .isEqualTo(
            """
            NAMESPACE   NAME      READY   STORE      AGE
            shop        offsite   -       0a760970   30s
            staging     offsite   -       0a760970   30s
            """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BackupPolicy",
        "backuppolicy",
        "backuppolicies",
        "bpol",
        "BPOL",
        "policy",
        "policies"
      })
  void knowsAKindByAllItsNames(String name) {
    assertThat(ShownKind.named(name)).map(ShownKind::kind).hasValue("BackupPolicy");
  }

  @Test
  void knowsEveryKindAndEveryColumn() {
    assertThat(ShownKind.all())
        .extracting(ShownKind::kind)
        .containsExactly("BackupStore", "BackupPolicy", "BackupRequest", "RestoreRequest");
    assertThat(ShownKind.all()).allSatisfy(kind -> assertThat(kind.columns()).isNotEmpty());
  }

  @Test
  void requestsAreOfBothKinds() {
    assertThat(ShownKind.allNamed("requests"))
        .extracting(ShownKind::kind)
        .containsExactly("BackupRequest", "RestoreRequest");
    assertThat(ShownKind.allNamed("stores"))
        .extracting(ShownKind::kind)
        .containsOnly("BackupStore");
    assertThat(ShownKind.named("request")).as("of which kind?").isEmpty();
  }

  @Test
  void aColourTakesNoRoom() {
    var table = new Table(List.of("NAME", "READY", "NEXT")).row(List.of("shop", "False", "soon"));

    assertThat(table.toString(Ink.COLOURED))
        .isEqualTo("NAME   READY   NEXT\nshop   \u001b[31mFalse\u001b[0m   soon\n");
    assertThat(table.toString(Ink.PLAIN)).doesNotContain("\u001b");
  }

  @Test
  void refusesAPathThatItCannotFollow() {
    assertThatThrownBy(() -> JsonPath.parse(".status.items[*].name"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String table(
      String kind, List<JsonNode> resources, Listing.Naming naming, Listing.Width width) {
    return Listing.table(
        ShownKind.named(kind).orElseThrow(), resources, naming, width, Ink.PLAIN, NOW);
  }

  private static JsonNode read(String yaml) {
    try {
      return Json.yaml().readTree(yaml);
    } catch (java.io.IOException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
