package dev.salvor.worker;

import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.PostgresDump;
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
    var owner = task.repository().owner();
    var origin = task.origin() == null ? Manifest.Origin.SCHEDULE : task.origin();
    // The source is looked at while the repository is opened.
    return switch (task.source()) {
      case PostgresDump dump -> {
        try (var look = ServerLook.begin(context, dump, task.baseline());
            var points = open(task)) {
          yield new PostgresPointTaker(context, points, owner, dump, task.baseline(), origin)
              .take(look);
        }
      }
      case FileTrees trees -> {
        try (var look = FirstLook.begin(context, trees);
            var points = open(task)) {
          yield new FilesPointTaker(context, points, owner, trees, task.baseline(), origin)
              .take(look);
        }
      }
    };
  }

  private RecoveryPoints open(Task.Backup task) {
    return RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.WRITE);
  }
}
