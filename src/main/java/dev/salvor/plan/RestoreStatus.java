package dev.salvor.plan;

import dev.salvor.api.Condition;
import dev.salvor.api.DurationText;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.RestoreRequestStatus.Resolved;
import dev.salvor.api.RestoreRequestStatus.RestorePlan;
import dev.salvor.api.RestoreRequestStatus.UndoPath;
import dev.salvor.api.Verdict;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes the status of a RestoreRequest for each step that it can be at. */
final class RestoreStatus {
  private RestoreStatus() {}

  static RestoreRequestStatus looking(
      Supplier<Conditions> conditions, RestoreRequestStatus before) {
    return next(
        before,
        conditions
            .get()
            .progressing(Reason.PROGRESSING, "The repository is asked for its recovery points."));
  }

  static RestoreRequestStatus resolved(
      Supplier<Conditions> conditions, RestoreRequestStatus before, Resolved resolved) {
    var next =
        next(
            before,
            conditions
                .get()
                .progressing(
                    Reason.PROGRESSING,
                    "Recovery point " + resolved.recoveryPoint() + " was chosen."));
    return new RestoreRequestStatus(
        next.observedGeneration(),
        next.conditions(),
        resolved,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  static RestoreRequestStatus queued(
      Supplier<Conditions> conditions, RestoreRequestStatus before, String run) {
    var queued =
        running(
            before,
            conditions.get().progressing(Reason.QUEUED, "The restore is queued."),
            run,
            before.started());
    // What was seen of an attempt that changed nothing is no matter of this one. One that wrote
    // over something may have named the only copy of it, or that there is none.
    return before.undo() == null ? warned(queued, ofSafety(before.warnings())) : queued;
  }

  static RestoreRequestStatus progressing(
      Supplier<Conditions> conditions,
      RestoreRequestStatus before,
      RunView run,
      Optional<String> warning) {
    var queued = run.state() == RunView.State.QUEUED;
    var status =
        running(
            before,
            conditions
                .get()
                .progressing(
                    queued ? Reason.QUEUED : Reason.PROGRESSING, run.progress("The restore")),
            run.labels().name(),
            run.created());
    return warning
        .filter(text -> status.warnings() == null)
        .map(text -> warned(status, List.of(text)))
        .orElse(status);
  }

  static RestoreRequestStatus recording(
      Supplier<Conditions> conditions, RestoreRequestStatus before, RunView run) {
    return running(
        before,
        conditions
            .get()
            .progressing(Reason.PROGRESSING, "There is a verdict; the policy is recording it."),
        run.labels().name(),
        run.created());
  }

  static RestoreRequestStatus retrying(
      Supplier<Conditions> conditions,
      RestoreRequestStatus before,
      RestoreRequest request,
      RunView run,
      Failure why) {
    return end(
        before,
        conditions.get().progressing(why.reason(), why.messageAnd("It is tried again.")),
        run,
        null,
        null,
        why,
        undo(before, request, run));
  }

  static RestoreRequestStatus refused(
      Supplier<Conditions> conditions, RestoreRequestStatus before, Failure why) {
    var next = next(before, conditions.get().refused(why));
    return new RestoreRequestStatus(
        next.observedGeneration(),
        next.conditions(),
        before.resolved(),
        before.plan(),
        before.run(),
        before.started(),
        before.finished(),
        before.verdict(),
        before.undo(),
        why,
        before.warnings());
  }

  static RestoreRequestStatus failed(
      Supplier<Conditions> conditions,
      RestoreRequestStatus before,
      RestoreRequest request,
      RunView run,
      Failure why) {
    return end(
        before,
        conditions.get().stalled(why.reason(), why.message()),
        run,
        null,
        null,
        why,
        undo(before, request, run));
  }

  static RestoreRequestStatus restored(
      Supplier<Conditions> conditions,
      RestoreRequestStatus before,
      RestoreRequest request,
      RunView run,
      TaskResult.Restored restored) {
    var planned = Boolean.TRUE.equals(request.getSpec().dryRun());
    var done =
        planned
            ? conditions.get().ready(Reason.SUCCEEDED, "The plan is ready; nothing was touched.")
            : conditions.get().ready(Reason.SUCCEEDED, message(restored));
    return end(
        before,
        done,
        run,
        restored,
        verdict(before, run, restored),
        null,
        undo(before, request, run));
  }

  static RestoreRequestStatus verified(
      Supplier<Conditions> conditions, RestoreRequestStatus before, RunView run, Verdict verdict) {
    var judged =
        verdict.outcome() == VerdictOutcome.VERIFIED
            ? conditions
                .get()
                .ready(
                    Reason.VERIFIED,
                    "The recovery point was restored, compared with its source and found equal.")
            : conditions
                .get()
                .stalled(
                    verdict.outcome() == VerdictOutcome.REFUTED ? Reason.REFUTED : Reason.UNPROVEN,
                    Defaults.orElse(verdict.message(), "The verification found no proof."));
    return end(before, judged, run, null, verdict, run.failure().orElse(null), null);
  }

  private static String message(TaskResult.Restored restored) {
    return restored.comparison() == VerdictOutcome.VERIFIED
        ? "Restored, compared with the recovery point's facts and found equal."
        : "Restored; what could not be compared stands in status.warnings.";
  }

  private static @Nullable Verdict verdict(
      RestoreRequestStatus before, RunView run, TaskResult.Restored restored) {
    var resolved = before.resolved();
    if (restored.comparison() == null || resolved == null || run.ended() == null) {
      return null;
    }
    return new Verdict(
        restored.comparison(),
        resolved.recoveryPoint(),
        resolved.time(),
        run.ended(),
        null,
        null,
        null,
        null,
        restored.coverage(),
        null);
  }

  private static @Nullable UndoPath undo(RestoreRequest request, TaskResult.Restored restored) {
    if (restored.keptDatabase() == null && restored.safetyPoint() == null) {
      return null;
    }
    return new UndoPath(
        restored.keptDatabase(),
        // Its name bears it, and what drops it goes by the name too.
        Optional.ofNullable(restored.keptDatabase()).flatMap(RestoreNames::until).orElse(null),
        restored.safetyPoint(),
        "salvor restore --undo " + request.getMetadata().getName(),
        null,
        null,
        null);
  }

  /**
   * Of one that may have failed, and may have written over something before, in its first attempts
   * too. What the newest says wins: one that found something begun names what was kept before that,
   * and one that did not has kept what it replaced itself.
   */
  private static @Nullable UndoPath undo(
      RestoreRequestStatus before, RestoreRequest request, RunView run) {
    return run.result(TaskResult.Restored.class)
        .map(restored -> undo(request, restored))
        .orElse(before.undo());
  }

  /** Whether it said, if only as a draft, that it writes over something. */
  static boolean hasBegun(RunView run) {
    return run.result(TaskResult.Restored.class)
        .filter(restored -> restored.safetyPoint() != null)
        .isPresent();
  }

  /** The way back to what an earlier attempt kept, where another is told of now. */
  private static @Nullable List<String> earlier(@Nullable UndoPath before, @Nullable UndoPath now) {
    var point = before == null ? null : before.safetyPoint();
    var isTold = now == null || Objects.equals(point, now.safetyPoint());
    return point == null || isTold ? null : List.of(RestorePlanning.keptEarlier(point));
  }

  private static RestoreRequestStatus next(RestoreRequestStatus before, Conditions conditions) {
    var list = conditions.list();
    return new RestoreRequestStatus(
        generation(list),
        list,
        before.resolved(),
        before.plan(),
        before.run(),
        before.started(),
        null,
        before.verdict(),
        before.undo(),
        null,
        before.warnings());
  }

  private static RestoreRequestStatus running(
      RestoreRequestStatus before, Conditions conditions, String run, @Nullable Instant started) {
    var list = conditions.list();
    return new RestoreRequestStatus(
        generation(list),
        list,
        before.resolved(),
        before.plan(),
        run,
        started,
        null,
        null,
        before.undo(),
        null,
        before.warnings());
  }

  private static RestoreRequestStatus end(
      RestoreRequestStatus before,
      Conditions conditions,
      RunView run,
      TaskResult.@Nullable Restored restored,
      @Nullable Verdict verdict,
      @Nullable Failure failure,
      @Nullable UndoPath undo) {
    var list = conditions.list();
    return new RestoreRequestStatus(
        generation(list),
        list,
        before.resolved(),
        restored == null ? before.plan() : plan(run, restored),
        run.labels().name(),
        run.created(),
        run.ended(),
        verdict,
        undo,
        failure,
        warnings(
            run.lastReport().map(TaskReport::warnings).orElse(null),
            before.warnings(),
            earlier(before.undo(), undo)));
  }

  private static RestoreRequestStatus warned(
      RestoreRequestStatus status, @Nullable List<String> warnings) {
    return new RestoreRequestStatus(
        status.observedGeneration(),
        status.conditions(),
        status.resolved(),
        status.plan(),
        status.run(),
        status.started(),
        status.finished(),
        status.verdict(),
        status.undo(),
        status.failure(),
        warnings);
  }

  private static @Nullable List<String> ofSafety(@Nullable List<String> warnings) {
    if (warnings == null) {
      return null;
    }
    var told = warnings.stream().filter(RestorePlanning::tellsOfSafety).toList();
    return told.isEmpty() ? null : told;
  }

  /** What the run itself says, and what was seen of it. */
  private static @Nullable List<String> warnings(
      @Nullable List<String> reported,
      @Nullable List<String> seen,
      @Nullable List<String> earlier) {
    var all =
        Stream.of(reported, seen, earlier)
            .filter(Objects::nonNull)
            .flatMap(List::stream)
            .distinct()
            .toList();
    return all.isEmpty() ? null : all;
  }

  private static RestorePlan plan(RunView run, TaskResult.Restored restored) {
    var ended = run.ended() == null ? run.created() : run.ended();
    var took =
        restored.comparison() == null
            ? null
            : DurationText.format(Duration.between(run.created(), ended));
    return new RestorePlan(restored.plan(), restored.sizeBytes(), took, restored.leftOut());
  }

  private static @Nullable Long generation(List<Condition> conditions) {
    return conditions.getFirst().observedGeneration();
  }
}
