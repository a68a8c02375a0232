package dev.salvor.worker;

import dev.salvor.api.SupabaseTarget;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.restore.SupabaseRestorePlanning;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Fate;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Restores a Supabase project as one: it looks at all of it, says all that stands in the way, keeps
 * all that goes as one safety point, and only then replaces part after part. Which parts an earlier
 * attempt has restored is seen of them; a killed one is gone on with, and what was there before is
 * the first safety point.
 */
final class RestoreSupabaseCarrier {
  private static final int LONGEST_COVERAGE = 600;

  private final WorkerContext context;

  RestoreSupabaseCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.RestoreSupabase task) {
    try (var quiet = Quiet.of(context)) {
      var result = carryOut(task, quiet);
      if (task.effect() == Task.Effect.CARRY_OUT) {
        quiet.end();
      }
      return result;
    }
  }

  private TaskResult carryOut(Task.RestoreSupabase task, Quiet quiet) {
    context.progress().step(Step.OPEN_REPOSITORY);
    try (var points = RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.READ)) {
      points.tellSafetyPointsOfEarlierAttempts();
      context.progress().step(Step.PLAN);
      var project = PlannedProject.of(context, points, task, beforeOthersStop(task, quiet));
      if (project.isBegun()) {
        // An earlier attempt may have replaced some of it: however this one ends.
        context.warnings().writesOver(FirstSafetyPoint.of(project, points));
      }
      if (task.effect() != Task.Effect.CARRY_OUT) {
        return result(project, null, null, null);
      }
      if (!project.replacesSomething() && quiet.isWanted()) {
        refuseIfExpired(project);
        quiet.begin();
        // Who is down now may have written until then.
        project = PlannedProject.of(context, points, task, whenOthersStopped(task));
      }
      if (!project.replacesSomething()) {
        return new Work(points, project, null, FirstSafetyPoint.of(project, points)).carryOut();
      }
      project.requireReadable(points);
      refuseIfExpired(project);
    }
    return replace(task, quiet);
  }

  /** Nobody is stopped before all is known that stands in the way beside sessions. */
  private static OtherSessions.Manner beforeOthersStop(Task.RestoreSupabase task, Quiet quiet) {
    if (task.effect() != Task.Effect.CARRY_OUT) {
      return OtherSessions.Manner.ASK;
    }
    return task.sessionsEnd() && quiet.isWanted()
        ? OtherSessions.Manner.LATER
        : whenOthersStopped(task);
  }

  private static OtherSessions.Manner whenOthersStopped(Task.RestoreSupabase task) {
    return task.sessionsEnd() ? OtherSessions.Manner.AWAIT_END : OtherSessions.Manner.ASK;
  }

  /** Looked at once more: reading all of it took its time. */
  private TaskResult replace(Task.RestoreSupabase task, Quiet quiet) {
    context.progress().step(Step.SAFETY_COPY);
    try (var repository =
        SafetyRepository.open(
            context,
            task.repository(),
            why -> SupabaseRestorePlanning.withoutSafety(task, List.of("what is there"), why))) {
      quiet.begin();
      var project = PlannedProject.of(context, repository.points(), task, whenOthersStopped(task));
      try (var safety = ProjectSafety.stopWriters(context, project)) {
        var now = safety.take(repository);
        var first = project.isBegun() ? FirstSafetyPoint.of(project, repository.points()) : null;
        var isFirst = first == null && project.replacesWhatWasThere();
        if (!isFirst && now != null) {
          context
              .warnings()
              .addFirst("what was still there when this attempt began is recovery point " + now);
        }
        refuseIfExpired(project);
        project.databases().stream()
            .filter(database -> database.fate() == Fate.REPLACED)
            .forEach(database -> database.planned().lookAgain());
        return new Work(repository.points(), project, safety, isFirst ? now : first).carryOut();
      }
    }
  }

  /** What is begun is gone on with: half a project is worse than a late one. */
  private void refuseIfExpired(PlannedProject project) {
    if (!project.isBegun()) {
      context.refuseIfExpired(project.task().notAfter());
    }
  }

  private static TaskResult.Restored result(
      PlannedProject project,
      @Nullable String safetyPoint,
      @Nullable VerdictOutcome outcome,
      @Nullable String coverage) {
    var leftOut = project.decision().leftOut();
    return new TaskResult.Restored(
        project.decision().steps(),
        leftOut.isEmpty() ? null : leftOut,
        project.sizeBytes(),
        null,
        safetyPoint,
        outcome,
        coverage);
  }

  /** Part after part; from the first on, what goes wrong says how far it came. */
  private final class Work {
    private final RecoveryPoints points;
    private final PlannedProject project;
    private final @Nullable ProjectSafety safety;
    private final @Nullable String safetyPoint;
    private final List<String> restored = new ArrayList<>();
    private final List<String> coverage = new ArrayList<>();
    private boolean isVerified = true;

    /** Storage's, as they are in the bucket; null: they are in a folder, or are not restored. */
    private @Nullable Path objects;

    Work(
        RecoveryPoints points,
        PlannedProject project,
        @Nullable ProjectSafety safety,
        @Nullable String safetyPoint) {
      this.points = points;
      this.project = project;
      this.safety = safety;
      this.safetyPoint = safetyPoint;
    }

    TaskResult carryOut() {
      refuseIfExpired(project);
      project.bucket().ifPresent(bucket -> bucket.target().requireWritable(bucket.seen()));
      try {
        project.databases().forEach(this::restore);
        project.places().forEach(this::restore);
        var configuration = project.configuration();
        if (configuration != null) {
          context.progress().step(Step.RESTORE, SupabaseTarget.CONFIGURATION);
          configuration.write((file, output) -> points.configuration(project.set(), file, output));
          restored.add(SupabaseTarget.CONFIGURATION);
        }
        new RestoredProject(context, points, project, objects).compare().ifPresent(this::count);
      } catch (EngineException e) {
        throw sayingHowFar(e);
      }
      var text = String.join("; ", coverage);
      return result(
          project,
          safetyPoint,
          isVerified ? VerdictOutcome.VERIFIED : VerdictOutcome.UNPROVEN,
          text.length() > LONGEST_COVERAGE ? text.substring(0, LONGEST_COVERAGE) + "..." : text);
    }

    private void restore(PlannedProject.Database database) {
      if (database.fate() == Fate.DONE) {
        var found = database.found();
        count(
            database.name(),
            found == null ? VerdictOutcome.UNPROVEN : found.outcome(),
            found == null ? "left as it was found" : found.coverage());
      } else {
        var planned = database.planned();
        var marker = planned.marker();
        var outcome =
            new InPlaceRestore(
                    context,
                    planned.task(),
                    planned.server(),
                    new RestoredDatabase(
                        context, planned.server(), database.source(), planned.properties()),
                    planned.properties(),
                    marker == null || database.fate() == Fate.REPLACED
                        ? safetyPoint
                        : marker.safetyPoint(),
                    planned.state())
                .carryOut(planned::makeRoles, () -> close(database));
        count(database.name(), outcome.compared().outcome(), outcome.compared().coverage());
      }
      restored.add(database.name());
    }

    private void close(PlannedProject.Database database) {
      if (safety != null && database.fate() == Fate.REPLACED) {
        safety.close(database.name());
      }
    }

    private void restore(PlannedProject.Place place) {
      switch (place) {
        case PlannedProject.Folder folder -> restore(folder);
        case PlannedProject.Bucket bucket -> restore(bucket);
      }
      restored.add(place.name());
    }

    private void restore(PlannedProject.Folder folder) {
      if (safety == null) {
        folder.refuseIfFilled();
      } else {
        safety.keepWhatCame(points, folder);
      }
      var made =
          new FolderRestore(context, folder.task(), folder.target())
              .carryOut(folder.tree(), folder.method(), List.of(), firstOf(folder));
      count(folder.name(), made.comparison(), made.coverage());
    }

    private void restore(PlannedProject.Bucket bucket) {
      Path mayGo = null;
      if (safety == null) {
        bucket.refuseIfFilled();
      } else {
        mayGo = safety.keepWhatCame(points, bucket);
      }
      var made = new BucketRestore(context, bucket).carryOut(mayGo, firstOf(bucket));
      objects = made.found();
      var otherwise = NamesOfPaths.told(context, points, project, bucket.keys());
      otherwise.ifPresent(context.warnings()::add);
      count(
          bucket.name(),
          otherwise.isEmpty() ? made.outcome() : VerdictOutcome.UNPROVEN,
          made.coverage());
    }

    private @Nullable String firstOf(PlannedProject.Place place) {
      var earlier = place.safetyPointOfEarlierAttempt();
      return earlier == null ? safetyPoint : earlier;
    }

    private void count(Proof proof) {
      count("the project", proof.judgement().outcome(), proof.coverage());
    }

    private void count(String part, @Nullable VerdictOutcome outcome, @Nullable String compared) {
      isVerified &= outcome == VerdictOutcome.VERIFIED;
      if (compared != null) {
        coverage.add(part + ": " + compared);
      }
    }

    private EngineException sayingHowFar(EngineException e) {
      if (restored.isEmpty()) {
        return e;
      }
      // Also where the part that failed is still there.
      context.warnings().writesOver(safetyPoint);
      var message =
          e.failure().messageAnd("Restored before that: " + String.join(", ", restored) + ".");
      return new EngineException(
          e.reason()
              .failure(
                  safetyPoint == null || message.contains(safetyPoint)
                      ? message
                      : message + " What was there before is recovery point " + safetyPoint + ".",
                  e.failure().logTail()),
          e);
    }
  }
}
