package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.RestoreRequestStatus.UndoPath;
import dev.salvor.plan.restore.Expiry;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has the database that a restore replaced and kept dropped, once its time is over. It is for the
 * request to do so and not for maintenance: the request alone is sure to know the target's server.
 * Whatever speaks against it leaves the database where it is and is said in the status; it is tried
 * again a day later, for as long as the request is there. Its time has to be seen to be over twice,
 * a day apart: on one machine the server's clock is the host's, which may be ahead when it boots,
 * and an upgrade may find one due that nothing dropped before.
 */
final class KeptDrop {
  private static final Duration AGAIN = Duration.ofDays(1);

  private final RestoreRequestObserved observed;
  private final RestoreRequestStatus status;
  private final List<RunView> runs;

  private KeptDrop(RestoreRequestObserved observed, RestoreRequestStatus status) {
    this.observed = observed;
    this.status = status;
    this.runs =
        observed.runs().stream()
            .filter(run -> run.labels().purpose() == Purpose.DROP)
            .sorted(Comparator.comparingInt(run -> run.labels().attempt()))
            .toList();
  }

  /** Whether there is one, and its time is over. */
  static boolean isDue(RestoreRequest request, Instant now) {
    var until = due(request.getSpec(), request.getStatus());
    return until != null && !now.isBefore(until);
  }

  /** As its name says, and never sooner after the restore than it was to be kept. */
  private static @Nullable Instant due(
      RestoreRequestSpec spec, @Nullable RestoreRequestStatus status) {
    var until = keptUntil(status);
    if (until == null || status == null || status.finished() == null) {
      return until;
    }
    var kept = status.finished().plus(TaskBuilder.keepReplaced(spec));
    return kept.isAfter(until) ? kept : until;
  }

  /** Null: there is none, or it is gone. */
  private static @Nullable Instant keptUntil(@Nullable RestoreRequestStatus status) {
    var undo = status == null ? null : status.undo();
    return undo == null || undo.keptDatabase() == null || undo.dropped() != null
        ? null
        : undo.keptUntil();
  }

  /** Names of the requests that would take this one back and may still do so. */
  static List<String> undoing(List<RestoreRequest> all, String name, Instant now) {
    return all.stream()
        .filter(
            other -> {
              var undo = other.getSpec().source().undo();
              return undo != null && undo.restoreRef().name().equals(name) && isOpen(other, now);
            })
        .map(other -> other.getMetadata().getName())
        .sorted()
        .toList();
  }

  /** One that waits for a person's acknowledgement is, until its time is over. */
  private static boolean isOpen(RestoreRequest request, Instant now) {
    var status = request.getStatus();
    return status == null
        || !Conditions.isSettled(status.conditions())
        || (status.failure() != null
            && status.failure().reason() == Reason.ACKNOWLEDGEMENT_NEEDED
            && Expiry.of(request.getSpec().notAfter(), now).isEmpty());
  }

  /** Of a request that is settled. */
  static Decision<RestoreRequestStatus> decide(
      RestoreRequestObserved observed, RestoreRequestStatus status) {
    return new KeptDrop(observed, status).decide();
  }

  private Decision<RestoreRequestStatus> decide() {
    var until = due(observed.request().getSpec(), status);
    if (until == null
        || !(observed.request().getSpec().target().kind()
            instanceof RestoreRequestSpec.PostgresTarget target)) {
      return stay(status, runs, null);
    }
    if (observed.now().isBefore(until)) {
      return stay(noted(null), List.of(), until);
    }
    var last = runs.isEmpty() ? null : runs.getLast();
    var older = last == null ? runs : runs.subList(0, runs.size() - 1);
    if (last != null && !last.hasEnded()) {
      return last.state() == RunView.State.QUEUED && !observed.undoneBy().isEmpty()
          ? stay(left(taking()), runs, null)
          : stay(status, older, null);
    }
    if (last != null && last.ended() != null) {
      var dropped = last.result(TaskResult.DroppedKept.class);
      if (dropped.filter(result -> result.fate() != TaskResult.Fate.LEFT).isPresent()) {
        return stay(gone(dropped.get().fate(), last.ended()), runs, null);
      }
      var again = last.ended().plus(AGAIN);
      if (observed.now().isBefore(again)) {
        return stay(left(why(last, dropped)), older, again);
      }
    }
    return obstacle(target)
        .map(why -> stay(left(why), older, null))
        .orElseGet(() -> atSecondLook(target, last, older));
  }

  private Decision<RestoreRequestStatus> atSecondLook(
      RestoreRequestSpec.PostgresTarget target, @Nullable RunView last, List<RunView> older) {
    var now = observed.now();
    var since = undo().dueSince();
    if (since == null || since.isAfter(now)) {
      return stay(noted(now), older, now.plus(AGAIN));
    }
    var second = since.plus(AGAIN);
    return now.isBefore(second) ? stay(status, older, second) : launch(target, last, older);
  }

  /** When it was first seen to be due; null: it is not, or not any more. */
  private RestoreRequestStatus noted(@Nullable Instant since) {
    var undo = undo();
    return Objects.equals(since, undo.dueSince())
        ? status
        : with(undo.command(), since, undo.dropped(), undo.note());
  }

  private static String why(RunView run, Optional<TaskResult.DroppedKept> dropped) {
    return dropped
        .map(TaskResult.DroppedKept::left)
        .or(() -> run.failure().map(Failure::message))
        .orElse("the run that was to drop it left no report");
  }

  private Optional<String> obstacle(RestoreRequestSpec.PostgresTarget target) {
    if (!observed.undoneBy().isEmpty()) {
      return Optional.of(taking());
    }
    return new RestoreNames(target.database(), uid()).isKept(kept())
        ? Optional.empty()
        : Optional.of("its name is none that this restore gave");
  }

  private String taking() {
    return "it waits for " + String.join(", ", observed.undoneBy()) + ", to take it back";
  }

  private Decision<RestoreRequestStatus> launch(
      RestoreRequestSpec.PostgresTarget target, @Nullable RunView last, List<RunView> older) {
    var labels = labels(last == null ? 1 : last.labels().attempt() + 1);
    var task = RestoreTasks.dropKept(labels, uid(), target, kept());
    var stay = stay(status, older, null);
    return new Decision<>(
        stay.status(),
        List.of(new Launch(labels, List.of(task))),
        stay.removableRuns(),
        stay.lookAgain());
  }

  /** Of no policy, which has nothing to record, and of no repository. */
  private RunLabels labels(int attempt) {
    var metadata = observed.request().getMetadata();
    return new RunLabels(
        RunNames.of(
            metadata.getName(), uid(), Purpose.DROP, new RunNames.Cause.Requested(uid()), attempt),
        Purpose.DROP,
        metadata.getNamespace() + "/" + storeName(),
        null,
        null,
        uid(),
        null,
        Objects.requireNonNull(keptUntil(status)),
        attempt);
  }

  private String storeName() {
    var repository = observed.request().getSpec().source().repository();
    if (repository != null) {
      return repository.storeRef().name();
    }
    return observed.policy() == null ? "-" : observed.policy().getSpec().storeRef().name();
  }

  private String uid() {
    return observed.request().getMetadata().getUid();
  }

  private String kept() {
    return Objects.requireNonNull(undo().keptDatabase());
  }

  private UndoPath undo() {
    return Objects.requireNonNull(status.undo());
  }

  private RestoreRequestStatus gone(TaskResult.Fate fate, Instant when) {
    return with(
        null,
        undo().dueSince(),
        when,
        fate == TaskResult.Fate.GONE
            ? "It was not there any more: taken back, renamed or dropped by somebody else."
            : "It was dropped, since its time was over.");
  }

  private RestoreRequestStatus left(String why) {
    return with(
        undo().command(),
        undo().dueSince(),
        null,
        "Its time is over, and it is still there: " + why);
  }

  /** What was kept stays as it is told. */
  private RestoreRequestStatus with(
      @Nullable String command,
      @Nullable Instant dueSince,
      @Nullable Instant dropped,
      @Nullable String note) {
    var undo =
        new UndoPath(
            undo().keptDatabase(),
            undo().keptUntil(),
            undo().safetyPoint(),
            command,
            dueSince,
            dropped,
            note);
    return new RestoreRequestStatus(
        status.observedGeneration(),
        status.conditions(),
        status.resolved(),
        status.plan(),
        status.run(),
        status.started(),
        status.finished(),
        status.verdict(),
        undo,
        status.failure(),
        status.warnings());
  }

  /** What was queued for the restore itself, or is recorded, goes. */
  private Decision<RestoreRequestStatus> stay(
      RestoreRequestStatus next, List<RunView> removable, @Nullable Instant due) {
    var waiting =
        observed.runs().stream()
            .filter(run -> run.labels().purpose() != Purpose.DROP)
            .filter(run -> run.state() == RunView.State.QUEUED);
    var longest = observed.now().plus(PolicyPlanner.LONGEST_WAIT);
    return new Decision<>(
        next,
        List.of(),
        Stream.concat(waiting, removable.stream()).map(run -> run.labels().name()).toList(),
        due == null || longest.isBefore(due) ? longest : due);
  }
}
