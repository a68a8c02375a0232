package dev.salvor.worker;

import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;

/** Takes one recovery point of a policy. */
final class BackupCarrier {
  private final WorkerContext context;

  BackupCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Backup task) {
    context.progress().step(Step.OPEN_REPOSITORY);
    try (var points =
        RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.WRITE)) {
      return new PointTaker(
              context,
              points,
              task.repository().owner(),
              task.source(),
              task.facts(),
              task.baseline(),
              task.origin() == null ? Manifest.Origin.SCHEDULE : task.origin())
          .take();
    }
  }
}
