package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.RecoveryPoint;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.Extent;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a policy does over its days, told as a host lives it. */
class PolicyPlannerTest {
  private static final String SPEC =
      """
      source: {postgres: {connection: {secretRef: {name: db}}, databases: {names: [shop]}}}
      storeRef: {name: offsite}
      schedule: {cron: "0 2 * * *"}
      retention: {keepLast: 3}
      verification: {schedule: {cron: "0 5 * * *"}, facts: Full}
      maintenance: {schedule: {cron: "0 12 * * *"}}
      objectives: {recoveryPoint: 26h, proof: 8d}
      """;
  private static final String CHECKED =
      SPEC.replace(
          "facts: Full",
          "facts: Full, checks: [{name: any, sql: {query: 'select 1', expect: '1'}}]");
  private static final String HASH = ChecksHash.of(List.of());

  private final PlannedHost host = new PlannedHost(PlannedHost.spec(SPEC));

  @Test
  void firstContactRebuildsTheCatalogueBeforeAnythingElseRuns() {
    assertThat(host.look())
        .extracting(launch -> launch.labels().purpose())
        .containsExactly(Purpose.INSPECT);
    assertThat(host.says(Conditions.RECONCILING)).isEqualTo("True Progressing");

    contactedWith(point("20261120t020000z-aaaaaa", "2026-11-20T02:00:00Z"));

    assertThat(host.status().recoveryPoints())
        .extracting(RecoveryPoint::id)
        .containsExactly("20261120t020000z-aaaaaa");
    assertThat(host.lastSuccess().time()).isEqualTo("2026-11-20T02:00:00Z");
    assertThat(host.proof().recoveryPoint()).isEqualTo("20261120t020000z-aaaaaa");
    assertThat(host.says(Conditions.READY)).isEqualTo("True Accepted");
  }

  private static TaskResult.Point point(String id, String time) {
    return point(id, time, VerdictOutcome.VERIFIED);
  }

  private static TaskResult.Point point(String id, String time, VerdictOutcome verdict) {
    return new TaskResult.Point(id, Instant.parse(time), true, 10, verdict, "m", "run", null);
  }

  private void contactedWith(TaskResult.Point... points) {
    host.look();
    host.end(
        Purpose.INSPECT,
        new TaskResult.Inspected(
            "repo-1", "store-1234", "cluster/shop/shop-db", points.length, List.of(points), null));
    host.look();
  }

  @Test
  void aStoreThatSaysRefutedIsHeardWhereTheStatusWasLost() {
    contactedWith(
        point("20261121t020000z-bbbbbb", "2026-11-21T02:00:00Z", VerdictOutcome.REFUTED),
        point("20261120t020000z-aaaaaa", "2026-11-20T02:00:00Z"));

    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("False Refuted");
    assertThat(host.condition(Conditions.VERIFIED).message())
        .contains("last known good one is 20261120t020000z-aaaaaa");
  }

  @Test
  void noRepositoryYetIsAnEmptyCatalogue() {
    host.look();
    host.fail(Purpose.INSPECT, Reason.REPOSITORY_MISSING);
    host.look();

    assertThat(host.says(Conditions.READY)).isEqualTo("True Accepted");
    assertThat(host.status().failure()).isNull();
    assertThat(host.status().recoveryPointsTotal()).isZero();
    assertThat(Objects.requireNonNull(host.status().runs()))
        .singleElement()
        .satisfies(
            run -> {
              assertThat(run.outcome()).isEqualTo("Succeeded");
              assertThat(run.reason()).isNull();
            });
  }

  @Test
  void aRepositoryThatCannotBeReachedIsNoEmptyCatalogue() {
    host.look();
    host.fail(Purpose.INSPECT, Reason.STORE_UNREACHABLE);
    host.look();

    assertThat(host.says(Conditions.RECONCILING)).isEqualTo("True Progressing");
    host.advance(Duration.ofMinutes(5)).look();
    assertThat(host.running(Purpose.INSPECT)).isPresent();
  }

  @Test
  void applyingAPolicyRunsNoBackup() {
    host.contacted();

    assertThat(host.running(Purpose.BACKUP)).isEmpty();
    assertThat(host.status().nextRun()).isEqualTo("2026-11-22T02:00:00Z");
    assertThat(host.says(Conditions.PROTECTED)).isEqualTo("Unknown NeverBackedUp");
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("Unknown NeverVerified");
  }

  @Test
  void runOnCreateRunsOneBackupOnce() {
    var eager = new PlannedHost(PlannedHost.spec(SPEC + "runOnCreate: true\n")).contacted();
    assertThat(eager.running(Purpose.BACKUP)).isPresent();

    eager.end(Purpose.BACKUP, eager.backedUp("20261122t010000z-aaaaaa"));
    eager.look();

    assertThat(eager.look()).isEmpty();
    assertThat(eager.running(Purpose.BACKUP)).isEmpty();
  }

  @Test
  void aTickIsLaunchedOnceHoweverOftenTheHostLooks() {
    host.contacted().at("2026-11-22T02:00:00Z");
    host.look();
    var run = host.running(Purpose.BACKUP).orElseThrow();
    host.look();
    host.advance(Duration.ofMinutes(1)).look();

    assertThat(host.launches)
        .filteredOn(launch -> launch.labels().purpose() == Purpose.BACKUP)
        .hasSize(1);
    assertThat(run.labels().tick()).isEqualTo("2026-11-22T02:00:00Z");
  }

  @Test
  void aHostKilledBetweenLaunchAndStatusFindsItsRunAgain() {
    host.contacted().at("2026-11-22T02:00:00Z");
    var decision = PolicyPlanner.decide(host.observed());
    decision.launches().forEach(host::launch);
    // Killed here: the status was not stored.
    host.advance(Duration.ofSeconds(30)).look();

    assertThat(host.launches)
        .filteredOn(launch -> launch.labels().purpose() == Purpose.BACKUP)
        .hasSize(1);
  }

  @Test
  void successIsRecordedOnceAndOnlyThenIsTheRunRemoved() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.advance(Duration.ofMinutes(2))
        .end(Purpose.BACKUP, host.backedUp("20261122t020000z-aaaaaa"));

    var decision = PolicyPlanner.decide(host.observed());
    assertThat(decision.removableRuns()).hasSize(1);
    host.policy.setStatus(decision.status());
    // The removal was lost: the run is still there and must not count twice.
    host.look();

    assertThat(host.status().recoveryPointsTotal()).isEqualTo(1);
    assertThat(host.status().recoveryPoints()).hasSize(1);
    assertThat(host.says(Conditions.PROTECTED)).isEqualTo("True WithinObjective");
    assertThat(host.status().nextRecoveryPointDue()).isEqualTo("2026-11-23T04:02:00Z");
  }

  @Test
  void aSettledPolicyMakesNoWrite() {
    backedUpAndVerified();
    var writes = host.statusWrites;

    for (int minutes = 0; minutes < 60; minutes++) {
      host.advance(Duration.ofMinutes(1)).look();
    }

    assertThat(host.statusWrites).isEqualTo(writes);
  }

  private void backedUpAndVerified() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.advance(Duration.ofMinutes(2))
        .end(Purpose.BACKUP, host.backedUp("20261122t020000z-aaaaaa"));
    host.look();
    host.at("2026-11-22T05:00:00Z").look();
    host.end(
        Purpose.VERIFY,
        PlannedHost.compared("20261122t020000z-aaaaaa", VerdictOutcome.VERIFIED, null, HASH));
    host.look();
    settleMaintenance();
  }

  /** A proof is fetching and comparing. */
  @Test
  void aRunLastsFromItsFirstTaskOn() {
    backedUpAndVerified();
    var proof =
        Objects.requireNonNull(host.status().runs()).stream()
            .filter(run -> run.purpose().equals("verify"))
            .findFirst()
            .orElseThrow();

    assertThat(proof.started()).isEqualTo(Instant.parse("2026-11-22T05:00:00Z"));
  }

  private void settleMaintenance() {
    if (host.running(Purpose.MAINTAIN).isPresent()) {
      host.end(
          Purpose.MAINTAIN,
          new TaskResult.Maintained(List.of(), List.of(), 1, 0, 1, 2048L, null, null, null));
      host.look();
    }
  }

  @Test
  void aPassingFailureIsTriedAgainWithBackOffAndTheNextTickGoesOn() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.fail(Purpose.BACKUP, Reason.STORE_UNREACHABLE);
    host.look();

    assertThat(host.running(Purpose.BACKUP)).isEmpty();
    assertThat(host.failure().reason()).isEqualTo(Reason.STORE_UNREACHABLE);
    host.advance(Duration.ofMinutes(2)).look();
    assertThat(host.running(Purpose.BACKUP).orElseThrow().labels().attempt()).isEqualTo(2);
    host.fail(Purpose.BACKUP, Reason.STORE_UNREACHABLE);
    host.look();
    for (int hour = 0; hour < 5; hour++) {
      host.advance(Duration.ofHours(1)).look();
      host.running(Purpose.BACKUP)
          .ifPresent(run -> host.fail(Purpose.BACKUP, Reason.STORE_UNREACHABLE));
      host.look();
    }

    assertThat(host.launches)
        .filteredOn(launch -> launch.labels().purpose() == Purpose.BACKUP)
        .hasSize(4);
    host.at("2026-11-23T02:00:00Z").look();
    assertThat(host.running(Purpose.BACKUP).orElseThrow().labels().attempt()).isEqualTo(1);
  }

  @Test
  void whatNeedsAPersonIsNotTriedAgainBeforeTheNextTick() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.fail(Purpose.BACKUP, Reason.AUTHENTICATION_FAILED);
    host.look();
    host.advance(Duration.ofHours(5)).look();

    assertThat(host.launches)
        .filteredOn(launch -> launch.labels().purpose() == Purpose.BACKUP)
        .hasSize(1);
    assertThat(host.says(Conditions.READY)).isEqualTo("True Accepted");
  }

  @Test
  void anotherOwnerStallsThePolicy() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.fail(Purpose.BACKUP, Reason.OWNED_BY_OTHER);
    host.look();

    assertThat(host.says(Conditions.STALLED)).isEqualTo("True OwnedByOther");
    assertThat(host.says(Conditions.READY)).isEqualTo("False OwnedByOther");
  }

  @Test
  void protectedTurnsFalseWhenTheNewestPointIsOlderThanTheObjective() {
    backedUpAndVerified();
    host.policy.setSpec(PlannedHost.spec(SPEC + "suspend: true\n"));
    host.at("2026-11-23T04:01:00Z").look();
    assertThat(host.says(Conditions.PROTECTED)).isEqualTo("True WithinObjective");

    host.at("2026-11-23T04:03:00Z").look();

    assertThat(host.says(Conditions.PROTECTED)).isEqualTo("False ObjectiveMissed");
    assertThat(host.says(Conditions.READY)).isEqualTo("True Suspended");
  }

  /** A machine's clock that jumps and is put right, as without a battery. */
  @Test
  void aClockThatWasAheadHoldsNothingUp() {
    backedUpAndVerified();
    host.at("2027-11-22T02:00:00Z").look();
    host.end(Purpose.BACKUP, host.backedUp("20271122t020000z-aaaaaa"));
    host.look();
    host.at("2027-11-22T05:00:00Z").look();
    verify("20271122t020000z-aaaaaa", VerdictOutcome.REFUTED);
    host.at("2026-11-23T01:00:00Z").look();

    assertThat(host.says(Conditions.PROTECTED)).isEqualTo("Unknown Unknown");
    assertThat(host.status().nextRun()).isEqualTo("2026-11-23T02:00:00Z");
    host.at("2026-11-23T02:00:00Z").look();
    host.end(Purpose.BACKUP, host.backedUp("20261123t020000z-aaaaaa"));
    host.look();
    assertThat(host.lastSuccess().recoveryPoint()).isEqualTo("20261123t020000z-aaaaaa");
    assertThat(host.says(Conditions.PROTECTED)).isEqualTo("True WithinObjective");
    assertThat(new RecoveryPoints(host.status().recoveryPoints(), null).newestComplete())
        .map(RecoveryPoint::id)
        .contains("20261123t020000z-aaaaaa");
    host.at("2026-11-23T05:00:00Z").look();
    verify("20261123t020000z-aaaaaa", VerdictOutcome.VERIFIED);
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("True Verified");
    host.at("2026-11-23T12:00:00Z").look();
    assertThat(host.running(Purpose.MAINTAIN)).isPresent();
  }

  @Test
  void aProofOfATimeThatIsStillToComeIsNone() {
    backedUpAndVerified();
    host.at("2026-11-21T05:00:00Z").look();
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("Unknown ProofTooOld");
    host.at("2026-11-22T06:00:00Z").look();
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("True Verified");
  }

  @Test
  void aPointThatIsGoneFromTheStoreIsNoGoodOne() {
    backedUpAndVerified();
    host.at("2026-11-23T02:00:00Z").look();
    host.fail(Purpose.BACKUP, Reason.AUTHENTICATION_FAILED);
    host.look();
    host.at("2026-11-23T05:00:00Z").look();
    host.fail(Purpose.VERIFY, Reason.NO_MATCHING_RECOVERY_POINT);
    host.look();

    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("False Refuted");
    assertThat(host.status().recoveryPoints()).isEmpty();
    assertThat(host.status().lastSuccess()).isNull();
    assertThat(host.says(Conditions.PROTECTED)).isEqualTo("False AuthenticationFailed");
  }

  /** Retention took an older one while its verification waited: that is no word against others. */
  @Test
  void anOlderPointThatIsGoneRefutesNothing() {
    backedUpAndVerified();
    host.at("2026-11-23T02:00:00Z").look();
    host.at("2026-11-23T05:00:00Z").look();
    host.end(Purpose.BACKUP, host.backedUp("20261123t020000z-aaaaaa"));
    host.look();
    assertThat(host.running(Purpose.VERIFY).orElseThrow().labels().recoveryPoint())
        .isEqualTo("20261122t020000z-aaaaaa");
    host.fail(Purpose.VERIFY, Reason.NO_MATCHING_RECOVERY_POINT);
    host.look();

    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("True Verified");
    assertThat(host.status().recoveryPoints())
        .extracting(RecoveryPoint::id)
        .containsExactly("20261123t020000z-aaaaaa");
  }

  @Test
  void aRepositoryThatIsGoneProvesNothing() {
    backedUpAndVerified();
    host.at("2026-11-23T05:00:00Z").look();
    host.fail(Purpose.VERIFY, Reason.REPOSITORY_MISSING);
    host.look();

    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("False RepositoryMissing");
    assertThat(host.says(Conditions.READY)).isEqualTo("False RepositoryMissing");
    assertThat(host.proof().outcome()).as("it may be put back").isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void aRetryDoesNotWaitForAClockThatWasAhead() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.at("2027-11-22T01:00:00Z").fail(Purpose.BACKUP, Reason.STORE_UNREACHABLE);
    host.look();
    host.at("2026-11-23T02:00:00Z").look();

    assertThat(host.running(Purpose.BACKUP).orElseThrow().labels().attempt()).isEqualTo(1);
  }

  @Test
  void aSourceWhoseClockIsAheadHidesNoLaterPoint() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.end(Purpose.BACKUP, backedUpAt("20261122t020000z-aaaaaa", "2027-11-22T02:00:00Z"));
    host.look();
    assertThat(host.lastSuccess().time()).isEqualTo("2026-11-22T02:00:00Z");
    assertThat(Objects.requireNonNull(host.lastSuccess().warnings()))
        .singleElement()
        .asString()
        .contains("clock is ahead");

    host.at("2026-11-23T02:00:00Z").look();
    host.end(Purpose.BACKUP, host.backedUp("20261123t020000z-aaaaaa"));
    host.look();
    assertThat(host.lastSuccess().recoveryPoint()).isEqualTo("20261123t020000z-aaaaaa");
    host.policy.setSpec(PlannedHost.spec(SPEC + "suspend: true\n"));
    host.at("2026-11-24T08:00:00Z").look();
    assertThat(host.says(Conditions.PROTECTED)).startsWith("False");
  }

  private static TaskResult backedUpAt(String id, String time) {
    return new TaskResult.BackedUp(
        id,
        "manifest-" + id,
        Instant.parse(time),
        true,
        1000,
        100,
        new Extent.Tables(5, 50L),
        "7000000000000000001",
        "repo-1",
        "store-1234",
        null,
        170000,
        null);
  }

  @Test
  void aLostReportIsLookedUpInTheRepositoryBeforeItCountsAsAnything() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    var run = host.running(Purpose.BACKUP).orElseThrow().labels().name();
    host.lose(Purpose.BACKUP, Reason.OUT_OF_MEMORY.failure("killed"));
    host.look();

    assertThat(host.status().failure()).isNull();
    var inspection = host.running(Purpose.INSPECT).orElseThrow();
    assertThat(((Task.Inspect) host.task(inspection)).run()).isEqualTo(run);
    host.end(
        Purpose.INSPECT,
        new TaskResult.Inspected(
            "repo-1",
            "store-1234",
            null,
            1,
            List.of(
                new TaskResult.Point(
                    "20261122t020000z-aaaaaa", host.now, true, 10, null, "m", run, null)),
            null));
    host.look();

    assertThat(host.lastSuccess().recoveryPoint()).isEqualTo("20261122t020000z-aaaaaa");
    assertThat(host.status().recoveryPointsTotal()).isEqualTo(1);
    assertThat(host.status().failure()).isNull();
  }

  /** What was not still, or never had a worker of its own, is no point: nobody looks for one. */
  @Test
  void aRunThatCannotHaveClosedAPointIsAFailureAtOnce() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.giveUp(Purpose.BACKUP, Reason.OUT_OF_MEMORY.failure("On node worker-2: killed"));
    host.look();

    assertThat(host.running(Purpose.INSPECT)).isEmpty();
    assertThat(host.failure().reason()).isEqualTo(Reason.OUT_OF_MEMORY);
  }

  @Test
  void aLostReportWithNothingInTheRepositoryIsAFailureWithTheHostsOwnReason() {
    host.contacted().at("2026-11-22T02:00:00Z").look();
    host.lose(Purpose.BACKUP, Reason.OUT_OF_MEMORY.failure("killed"));
    host.look();
    host.end(
        Purpose.INSPECT,
        new TaskResult.Inspected("repo-1", "store-1234", null, 0, List.of(), null));
    host.look();

    assertThat(host.failure().reason()).isEqualTo(Reason.OUT_OF_MEMORY);
    assertThat(host.status().runs())
        .filteredOn(entry -> entry.purpose().equals("backup"))
        .singleElement()
        .satisfies(entry -> assertThat(entry.outcome()).isEqualTo("Failed"));
  }

  @Test
  void whatRanOutOfMemoryIsTriedOnceMoreWithTwiceAsMuch() {
    host.contacted().at("2026-11-22T02:00:00Z");
    var first = host.look();
    host.fail(Purpose.BACKUP, Reason.OUT_OF_MEMORY);
    host.look();
    var second = host.advance(Duration.ofMinutes(2)).look();
    host.fail(Purpose.BACKUP, Reason.OUT_OF_MEMORY);
    host.look();
    var third = host.advance(Duration.ofHours(1)).look();

    assertThat(first).extracting(Launch::memory).containsExactly(Retries.Memory.AS_SPECIFIED);
    assertThat(second).extracting(Launch::memory).containsExactly(Retries.Memory.DOUBLED);
    assertThat(third).isEmpty();
  }

  @Test
  void aRefutedPointIsFollowedByOlderOnesUntilTheLastKnownGoodIsFound() {
    host.contacted();
    for (var day : List.of("22", "23", "24")) {
      host.at("2026-11-" + day + "T02:00:00Z").look();
      host.end(Purpose.BACKUP, host.backedUp("202611" + day + "t020000z-aaaaaa"));
      host.look();
    }
    host.at("2026-11-24T05:00:00Z").look();
    verify("20261124t020000z-aaaaaa", VerdictOutcome.REFUTED);
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("False Refuted");
    verify("20261123t020000z-aaaaaa", VerdictOutcome.REFUTED);
    verify("20261122t020000z-aaaaaa", VerdictOutcome.VERIFIED);
    settleMaintenance();

    assertThat(host.running(Purpose.VERIFY)).isEmpty();
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("False Refuted");
    assertThat(host.condition(Conditions.VERIFIED).message())
        .contains("last known good one is 20261122t020000z-aaaaaa");
    assertThat(host.proof().recoveryPoint()).isEqualTo("20261122t020000z-aaaaaa");
  }

  @Test
  void whatWasRefutedStaysSoUntilItOrANewerPointIsProven() {
    host.contacted();
    var wrong = "20261123t020000z-aaaaaa";
    for (var day : List.of("22", "23")) {
      host.at("2026-11-" + day + "T02:00:00Z").look();
      host.end(Purpose.BACKUP, host.backedUp("202611" + day + "t020000z-aaaaaa"));
      host.look();
    }
    host.at("2026-11-23T05:00:00Z").look();
    verify(wrong, VerdictOutcome.REFUTED);
    verify("20261122t020000z-aaaaaa", VerdictOutcome.VERIFIED);
    host.policy.setSpec(
        PlannedHost.spec(
            SPEC.replace("0 2 * * *", "0 * * * *").replace("0 5 * * *", "0 23 * * *")));
    host.look();
    for (var hour = 0; hour < 21; hour++) {
      host.advance(Duration.ofHours(1)).look();
      host.running(Purpose.BACKUP)
          .ifPresent(run -> host.end(Purpose.BACKUP, host.backedUp("of-" + host.now)));
      if (host.running(Purpose.MAINTAIN).isPresent()) {
        settleMaintenance();
      }
      host.running(Purpose.VERIFY).ifPresent(run -> host.fail(Purpose.VERIFY, Reason.UNKNOWN));
      host.look();
    }

    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("False Refuted");
    assertThat(maintenanceOf("2026-11-24T12:00:00Z").verdicts())
        .as("what maintenance has to store")
        .extracting(Task.KnownVerdict::recoveryPoint)
        .contains(wrong);

    host.at("2026-11-25T12:00:00Z").look();
    host.end(
        Purpose.MAINTAIN,
        new TaskResult.Maintained(List.of(wrong), List.of(), 20, 0, 1, 1L, null, null, null));
    host.look();
    assertThat(host.says(Conditions.VERIFIED)).as("retention took it").isEqualTo("False Refuted");
  }

  private void verify(String point, VerdictOutcome outcome) {
    assertThat(host.running(Purpose.VERIFY).orElseThrow().labels().recoveryPoint())
        .isEqualTo(point);
    var reason = outcome == VerdictOutcome.REFUTED ? Reason.FACTS_DIFFER : null;
    host.end(Purpose.VERIFY, PlannedHost.compared(point, outcome, reason, HASH));
    host.advance(Duration.ofSeconds(10)).look();
  }

  @Test
  void unprovenNeverOverwritesAProofAndAgesIntoUnknown() {
    backedUpAndVerified();
    host.at("2026-11-23T05:00:00Z").look();
    host.running(Purpose.BACKUP)
        .ifPresent(run -> host.end(Purpose.BACKUP, host.backedUp("20261123t020000z-aaaaaa")));
    host.look();
    if (host.running(Purpose.VERIFY).isPresent()) {
      host.fail(Purpose.VERIFY, Reason.SANDBOX_FAILED);
      host.look();
    }

    assertThat(host.verification().outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(host.proof().outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("True Verified");

    host.policy.setSpec(PlannedHost.spec(SPEC + "suspend: true\n"));
    host.at("2026-11-30T05:01:00Z").look();
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("Unknown ProofTooOld");
  }

  @Test
  void editingTheChecksMakesTheProofStale() {
    backedUpAndVerified();
    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("True Verified");

    host.policy.setSpec(PlannedHost.spec(CHECKED));
    host.look();

    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("Unknown ProofTooOld");
  }

  @Test
  void aProofFromTheStoreDoesNotPassForOneOfChecksThatItMayNotHaveAnswered() {
    host.policy.setSpec(PlannedHost.spec(CHECKED));
    contactedWith(point("20261120t020000z-aaaaaa", "2026-11-20T02:00:00Z"));

    assertThat(host.says(Conditions.VERIFIED)).isEqualTo("Unknown ProofTooOld");
  }

  @Test
  void aVerdictIsStoredWithTheChecksThatWereAsked() {
    backedUpAndVerified();
    host.policy.setSpec(PlannedHost.spec(CHECKED));
    host.look();

    assertThat(maintenanceOf("2026-11-23T12:00:00Z").verdicts())
        .extracting(Task.KnownVerdict::checksHash)
        .containsExactly(HASH);
  }

  @Test
  void anotherDatabaseSystemFreezesForgettingUntilItIsProvenAndAcknowledged() {
    backedUpAndVerified();
    host.at("2026-11-23T02:00:00Z").look();
    host.end(Purpose.BACKUP, host.backedUp("20261123t020000z-bbbbbb", "7999999999999999999"));
    host.look();
    assertThat(host.says(Conditions.READY)).isEqualTo("True SourceChanged");
    assertThat(maintenanceOf("2026-11-23T12:00:00Z").forgetting())
        .isEqualTo(Task.Forgetting.FROZEN);

    host.policy.setSpec(PlannedHost.spec(SPEC + "acknowledge: [lineage-7999999999999999999]\n"));
    host.look();
    assertThat(host.says(Conditions.READY))
        .as("acknowledged but not proven")
        .isEqualTo("True SourceChanged");

    if (host.running(Purpose.VERIFY).isEmpty()) {
      host.at("2026-11-24T05:00:00Z").look();
    }
    host.end(
        Purpose.VERIFY,
        PlannedHost.compared("20261123t020000z-bbbbbb", VerdictOutcome.VERIFIED, null, HASH));
    host.look();
    assertThat(host.says(Conditions.READY)).isEqualTo("True Accepted");
  }

  /** A status that was lost knows of one source only. */
  @Test
  void whatTheStoreKnowsOfAnotherSourceIsSaid() {
    backedUpAndVerified();
    host.at("2026-11-23T12:00:00Z").look();
    host.end(
        Purpose.MAINTAIN,
        new TaskResult.Maintained(
            List.of(), List.of(), 1, 0, 1, 2048L, null, null, "7999999999999999999"));
    host.look();

    assertThat(host.says(Conditions.READY)).isEqualTo("True SourceChanged");
    assertThat(host.condition(Conditions.READY).message()).contains("lineage-7999999999999999999");
  }

  private Task.Maintain maintenanceOf(String time) {
    host.at(time).look();
    var run = host.running(Purpose.MAINTAIN).orElseThrow();
    var task = (Task.Maintain) host.task(run);
    settleMaintenance();
    return task;
  }

  @Test
  void maintenanceThatWaitsGoesByWhatIsWantedNow() {
    backedUpAndVerified();
    host.at("2026-11-23T12:00:00Z").look();
    host.queue(Purpose.MAINTAIN);
    host.advance(Duration.ofMinutes(5)).look();
    assertThat(host.running(Purpose.MAINTAIN)).as("nothing changed").isPresent();

    host.policy.setSpec(
        PlannedHost.spec(
            SPEC.replace("keepLast: 3", "keepLast: 3, pins: [20261122t020000z-aaaaaa]")));
    host.policy.getMetadata().setGeneration(2L);
    host.look();
    assertThat(host.running(Purpose.MAINTAIN)).isEmpty();
    host.look();
    var again = (Task.Maintain) host.task(host.running(Purpose.MAINTAIN).orElseThrow());
    assertThat(Objects.requireNonNull(again.retention()).pins())
        .containsExactly("20261122t020000z-aaaaaa");

    host.queue(Purpose.MAINTAIN);
    host.policy.setSpec(PlannedHost.spec(SPEC + "suspend: true\n"));
    host.policy.getMetadata().setGeneration(3L);
    host.look();
    host.look();
    assertThat(host.running(Purpose.MAINTAIN)).as("suspended").isEmpty();
  }

  @Test
  void maintenanceThatWaitsHearsOfAVerdictAndOfAFreeze() {
    backedUpAndVerified();
    host.at("2026-11-23T02:00:00Z").look();
    host.at("2026-11-23T05:00:00Z").look();
    host.at("2026-11-23T12:00:00Z").look();
    host.queue(Purpose.MAINTAIN);
    host.end(Purpose.BACKUP, host.backedUp("20261123t120000z-bbbbbb", "7999999999999999999"));
    host.look();
    assertThat(host.running(Purpose.MAINTAIN)).isEmpty();
    host.look();
    var frozen = (Task.Maintain) host.task(host.running(Purpose.MAINTAIN).orElseThrow());
    assertThat(frozen.forgetting()).isEqualTo(Task.Forgetting.FROZEN);

    host.queue(Purpose.MAINTAIN);
    host.end(
        Purpose.VERIFY,
        PlannedHost.compared(
            "20261122t020000z-aaaaaa", VerdictOutcome.REFUTED, Reason.FACTS_DIFFER, HASH));
    host.look();
    host.look();
    var judged = (Task.Maintain) host.task(host.running(Purpose.MAINTAIN).orElseThrow());
    assertThat(judged.verdicts())
        .extracting(Task.KnownVerdict::outcome)
        .containsExactly(VerdictOutcome.REFUTED);
  }

  @Test
  void damageInTheStoreIsRepairedThenBackedUpThenVerified() {
    backedUpAndVerified();
    host.at("2026-11-23T05:00:00Z").look();
    host.running(Purpose.BACKUP)
        .ifPresent(run -> host.end(Purpose.BACKUP, host.backedUp("20261123t020000z-aaaaaa")));
    host.look();
    host.fail(Purpose.VERIFY, Reason.STORE_DAMAGED);
    host.advance(Duration.ofSeconds(1)).look();
    while (host.running(Purpose.VERIFY).isPresent()) {
      host.fail(Purpose.VERIFY, Reason.STORE_DAMAGED);
      host.advance(Duration.ofSeconds(1)).look();
    }

    var mending = (Task.Maintain) host.task(host.running(Purpose.MAINTAIN).orElseThrow());
    assertThat(mending.forgetting())
        .as("nobody knows yet which points are whole")
        .isEqualTo(Task.Forgetting.FROZEN);
    host.advance(Duration.ofMinutes(1))
        .end(
            Purpose.MAINTAIN,
            new TaskResult.Maintained(
                List.of(),
                List.of(),
                2,
                0,
                1,
                2048L,
                null,
                List.of("20261123t020000z-aaaaaa"),
                null));
    host.advance(Duration.ofSeconds(1)).look();
    assertThat(host.running(Purpose.BACKUP))
        .as("the next backup uploads what was lost")
        .isPresent();

    host.advance(Duration.ofMinutes(1))
        .end(Purpose.BACKUP, host.backedUp("20261123t060000z-cccccc"));
    host.advance(Duration.ofSeconds(1)).look();
    assertThat(host.running(Purpose.VERIFY).orElseThrow().labels().recoveryPoint())
        .isEqualTo("20261123t060000z-cccccc");
  }

  @Test
  void aPolicyWaitsForItsStoreAndGoesOnWhenItIsThere() {
    var waiting = new PlannedHost(PlannedHost.spec(SPEC));
    var status = waiting.store.getStatus();
    waiting.store.setStatus(null);
    waiting.look();

    assertThat(waiting.says(Conditions.READY)).isEqualTo("Unknown StoreNotReady");
    assertThat(waiting.says(Conditions.RECONCILING)).isEqualTo("True StoreNotReady");
    waiting.store.setStatus(status);
    waiting.contacted();
    assertThat(waiting.says(Conditions.READY)).isEqualTo("True Accepted");
    assertThat(waiting.status().failure()).isNull();
  }

  @Test
  void aScheduleThatCannotBeFollowedStalls() {
    var wrong = new PlannedHost(PlannedHost.spec(SPEC.replace("0 2 * * *", "0 0 2 * * *")));
    wrong.look();

    assertThat(wrong.says(Conditions.STALLED)).isEqualTo("True InvalidSchedule");
    assertThat(wrong.condition(Conditions.READY).message()).contains("cron");
    assertThat(wrong.launches).isEmpty();
  }

  @Test
  void aValueOfANewerVersionIsNeverTreatedAsTheDefault() {
    var newer =
        new PlannedHost(PlannedHost.spec(SPEC.replace("facts: Full", "facts: Holographic")));
    newer.look();

    assertThat(newer.says(Conditions.STALLED)).isEqualTo("True NewerThanOperator");
    assertThat(newer.condition(Conditions.READY).message()).contains("verification.facts");
  }

  @Test
  void suspendStartsNothingOnSchedule() {
    var suspended = new PlannedHost(PlannedHost.spec(SPEC + "suspend: true\n")).contacted();
    suspended.at("2026-11-22T02:00:00Z").look();

    assertThat(suspended.running(Purpose.BACKUP)).isEmpty();
    assertThat(suspended.status().nextRun()).isNull();
  }

  @Test
  void everyStateReadsRightForKstatus() {
    assertThat(kstatus()).as("new").isEqualTo("InProgress");
    host.look();
    assertThat(kstatus()).as("first contact").isEqualTo("InProgress");
    host.contacted();
    assertThat(kstatus()).isEqualTo("Current");
    host.policy.getMetadata().setGeneration(2L);
    assertThat(kstatus()).as("not yet observed").isEqualTo("InProgress");
    host.look();
    assertThat(kstatus()).isEqualTo("Current");
    host.at("2026-11-22T02:00:00Z").look();
    host.fail(Purpose.BACKUP, Reason.OWNED_BY_OTHER);
    host.look();
    assertThat(kstatus()).isEqualTo("Failed");
  }

  private String kstatus() {
    return Kstatus.of(
        host.policy.getMetadata().getGeneration(), host.observedGeneration(), host.conditions());
  }
}
