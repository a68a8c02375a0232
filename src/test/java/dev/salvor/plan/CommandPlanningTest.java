package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.Failure;
import dev.salvor.api.Isolation;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RunAs;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification;
import dev.salvor.api.Verification.Check;
import dev.salvor.api.Verification.CommandCheck;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks that are programs of the user: what is launched for them, and what their ends mean. */
class CommandPlanningTest {
  private static final String POINT = "20261122t020000z-aaaaaa";

  private static final String SPEC =
      """
      source: {volume: {claims: {names: [uploads]}}}
      storeRef: {name: offsite}
      verification:
        checks:
        - {name: server, command: {image: server, command: [start], writable: true}}
        - {name: pictures, files: {path: "*.png"}}
        - {name: index, command: {image: tool, command: [look]}}
      """;

  private final PlannedHost host = inACluster(SPEC);

  private static PlannedHost inACluster(String spec) {
    var host = new PlannedHost(PlannedHost.spec(spec));
    host.kind = HostKind.KUBERNETES;
    host.store.setSpec(
        read(
            """
            s3: {bucket: backups, credentials: {secretRef: {name: keys}}}
            encryption: {passwordSecretRef: {name: key, key: password}}
            """,
            BackupStoreSpec.class));
    return host;
  }

  private static <T> T read(String yaml, Class<T> type) {
    try {
      return Json.yaml().readValue(yaml, type);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static RunLabels labels(PlannedHost host) {
    return DueWork.labels(
        host.policy,
        host.store,
        Purpose.VERIFY,
        new RunNames.Cause.Scheduled(host.now),
        POINT,
        host.now,
        1);
  }

  private static List<Task> proof(PlannedHost host) {
    return new TaskBuilder(host.kind, "cluster")
        .proof(labels(host), host.policy, host.store, new PointReference(POINT, null));
  }

  @Test
  void theVerdictIsGivenAfterThem() {
    var proof = proof(host);

    assertThat(proof).hasSize(2);
    var compare = (Task.Compare) proof.getFirst();
    assertThat(compare.commands()).extracting(Check::name).containsExactly("index", "server");
    assertThat(compare.checks()).hasSize(3);
    var conclude = (Task.Conclude) proof.getLast();
    assertThat(conclude.point()).isEqualTo(compare.point());
    assertThat(conclude.header().credentials()).isEmpty();
  }

  @Test
  void withoutThemComparesWordIsTheLast() {
    var rules =
        inACluster(
            """
            source: {volume: {claims: {names: [uploads]}}}
            storeRef: {name: offsite}
            verification: {checks: [{name: pictures, files: {path: "*.png"}}]}
            """);

    assertThat(proof(rules)).singleElement().isInstanceOf(Task.Compare.class);
  }

  // --- one machine ------------------------------------------------------------------------------

  @Test
  void oneMachineRefusesAPolicyThatHasOne() {
    var local =
        new PlannedHost(
            PlannedHost.spec(SPEC.replace("claims: {names: [uploads]}", "path: /srv/shop")));
    local.look();

    assertThat(local.says(Conditions.STALLED)).isEqualTo("True NotOnThisHost");
    assertThat(local.condition(Conditions.STALLED).message())
        .isEqualTo(
            "spec.verification.checks: the command of check 'server' works in a cluster only.");
    assertThat(local.launches).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(HostKind.class)
  void aRequestForAProofIsRefusedAlike(HostKind kind) {
    host.kind = kind;
    host.store.setSpec(
        read(
            """
            s3: {bucket: backups, credentials: {secretRef: {name: keys}}}
            encryption: {passwordSecretRef: {name: key, key: password}}
            """,
            BackupStoreSpec.class));
    var request = new RestoreRequest();
    request.setMetadata(
        new ObjectMetaBuilder()
            .withName("prove")
            .withNamespace("shop")
            .withUid("33333333-3333-3333-3333-333333333333")
            .withGeneration(1L)
            .withCreationTimestamp("2026-11-22T00:30:00Z")
            .build());
    request.setSpec(
        read(
            "source: {policyRef: {name: shop-db}, latest: {}}\ntarget: {sandbox: {}}",
            RestoreRequestSpec.class));
    var decision =
        RestoreRequestPlanner.decide(
            new RestoreRequestObserved(
                request,
                host.policy,
                host.store,
                null,
                List.of(),
                List.of(),
                List.of(),
                DockerView.UNASKED,
                host.kind,
                "cluster",
                host.now));

    var refused =
        decision.status().failure() != null
            && decision.status().failure().reason() == Reason.NOT_ON_THIS_HOST;
    assertThat(refused).isEqualTo(kind == HostKind.ONE_MACHINE);
  }

  // --- verdicts ---------------------------------------------------------------------------------

  private static final TaskResult FETCHED = new TaskResult.Fetched(POINT, 10);
  private static final TaskResult AWAITING =
      new TaskResult.AwaitingChecks(Isolation.ENFORCED, "7 of 7 entries", "checks-hash");

  static Stream<Arguments> ends() {
    return Stream.of(
        Arguments.of(List.of(FETCHED, AWAITING), Reason.CHECK_FAILED, VerdictOutcome.REFUTED),
        Arguments.of(List.of(FETCHED, AWAITING), Reason.CHECK_ERRORED, VerdictOutcome.UNPROVEN),
        Arguments.of(List.of(FETCHED, AWAITING), Reason.IMAGE_UNAVAILABLE, VerdictOutcome.UNPROVEN),
        Arguments.of(List.of(FETCHED, AWAITING), Reason.EVICTED, VerdictOutcome.UNPROVEN),
        // A host that lost the pod, and with it all reports.
        Arguments.of(List.of(), Reason.CHECK_ERRORED, VerdictOutcome.UNPROVEN),
        // One that knows nothing of such checks: what was compared alone is no proof.
        Arguments.of(List.of(FETCHED, AWAITING), null, VerdictOutcome.UNPROVEN));
  }

  @ParameterizedTest
  @MethodSource("ends")
  void onlyTheProgramsOwnNoRefutes(
      List<TaskResult> results, @Nullable Reason why, VerdictOutcome outcome) {
    var failure = why == null ? null : why.failure("because");
    var verdict = PolicyHistory.verdictOf(ended(results, failure), POINT, null);

    assertThat(verdict.outcome()).isEqualTo(outcome);
    assertThat(verdict.reason()).isEqualTo(why == null ? Reason.REPORT_MISSING : why);
    assertThat(verdict.checksHash()).isEqualTo(results.isEmpty() ? null : "checks-hash");
    assertThat(verdict.coverage()).isEqualTo(results.isEmpty() ? null : "7 of 7 entries");
    assertThat(verdict.isolation()).isEqualTo(results.isEmpty() ? null : Isolation.ENFORCED);
  }

  private RunView ended(List<TaskResult> results, @Nullable Failure hostFailure) {
    var labels = labels(host);
    var reports =
        results.stream()
            .map(
                result ->
                    new TaskReport(
                        labels.name(),
                        TaskReport.Outcome.SUCCEEDED,
                        host.now,
                        host.now,
                        null,
                        null,
                        result))
            .toList();
    return new RunView(labels, RunView.State.ENDED, host.now, host.now, reports, hostFailure, null);
  }

  // --- which checks a verdict is of -------------------------------------------------------------

  private static String hash(Verification.CommandCheck command) {
    return ChecksHash.of(List.of(new Check("one", null, null, null, command, null)));
  }

  private static CommandCheck command(
      String image, @Nullable Boolean writable, @Nullable Long user, String... command) {
    return new CommandCheck(
        image, List.of(command), writable, user == null ? null : new RunAs(user, null), null);
  }

  @Test
  void anotherCommandIsAnotherCheck() {
    var all = new ArrayList<String>();
    all.add(hash(command("tool", null, null, "a", "b")));
    all.add(hash(command("tool:2", null, null, "a", "b")));
    all.add(hash(command("tool", true, null, "a", "b")));
    all.add(hash(command("tool", null, 1000L, "a", "b")));
    all.add(hash(command("tool", null, null, "b", "a")));
    all.add(hash(command("tool", null, null, "a b")));

    assertThat(all).doesNotHaveDuplicates().noneMatch(Objects::isNull);
  }

  /** Proofs that were given before commands could be asked stay proofs. */
  @Test
  void checksOfOtherKindsAreWhatTheyWere() {
    var rule = new Verification.FileCheck("*.png", 1L, null);
    assertThat(ChecksHash.of(List.of(new Check("one", null, null, rule, null, "1m"))))
        .isEqualTo("7e7qx6b4iwwj");
  }
}
