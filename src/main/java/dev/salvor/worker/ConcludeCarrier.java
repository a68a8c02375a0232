package dev.salvor.worker;

import dev.salvor.api.Isolation;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.time.Duration;

/**
 * Gives the verdict that Compare drew up, once the user's programs were content with the copy: the
 * host carries this out after all of them ended well, and only then. A seal that fell while they
 * ran is told in the verdict, as after a restored database.
 */
final class ConcludeCarrier {
  private final WorkerContext context;

  ConcludeCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Conclude task) {
    var folder = context.requireSandbox("Conclude");
    var draft = DraftVerdict.read(folder, task.point().id());
    context.progress().step(Step.SEAL);
    var verdict = draft.verdict();
    var isolation = verdict.isolation();
    if (isolation == Isolation.ENFORCED) {
      var seal = Seal.read(folder, null);
      if (!seal.isClosed()) {
        context.warnings().add("the sandbox was opened to " + seal.from() + " while checks ran");
        isolation = Isolation.NOT_ENFORCED;
      }
    }
    return new TaskResult.Compared(
        verdict.outcome(),
        verdict.reason(),
        verdict.message(),
        isolation,
        verdict.coverage(),
        verdict.checksHash(),
        Duration.between(draft.started(), context.clock().instant()).toSeconds(),
        verdict.differences());
  }
}
