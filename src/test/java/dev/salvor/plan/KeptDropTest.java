package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Condition;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.RestoreRequestStatus.UndoPath;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.TaskResult.DroppedKept;
import dev.salvor.task.TaskResult.Fate;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of the database that a restore kept, after the restore is done. */
class KeptDropTest {
  private static final String UID = "33333333-3333-3333-3333-333333333333";
  private static final Instant UNTIL = Instant.parse("2026-11-25T18:00:00Z");
  private static final String KEPT =
      new RestoreNames("shop", UID).kept(UNTIL.minus(Duration.ofMinutes(30)));

  private final RestoreRequest request = request("back", "{policyRef: {name: gone}, latest: {}}");
  private final List<RunView> runs = new ArrayList<>();
  private List<RestoreRequest> others = List.of();
  private Instant now = UNTIL;

  KeptDropTest() {
    request.setStatus(settled(KEPT, null));
  }

  @Test
  void itIsDroppedWhenItsTimeIsOverAndSaysSo() {
    now = UNTIL.minusSeconds(1);
    assertThat(look().launches()).isEmpty();
    assertThat(look().lookAgain()).isEqualTo(UNTIL);

    now = UNTIL;
    var launch = look().launches().getFirst();
    var task = (Task.DropKept) launch.tasks().getFirst();
    assertThat(task.kept()).isEqualTo(KEPT);
    assertThat(task.database()).isEqualTo("shop");
    assertThat(task.requestUid()).isEqualTo(UID);
    assertThat(task.header().credentials())
        .as("of the target alone: neither policy nor store are needed")
        .extracting(CredentialSource::credential)
        .containsExactly(Credential.TARGET);
    assertThat(launch.labels().repositoryKey()).isNull();
    assertThat(launch.labels().policyUid()).isNull();

    run(RunView.State.RUNNING, null, null);
    assertThat(look().launches()).isEmpty();
    assertThat(look().removableRuns()).isEmpty();
    end(new DroppedKept(Fate.DROPPED, null), null);
    var done = look();
    assertThat(undo(done).dropped()).isEqualTo(now);
    assertThat(undo(done).note()).contains("was dropped");
    assertThat(undo(done).command()).isNull();
    assertThat(Conditions.isTrue(done.status().conditions(), Conditions.READY)).isTrue();
    assertThat(done.removableRuns()).containsExactly("run-1");
    request.setStatus(done.status());
    runs.clear();
    now = now.plus(Duration.ofDays(400));
    assertThat(look().launches()).isEmpty();
  }

  /** One machine has one clock, and it may be a year ahead for the minute after it boots. */
  @Test
  void itTakesTwoLooksADayApart() {
    request.setStatus(firstSeen(null, null));
    now = UNTIL.plus(Duration.ofDays(365));
    assertThat(look().launches()).isEmpty();
    request.setStatus(look().status());
    assertThat(undo(look()).dueSince()).isEqualTo(now);
    assertThat(undo(look()).note()).as("nothing went wrong").isNull();

    now = UNTIL.plusSeconds(1);
    assertThat(look().launches()).as("the clock was put right").isEmpty();
    assertThat(undo(look()).dueSince()).isEqualTo(now);
    now = UNTIL.minusSeconds(1);
    assertThat(undo(look()).dueSince()).as("not due at all").isNull();

    now = UNTIL.plusSeconds(1);
    request.setStatus(look().status());
    assertThat(look().lookAgain()).isEqualTo(now.plus(PolicyPlanner.LONGEST_WAIT));
    now = now.plus(Duration.ofDays(1)).minusSeconds(1);
    assertThat(look().launches()).isEmpty();
    assertThat(look().lookAgain()).isEqualTo(now.plusSeconds(1));
    now = now.plusSeconds(1);
    assertThat(look().launches()).hasSize(1);
  }

  /** Once its hour was counted from the creation of a request that then waited for days. */
  @Test
  void itIsKeptAsLongAsWasPromisedAfterTheRestoreWhateverItsNameSays() {
    request.setStatus(firstSeen(UNTIL.minus(Duration.ofDays(1)), UNTIL.plus(Duration.ofHours(2))));
    now = UNTIL.plus(Duration.ofHours(74)).minusSeconds(1);
    assertThat(look().launches()).isEmpty();
    assertThat(look().lookAgain()).isEqualTo(now.plusSeconds(1));
    request.setStatus(firstSeen(UNTIL.minus(Duration.ofDays(1)), UNTIL.plus(Duration.ofHours(2))));
    now = now.plusSeconds(1);
    assertThat(look().launches()).hasSize(1);
  }

  private static RestoreRequestStatus firstSeen(
      @Nullable Instant dueSince, @Nullable Instant finished) {
    var settled = settled(KEPT, null);
    return new RestoreRequestStatus(
        1L,
        settled.conditions(),
        null,
        null,
        "restore-1",
        null,
        finished,
        null,
        new UndoPath(KEPT, UNTIL, null, "salvor restore --undo back", dueSince, null, null),
        null,
        null);
  }

  @Test
  void whatIsNotThereIsNotLookedForAgain() {
    end(new DroppedKept(Fate.GONE, null), null);
    assertThat(undo(look()).dropped()).isEqualTo(now);
    assertThat(undo(look()).note()).contains("not there any more");
  }

  @Test
  void whatSpeaksAgainstItIsSaidAndItIsTriedAgainADayLater() {
    end(new DroppedKept(Fate.LEFT, "it is in use"), null);
    var left = look();
    assertThat(left.launches()).isEmpty();
    assertThat(undo(left).dropped()).isNull();
    assertThat(undo(left).note()).endsWith("still there: it is in use");
    assertThat(undo(left).command()).as("it may be taken back still").isNotNull();

    request.setStatus(left.status());
    now = now.plus(Duration.ofDays(1));
    assertThat(look().launches().getFirst().labels().attempt()).isEqualTo(2);
    end(null, Reason.SOURCE_UNREACHABLE.failure("It does not answer."));
    assertThat(undo(look()).note()).endsWith("still there: It does not answer.");
    assertThat(look().removableRuns()).as("the last one is remembered").containsExactly("run-1");
    assertThat(look().launches()).isEmpty();
  }

  @Test
  void itWaitsForWhoTakesTheRestoreBack() {
    others = List.of(undo("undo", "back", null));
    assertThat(look().launches()).isEmpty();
    assertThat(undo(look()).note()).contains("waits for undo");

    run(RunView.State.QUEUED, null, null);
    assertThat(look().removableRuns()).as("it had not begun").containsExactly("run-1");
    runs.clear();

    var stopped = Reason.ACKNOWLEDGEMENT_NEEDED.failure("Token: detach-abcdefgh");
    others = List.of(undo("undo", "back", stopped));
    assertThat(look().launches()).as("a person thinks about it").isEmpty();
    now = Instant.parse("2026-11-26T18:00:01Z");
    assertThat(look().launches()).as("until its notAfter").isNotEmpty();

    now = UNTIL;
    others =
        List.of(
            undo("failed", "back", Reason.TARGET_EXISTS.failure("It exists.")),
            undo("of-another", "other", null));
    assertThat(look().launches()).isNotEmpty();
  }

  @Test
  void whatBearsNoNameOfThisRestoreIsNeverAskedFor() {
    for (var name :
        List.of("shop", "postgres", new RestoreNames("shop", "another").kept(UNTIL), KEPT + "_")) {
      request.setStatus(settled(name, null));
      assertThat(look().launches()).as(name).isEmpty();
      assertThat(undo(look()).note()).contains("its name");
    }
    request.setStatus(settled(null, "20261122t020000z-aaaaaa"));
    assertThat(look().launches()).isEmpty();
  }

  /** What was dropped cannot be had back, and the answer says why. */
  @Test
  void anUndoThatComesTooLateIsToldSo() {
    end(new DroppedKept(Fate.DROPPED, null), null);
    request.setStatus(look().status());
    var host =
        new PlannedHost(
                PlannedHost.spec(
                    """
                    source: {postgres: {connection: {secretRef: {name: db}}, databases: {names: [shop]}}}
                    storeRef: {name: offsite}
                    """))
            .contacted();
    var late = undo("late", "back", null);
    var decision =
        RestoreRequestPlanner.decide(
            new RestoreRequestObserved(
                late,
                host.policy,
                host.store,
                request,
                List.of(),
                List.of(),
                List.of(),
                DockerView.UNASKED,
                HostKind.ONE_MACHINE,
                "cluster",
                now));
    var failure = Objects.requireNonNull(decision.status().failure());
    assertThat(failure.reason()).isEqualTo(Reason.NO_MATCHING_RECOVERY_POINT);
    assertThat(failure.message()).contains(KEPT, "It was dropped");
  }

  private Decision<RestoreRequestStatus> look() {
    return RestoreRequestPlanner.decide(
        new RestoreRequestObserved(
            request,
            null,
            null,
            null,
            KeptDrop.isDue(request, now) ? KeptDrop.undoing(others, "back", now) : List.of(),
            List.copyOf(runs),
            List.of(),
            DockerView.UNASKED,
            HostKind.ONE_MACHINE,
            "cluster",
            now));
  }

  private static UndoPath undo(Decision<RestoreRequestStatus> decision) {
    return Objects.requireNonNull(decision.status().undo());
  }

  private void end(@Nullable TaskResult result, @Nullable Failure failure) {
    run(RunView.State.ENDED, result, failure);
  }

  private void run(RunView.State state, @Nullable TaskResult result, @Nullable Failure failure) {
    runs.removeIf(run -> !run.hasEnded());
    var attempt = runs.size() + 1;
    var report =
        new TaskReport("run", TaskReport.Outcome.SUCCEEDED, now, now, failure, null, result);
    runs.add(
        new RunView(
            new RunLabels(
                "run-" + attempt, Purpose.DROP, "shop/-", null, null, UID, null, UNTIL, attempt),
            state,
            now,
            state == RunView.State.ENDED ? now : null,
            state == RunView.State.ENDED ? List.of(report) : List.of(),
            null,
            null));
  }

  private static RestoreRequest undo(String name, String of, @Nullable Failure failure) {
    var undo =
        request(name, "{policyRef: {name: shop-db}, undo: {restoreRef: {name: %s}}}".formatted(of));
    if (failure != null) {
      undo.setStatus(
          new RestoreRequestStatus(
              1L,
              condition(Conditions.STALLED),
              null,
              null,
              null,
              null,
              null,
              null,
              null,
              failure,
              null));
    }
    return undo;
  }

  private static RestoreRequest request(String name, String source) {
    var request = new RestoreRequest();
    try {
      request.setSpec(
          Json.yaml()
              .readValue(
                  """
                  source: %s
                  target: {postgres: {connection: {secretRef: {name: admin}}, database: shop}}
                  replace: true
                  notAfter: "2026-11-26T18:00:00Z"
                  """
                      .formatted(source),
                  RestoreRequestSpec.class));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
    request.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace("shop")
            .withUid(UID)
            .withGeneration(1L)
            .withCreationTimestamp("2026-11-22T17:00:00Z")
            .build());
    return request;
  }

  private static RestoreRequestStatus settled(@Nullable String kept, @Nullable String safetyPoint) {
    return new RestoreRequestStatus(
        1L,
        condition(Conditions.READY),
        null,
        null,
        "restore-1",
        null,
        null,
        null,
        new UndoPath(
            kept,
            UNTIL,
            safetyPoint,
            "salvor restore --undo back",
            UNTIL.minus(Duration.ofDays(1)),
            null,
            null),
        null,
        null);
  }

  private static List<Condition> condition(String type) {
    return List.of(new Condition(type, "True", 1L, UNTIL, "Reason", "message"));
  }
}
