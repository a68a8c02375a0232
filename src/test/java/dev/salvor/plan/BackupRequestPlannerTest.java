package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupRequestSpec;
import dev.salvor.api.BackupRequestStatus;
import dev.salvor.api.ObjectReference;
import dev.salvor.api.Reason;
import dev.salvor.task.Extent;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What becomes of a BackupRequest, told with the policy that it is for. */
class BackupRequestPlannerTest {
  private static final String UID = "44444444-4444-4444-4444-444444444444";

  private final PlannedHost host =
      new PlannedHost(
              PlannedHost.spec(
                  """
                  source: {postgres: {connection: {secretRef: {name: db}}, databases: {names: [shop]}}}
                  storeRef: {name: offsite}
                  retries: 1
                  """))
          .contacted();
  private final BackupRequest request = new BackupRequest();

  BackupRequestPlannerTest() {
    host.openRequests.add(UID);
    request.setSpec(new BackupRequestSpec(new ObjectReference("shop-db"), "before a migration"));
    request.setMetadata(
        new ObjectMetaBuilder()
            .withName("now")
            .withNamespace("shop")
            .withUid(UID)
            .withGeneration(1L)
            .withCreationTimestamp("2026-11-22T01:00:00Z")
            .build());
  }

  private BackupRequestStatus look() {
    var runs =
        host.runs.values().stream().filter(run -> UID.equals(run.labels().requestUid())).toList();
    var decision =
        BackupRequestPlanner.decide(
            new BackupRequestObserved(
                request,
                host.policy,
                host.store,
                runs,
                host.claims,
                DockerView.UNASKED,
                PodsView.UNASKED,
                host.kind,
                "cluster",
                host.now));
    decision.launches().forEach(host::launch);
    request.setStatus(decision.status());
    return decision.status();
  }

  private String ready() {
    return Conditions.find(look().conditions(), Conditions.READY)
        .map(ready -> ready.status() + " " + ready.reason())
        .orElseThrow();
  }

  private List<Launch> backups() {
    return host.launches.stream()
        .filter(launch -> launch.labels().purpose() == Purpose.BACKUP)
        .toList();
  }

  @Test
  void oneRequestIsOneRunAndNamesThePointThatItMade() {
    assertThat(ready()).isEqualTo("Unknown Queued");
    assertThat(ready()).isEqualTo("Unknown Progressing");
    host.end(Purpose.BACKUP, host.backedUp("20261122t010000z-aaaaaa"));
    host.look();

    assertThat(ready()).isEqualTo("True Succeeded");
    assertThat(look().recoveryPoint()).isEqualTo("20261122t010000z-aaaaaa");
    host.runs.clear();
    look();
    assertThat(backups()).hasSize(1);
  }

  /** Nobody led when its Job was deleted; its pod may still be ending. */
  @Test
  void aRunThatVanishedIsFollowedByOneOfAnotherName() {
    look();
    look();
    host.runs.clear();
    look();

    assertThat(backups()).extracting(launch -> launch.labels().attempt()).containsExactly(1, 2);
    look();
    host.runs.clear();
    look();
    host.fail(Purpose.BACKUP, Reason.STORE_UNREACHABLE);
    host.look();
    look();
    host.now = host.now.plus(Duration.ofHours(1));
    look();
    assertThat(backups())
        .extracting(launch -> launch.labels().attempt())
        .as("vanished twice, failed once")
        .containsExactly(1, 2, 3, 4);
  }

  /** Whoever waits for it may restore the latest point at once. */
  @Test
  void itIsDoneWhenThePolicyListsThePoint() {
    look();
    host.end(Purpose.BACKUP, host.backedUp("20261122t010000z-aaaaaa"));
    assertThat(ready()).isEqualTo("Unknown Progressing");

    host.look();
    assertThat(ready()).isEqualTo("True Succeeded");
  }

  @Test
  void withoutItsStatusItIsNotCarriedOutAgain() {
    look();
    host.end(Purpose.BACKUP, host.backedUp("20261122t010000z-aaaaaa"));
    host.look();
    look();
    host.runs.clear();
    request.setStatus(null);

    assertThat(ready()).isEqualTo("True Succeeded");
    assertThat(look().recoveryPoint()).isEqualTo("20261122t010000z-aaaaaa");
    assertThat(backups()).hasSize(1);
  }

  /**
   * The name of a run that was recorded is not used again: its end would be taken for the old one.
   */
  @Test
  void withoutItsStatusAFailedOneIsTriedUnderANewName() {
    look();
    host.fail(Purpose.BACKUP, Reason.AUTHENTICATION_FAILED);
    host.look();
    look();
    host.runs.clear();
    request.setStatus(null);
    look();

    assertThat(backups()).hasSize(2);
    assertThat(backups().getLast().labels().name())
        .isNotEqualTo(backups().getFirst().labels().name());
  }

  @Test
  void aPointThatIsNotWholeIsNoSuccessAndSaysWhatItIs() {
    look();
    host.end(
        Purpose.BACKUP,
        new TaskResult.BackedUp(
            "20261122t010000z-aaaaaa",
            "m",
            host.now,
            false,
            1,
            1,
            new Extent.Tables(1, 1L),
            "l",
            "r",
            "s",
            null,
            170000,
            null));
    host.look();

    assertThat(ready()).isEqualTo("Unknown IncompleteBackup");
    assertThat(Objects.requireNonNull(look().failure()).message())
        .contains("20261122t010000z-aaaaaa is not whole");
  }

  @Test
  void aPolicyThatRecordsNothingDoesNotKeepItForEver() {
    look();
    host.end(Purpose.BACKUP, host.backedUp("20261122t010000z-aaaaaa"));
    host.advance(Duration.ofMinutes(2));

    assertThat(ready()).isEqualTo("True Succeeded");
  }

  @Test
  void itIsTriedAgainAsOftenAsThePolicySaysAndThenFails() {
    look();
    host.fail(Purpose.BACKUP, Reason.SOURCE_UNREACHABLE);
    assertThat(ready()).isEqualTo("Unknown SourceUnreachable");
    host.advance(Duration.ofMinutes(2));
    look();
    assertThat(backups()).hasSize(2);
    host.fail(Purpose.BACKUP, Reason.SOURCE_UNREACHABLE);

    assertThat(ready()).isEqualTo("False SourceUnreachable");
  }

  @Test
  void whatNeedsAPersonFailsAtOnce() {
    look();
    host.fail(Purpose.BACKUP, Reason.AUTHENTICATION_FAILED);

    assertThat(ready()).isEqualTo("False AuthenticationFailed");
    assertThat(Objects.requireNonNull(look().failure()).hint()).isNotNull();
  }

  @Test
  void aLostReportIsNoFailureBeforeTheRepositoryWasAsked() {
    look();
    host.lose(Purpose.BACKUP, Reason.INTERRUPTED.failure("killed"));
    assertThat(ready()).isEqualTo("Unknown ReportMissing");

    host.look();
    host.end(
        Purpose.INSPECT,
        new TaskResult.Inspected(
            "repo-1",
            "store-1234",
            null,
            1,
            List.of(
                new TaskResult.Point(
                    "20261122t010000z-aaaaaa",
                    host.now,
                    true,
                    10,
                    null,
                    "m",
                    backups().getFirst().labels().name(),
                    null)),
            null));
    host.look();

    assertThat(ready()).isEqualTo("True Succeeded");
    assertThat(look().recoveryPoint()).isEqualTo("20261122t010000z-aaaaaa");
  }

  @Test
  void itWaitsForItsPolicy() {
    var decision =
        BackupRequestPlanner.decide(
            new BackupRequestObserved(
                request,
                null,
                null,
                List.of(),
                List.of(),
                DockerView.UNASKED,
                PodsView.UNASKED,
                HostKind.ONE_MACHINE,
                "cluster",
                host.now));

    assertThat(decision.launches()).isEmpty();
    assertThat(
            Conditions.find(decision.status().conditions(), Conditions.READY)
                .orElseThrow()
                .reason())
        .isEqualTo("PolicyNotFound");
  }
}
