package dev.salvor.worker;

import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.worker.RecoveryPoints.Access;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says what a repository holds, in pages that fit into a report. */
final class InspectCarrier {
  private static final int MANIFEST_DIGITS = 12;

  /** The report's own fields beside the result, with room for a warning. */
  private static final int ROOM = 160;

  /** A time with all its digits. */
  private static final Instant LONGEST = Instant.parse("2026-12-31T23:59:59.999999999Z");

  private final WorkerContext context;

  InspectCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Inspect task) {
    context.progress().step(Step.OPEN_REPOSITORY);
    try (var points = RecoveryPoints.open(context, task.repository(), Access.READ)) {
      context.progress().step(Step.LIST);
      for (var broken : points.catalogue().broken()) {
        context.warnings().add("parts of recovery point " + broken + " are not there");
      }
      return page(
          task,
          points.sets(),
          points.repositoryId(),
          points.storeId(),
          points.catalogue().newest().map(RecoverySet::owner).orElse(null));
    }
  }

  /** Pure: as many points as asked for and as fit. */
  static TaskResult.Inspected page(
      Task.Inspect task,
      List<RecoverySet> sets,
      @Nullable String repositoryId,
      @Nullable String storeId,
      @Nullable String owner) {
    var left =
        task.run() == null
            ? after(sets, task.after())
            : sets.stream().filter(set -> set.run().equals(task.run())).toList();
    var shown = new ArrayList<TaskResult.Point>();
    var page = result(sets.size(), repositoryId, storeId, owner, shown, null);
    for (var set : left.stream().limit(Math.max(1, task.limit())).toList()) {
      shown.add(point(set, task));
      var isLast = shown.size() == left.size();
      var longer =
          result(sets.size(), repositoryId, storeId, owner, shown, isLast ? null : set.id());
      if (size(task, longer) > ReportSize.MAXIMUM_BYTES - ROOM) {
        return page;
      }
      page = longer;
    }
    return page;
  }

  private static List<RecoverySet> after(List<RecoverySet> sets, @Nullable String after) {
    if (after == null) {
      return sets;
    }
    for (var place = 0; place < sets.size(); place++) {
      if (sets.get(place).id().equals(after)) {
        return sets.subList(place + 1, sets.size());
      }
    }
    // It was forgotten since: ids begin with their time.
    return sets.stream().filter(set -> set.id().compareTo(after) < 0).toList();
  }

  private static TaskResult.Point point(RecoverySet set, Task.Inspect task) {
    var verdict = set.verdict();
    var asked = task.run() != null;
    return new TaskResult.Point(
        set.id(),
        set.time().truncatedTo(ChronoUnit.SECONDS),
        set.complete(),
        set.sizeBytes(),
        verdict == null ? null : verdict.outcome(),
        asked ? set.manifest().id().substring(0, MANIFEST_DIGITS) : null,
        asked ? set.run() : null,
        set.origin() == Manifest.Origin.SAFETY ? Boolean.TRUE : null);
  }

  private static TaskResult.Inspected result(
      int total,
      @Nullable String repositoryId,
      @Nullable String storeId,
      @Nullable String owner,
      List<TaskResult.Point> points,
      @Nullable String next) {
    return new TaskResult.Inspected(repositoryId, storeId, owner, total, List.copyOf(points), next);
  }

  private static int size(Task.Inspect task, TaskResult result) {
    return ReportSize.size(
        new TaskReport(
            task.header().run(),
            TaskReport.Outcome.SUCCEEDED,
            LONGEST,
            LONGEST,
            null,
            null,
            result));
  }
}
