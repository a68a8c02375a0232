package dev.salvor.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.cli.doctor.Finding.Level;
import dev.salvor.cli.show.ShownKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChecksTest {
  private static final JsonNode PACKAGED = ShownKind.named("bpol").orElseThrow().wholeDefinition();

  @Test
  void theCrdOfThisVersionIsGood() {
    assertThat(CrdCheck.of("backuppolicies", PACKAGED, PACKAGED).level()).isEqualTo(Level.GOOD);
  }

  @Test
  void aCrdThatIsNotThereIsBroken() {
    var finding = CrdCheck.of("backuppolicies", MissingNode.getInstance(), PACKAGED);

    assertThat(finding.level()).isEqualTo(Level.BROKEN);
    assertThat(finding.message()).contains("not installed");
  }

  /** An API server would drop such a field of a manifest and say nothing. */
  @Test
  void aCrdThatLacksAFieldIsBrokenAndNamesIt() {
    var older = PACKAGED.deepCopy();
    spec(older).remove("suspend");

    var finding = CrdCheck.of("backuppolicies", older, PACKAGED);

    assertThat(finding.level()).isEqualTo(Level.BROKEN);
    assertThat(finding.message()).contains("older than this program", "spec.suspend");
  }

  @Test
  void aCrdWithMoreFieldsIsNewer() {
    var newer = PACKAGED.deepCopy();
    spec(newer).putObject("tomorrow").put("type", "string");

    var finding = CrdCheck.of("backuppolicies", newer, PACKAGED);

    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.message()).contains("newer than this program", "spec.tomorrow");
  }

  @ParameterizedTest
  @CsvSource({
    "restic 0.19.0 compiled with go, GOOD",
    "restic 0.18.1 compiled with go, BROKEN",
    "restic 1.0.0, GOOD",
    "'', BROKEN"
  })
  void anOldResticIsBroken(String said, Level level) {
    assertThat(ResticVersion.judge("/usr/bin/restic", said).level()).isEqualTo(level);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 2, 0.1.0, GOOD, GOOD",
    "2, 1, 0.1.0, WARNING, GOOD",
    "2, 0, 0.1.0, BROKEN, GOOD",
    "0, 0, 0.1.0, BROKEN, GOOD",
    "1, 1, 0.2.0, GOOD, WARNING"
  })
  void anOperatorIsReadyAndOfThisVersion(
      int wanted, int ready, String theirs, Level readiness, Level skew) {
    var deployment =
        yaml(
            """
            metadata: {name: salvor, namespace: salvor, labels: {app.kubernetes.io/version: %s}}
            spec: {replicas: %d}
            status: {readyReplicas: %d}
            """
                .formatted(theirs, wanted, ready));

    assertThat(OperatorCheck.of(List.of(deployment), "0.1.0"))
        .extracting(Finding::level)
        .containsExactly(readiness, skew);
  }

  @Test
  void noOperatorIsBroken() {
    assertThat(OperatorCheck.of(List.of(), "0.1.0"))
        .extracting(Finding::level)
        .containsExactly(Level.BROKEN);
  }

  @Test
  void whatIsNotReadyIsSaidWithItsHint() {
    var policy =
        yaml(
            """
            kind: BackupPolicy
            metadata: {name: shop-db, namespace: shop}
            status:
              conditions:
              - {type: Ready, status: "False", reason: StoreFull, message: No space.}
              - {type: Verified, status: "False", reason: Refuted, message: It differs.}
              failure: {hint: Free some.}
            """);

    assertThat(ResourceCheck.of(List.of(policy)))
        .containsExactly(
            Finding.broken("BackupPolicy shop/shop-db", "StoreFull: No space.", "Free some."),
            Finding.broken(
                "BackupPolicy shop/shop-db", "not Verified: Refuted: It differs.", "Free some."));
  }

  @Test
  void whatNoHostHasLookedAtIsBrokenAndWhatIsReadyIsGood() {
    var unseen = yaml("{kind: BackupStore, metadata: {name: a, namespace: b}}");
    var ready = yaml("{kind: BackupStore, status: {conditions: [{type: Ready, status: 'True'}]}}");

    assertThat(ResourceCheck.of(List.of(unseen, ready)))
        .extracting(Finding::level)
        .containsExactly(Level.BROKEN);
    assertThat(ResourceCheck.of(List.of(ready)))
        .extracting(Finding::level)
        .containsExactly(Level.GOOD);
    assertThat(ResourceCheck.of(List.of()))
        .extracting(Finding::level)
        .containsExactly(Level.WARNING);
  }

  @ParameterizedTest
  @CsvSource({"Enforced, GOOD", "NotEnforced, WARNING", "Unknown, UNKNOWN"})
  void isolationIsKnownFromProofs(String isolation, Level level) {
    var policy = yaml("{status: {lastVerification: {isolation: " + isolation + "}}}");

    assertThat(IsolationCheck.of(List.of(policy)).level()).isEqualTo(level);
  }

  private static ObjectNode spec(JsonNode definition) {
    return (ObjectNode)
        definition.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties");
  }

  private static JsonNode yaml(String text) {
    try {
      return Json.yaml().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
