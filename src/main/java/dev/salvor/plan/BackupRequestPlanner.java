package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequestStatus;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Condition;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.Run;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decides about a BackupRequest: one run, tried again where that may help, then done for good. */
public final class BackupRequestPlanner {
  private static final Duration WAIT = Duration.ofMinutes(1);
  private static final String BACKUP = Purpose.BACKUP.text();
  private static final String MADE = "The recovery point was made and read back.";
  private static final Duration SOON = Duration.ofSeconds(1);

  private BackupRequestPlanner() {}

  public static Decision<BackupRequestStatus> decide(BackupRequestObserved observed) {
    var before = Defaults.orElse(observed.request().getStatus(), EMPTY);
    if (Conditions.isSettled(before.conditions())) {
      return new Decision<>(
          before,
          List.of(),
          ended(observed.runs()),
          observed.now().plus(PolicyPlanner.LONGEST_WAIT));
    }
    var policy = observed.policy();
    if (policy == null) {
      return waiting(
          observed,
          before,
          Reason.POLICY_NOT_FOUND.failure(
              "There is no BackupPolicy '"
                  + observed.request().getSpec().policyRef().name()
                  + "' in this namespace."));
    }
    var unusable =
        Acceptance.elsewhere(policy.getSpec(), observed.host())
            .or(
                () ->
                    StorePlanner.usable(
                        observed.store(), policy.getSpec().storeRef().name(), observed.host()));
    var store = observed.store();
    if (unusable.isPresent() || store == null) {
      return waiting(observed, before, unusable.orElseThrow());
    }
    var newest =
        observed.runs().stream()
            .filter(run -> run.labels().purpose() == Purpose.BACKUP)
            .max(Comparator.comparingInt(run -> run.labels().attempt()));
    if (newest.isEmpty()) {
      // Without a status of its own it is known by its policy's, where it was carried out before.
      return carriedOut(observed)
          .map(run -> madeBefore(observed, run))
          .orElseGet(
              () ->
                  launch(
                      observed,
                      before,
                      policy,
                      store,
                      attempts(observed, before, policy) + 1,
                      Retries.Memory.AS_SPECIFIED));
    }
    if (!newest.get().hasEnded()) {
      return new Decision<>(
          progressing(observed, before, newest.get()),
          List.of(),
          List.of(),
          observed.now().plus(WAIT));
    }
    return ended(observed, before, policy, store, newest.get());
  }

  /** Runs of one request that vanish one after the other before they are recorded. */
  private static final int MOST_VANISHED = 100;

  private static final BackupRequestStatus EMPTY =
      new BackupRequestStatus(-1L, null, null, null, null, null, null, null);

  private static Decision<BackupRequestStatus> ended(
      BackupRequestObserved observed,
      BackupRequestStatus before,
      BackupPolicy policy,
      BackupStore store,
      RunView run) {
    var result = run.result(TaskResult.BackedUp.class);
    var recorded = RecordedRuns.find(policy, run);
    if (result.isPresent() && result.get().complete()) {
      return RecordedRuns.areAwaited(policy, run, observed.now())
          ? recording(observed, before, run)
          : settled(observed, run, result.get().recoveryPoint(), null);
    }
    var lost = run.reports().isEmpty();
    if (lost && recorded.isEmpty()) {
      // The policy asks the repository what the run did; its word is waited for.
      var asked =
          conditions(observed, before)
              .progressing(
                  Reason.REPORT_MISSING,
                  "The run left no report; the repository is asked what it did.");
      return new Decision<>(
          status(
              observed, asked.list(), run.labels().name(), run.created(), null, null, null, null),
          List.of(),
          List.of(),
          observed.now().plus(WAIT));
    }
    var found = recorded.map(Run::recoveryPoint).filter(point -> lost);
    if (found.isPresent()) {
      return settled(observed, run, found.get(), null);
    }
    var failure = failure(run);
    var reasons =
        observed.runs().stream()
            .filter(other -> other.labels().purpose() == Purpose.BACKUP)
            .sorted(Comparator.comparingInt(other -> other.labels().attempt()))
            .map(other -> failure(other).reason())
            .toList();
    var allowed = policy.getSpec().retries();
    var ended = run.ended() == null ? observed.now() : run.ended();
    var retry =
        Retries.after(
            new Retries.FailedWork(
                observed.request().getMetadata().getUid(),
                reasons,
                allowed == null ? 3 : allowed,
                ended,
                null));
    if (retry instanceof Retries.Retry.Again(var at, var attempt, var memory)) {
      return at.isAfter(observed.now())
          ? new Decision<>(retrying(observed, before, run, failure), List.of(), List.of(), at)
          // Attempts of its that vanished are not among those that failed.
          : launch(
              observed,
              before,
              policy,
              store,
              Math.max(attempt, run.labels().attempt() + 1),
              memory);
    }
    return settled(observed, run, null, failure);
  }

  /** Of a run that made no whole point. */
  private static Failure failure(RunView run) {
    return run.result(TaskResult.BackedUp.class)
        .map(partial -> incomplete(run, partial))
        .or(run::failure)
        .orElseGet(
            () ->
                Reason.REPORT_MISSING.failure(
                    "Run "
                        + run.labels().name()
                        + " left no report, and the repository holds nothing of it."));
  }

  private static Failure incomplete(RunView run, TaskResult.BackedUp partial) {
    var warnings = run.lastReport().map(TaskReport::warnings).orElse(null);
    return Reason.INCOMPLETE_BACKUP.failure(
        "Recovery point "
            + partial.recoveryPoint()
            + " is not whole"
            + (warnings == null ? "." : ": " + String.join("; ", warnings)));
  }

  private static Decision<BackupRequestStatus> recording(
      BackupRequestObserved observed, BackupRequestStatus before, RunView run) {
    var conditions =
        conditions(observed, before)
            .progressing(Reason.PROGRESSING, "The recovery point was made and is being recorded.");
    return new Decision<>(
        status(
            observed,
            conditions.list(),
            run.labels().name(),
            run.created(),
            null,
            null,
            null,
            null),
        List.of(),
        List.of(),
        observed.now().plus(SOON));
  }

  private static Optional<Run> carriedOut(BackupRequestObserved observed) {
    return ownRuns(observed)
        .filter(known -> known.outcome().equals("Succeeded") && known.recoveryPoint() != null)
        .findFirst();
  }

  /**
   * A name that the policy's history holds already would never be recorded, and the pod of a run
   * that vanished before it was (nobody led when its Job was deleted) may still be at work.
   */
  private static int attempts(
      BackupRequestObserved observed, BackupRequestStatus before, BackupPolicy policy) {
    var recorded = ownRuns(observed).mapToInt(Run::attempt).max().orElse(0);
    var metadata = policy.getMetadata();
    var cause = new RunNames.Cause.Requested(observed.request().getMetadata().getUid());
    return IntStream.rangeClosed(recorded + 1, recorded + MOST_VANISHED)
        .filter(
            attempt ->
                RunNames.of(metadata.getName(), metadata.getUid(), Purpose.BACKUP, cause, attempt)
                    .equals(before.run()))
        .findFirst()
        .orElse(recorded);
  }

  private static Stream<Run> ownRuns(BackupRequestObserved observed) {
    var uid = observed.request().getMetadata().getUid();
    return RecordedRuns.of(observed.policy())
        .filter(known -> uid.equals(known.request()) && known.purpose().equals(BACKUP))
        .filter(known -> known.finished() != null);
  }

  private static Decision<BackupRequestStatus> launch(
      BackupRequestObserved observed,
      BackupRequestStatus before,
      BackupPolicy named,
      BackupStore store,
      int attempt,
      Retries.Memory memory) {
    var policy = SupabaseDiscovery.spelledOut(named, observed.docker(), observed.pods());
    return switch (Acceptance.claims(
        policy, store, observed.claims(), observed.docker(), observed.pods())) {
      case ClaimChoice.Unavailable(var failure) -> waiting(observed, before, failure);
      case ClaimChoice.Chosen(var footing) ->
          launch(observed, before, policy, store, attempt, memory, footing);
    };
  }

  private static Decision<BackupRequestStatus> launch(
      BackupRequestObserved observed,
      BackupRequestStatus before,
      BackupPolicy policy,
      BackupStore store,
      int attempt,
      Retries.Memory memory,
      Footing footing) {
    var request = observed.request().getMetadata();
    var labels =
        DueWork.labels(
            policy,
            store,
            Purpose.BACKUP,
            new RunNames.Cause.Requested(request.getUid()),
            null,
            requested(request.getCreationTimestamp(), observed.now()),
            attempt);
    var tasks = new TaskBuilder(observed.host(), observed.cluster());
    var status =
        status(
            observed,
            conditions(observed, before).progressing(Reason.QUEUED, "The backup is queued.").list(),
            labels.name(),
            before.started(),
            null,
            null,
            null,
            null);
    return new Decision<>(
        status,
        List.of(DueWork.backup(tasks, labels, policy, store, footing).with(memory)),
        List.of(),
        observed.now().plus(WAIT));
  }

  static Instant requested(@Nullable String creationTimestamp, Instant now) {
    return creationTimestamp == null ? now : Instant.parse(creationTimestamp);
  }

  private static Decision<BackupRequestStatus> waiting(
      BackupRequestObserved observed, BackupRequestStatus before, Failure why) {
    var conditions = conditions(observed, before).refused(why);
    return new Decision<>(
        status(observed, conditions.list(), before.run(), before.started(), null, null, why, null),
        List.of(),
        List.of(),
        observed.now().plus(WAIT));
  }

  private static BackupRequestStatus progressing(
      BackupRequestObserved observed, BackupRequestStatus before, RunView run) {
    var queued = run.state() == RunView.State.QUEUED;
    var conditions =
        conditions(observed, before)
            .progressing(queued ? Reason.QUEUED : Reason.PROGRESSING, run.progress("The backup"));
    return status(
        observed, conditions.list(), run.labels().name(), run.created(), null, null, null, null);
  }

  private static BackupRequestStatus retrying(
      BackupRequestObserved observed, BackupRequestStatus before, RunView run, Failure failure) {
    var conditions =
        conditions(observed, before)
            .progressing(failure.reason(), failure.messageAnd("It is tried again."));
    return status(
        observed, conditions.list(), run.labels().name(), run.created(), null, null, failure, null);
  }

  private static Decision<BackupRequestStatus> settled(
      BackupRequestObserved observed,
      RunView run,
      @Nullable String point,
      @Nullable Failure failure) {
    var conditions = conditions(observed, Defaults.orElse(observed.request().getStatus(), EMPTY));
    if (failure == null) {
      conditions.ready(Reason.SUCCEEDED, MADE);
    } else {
      conditions.stalled(failure.reason(), failure.message());
    }
    var warnings = run.lastReport().map(TaskReport::warnings).orElse(null);
    return settled(
        observed,
        status(
            observed,
            conditions.list(),
            run.labels().name(),
            run.created(),
            run.ended(),
            point,
            failure,
            warnings));
  }

  private static Decision<BackupRequestStatus> madeBefore(BackupRequestObserved observed, Run run) {
    var conditions = conditions(observed, EMPTY).ready(Reason.SUCCEEDED, MADE);
    return settled(
        observed,
        status(
            observed,
            conditions.list(),
            run.name(),
            run.started(),
            run.finished(),
            run.recoveryPoint(),
            null,
            null));
  }

  private static Decision<BackupRequestStatus> settled(
      BackupRequestObserved observed, BackupRequestStatus status) {
    return new Decision<>(
        status, List.of(), List.of(), observed.now().plus(PolicyPlanner.LONGEST_WAIT));
  }

  private static List<String> ended(List<RunView> runs) {
    return runs.stream()
        .filter(RunView::hasEnded)
        .filter(run -> run.labels().purpose() != Purpose.BACKUP)
        .map(run -> run.labels().name())
        .toList();
  }

  private static Conditions conditions(BackupRequestObserved observed, BackupRequestStatus before) {
    return new Conditions(
        before.conditions(), observed.request().getMetadata().getGeneration(), observed.now());
  }

  private static BackupRequestStatus status(
      BackupRequestObserved observed,
      List<Condition> conditions,
      @Nullable String run,
      @Nullable Instant started,
      @Nullable Instant finished,
      @Nullable String point,
      @Nullable Failure failure,
      @Nullable List<String> warnings) {
    return new BackupRequestStatus(
        observed.request().getMetadata().getGeneration(),
        conditions,
        run,
        started,
        finished,
        point,
        failure,
        warnings);
  }
}
