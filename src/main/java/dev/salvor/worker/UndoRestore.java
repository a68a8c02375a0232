package dev.salvor.worker;

import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.restore.DatabaseSwitch;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.plan.restore.RestoreDecision;
import dev.salvor.plan.restore.RestoreDecision.Method;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.plan.restore.RestorePlanning.Presence;
import dev.salvor.plan.restore.TargetState.Attached;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes a restore back: the kept database gets its name again, and the one that had replaced it is
 * kept in its turn, so that undo can be undone. Neither store nor dump is needed.
 */
final class UndoRestore {
  private final WorkerContext context;

  UndoRestore(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Restore task, String kept) {
    context.progress().step(Step.PLAN);
    var server = TargetServer.meet(context, task.target(), Set.of(task.database()));
    var names = new RestoreNames(task.database(), task.requestUid());
    var state = server.state(names, task.database(), null);
    Presence there;
    long bytes;
    try (var open = server.open()) {
      var found = new TargetReader(open.session()).database(kept);
      there = found.isPresent() ? Presence.THERE : Presence.GONE;
      bytes = found.map(TargetReader.Found::bytes).orElse(0L);
    }
    var decision = RestorePlanning.decideUndo(task, kept, there, state, context.clock().instant());
    return switch (decision) {
      case RestoreDecision.Refused(var failure) -> throw new EngineException(failure);
      case RestoreDecision.AlreadyDone(var replaced, _) ->
          result(List.of("an earlier attempt of this request carried it out"), bytes, replaced);
      case RestoreDecision.CarriedOut plan ->
          task.effect() == Task.Effect.PLAN_ONLY
              ? result(plan.steps(), bytes, null)
              : result(
                  plan.steps(),
                  bytes,
                  switchBack(task, kept, plan.method(), server, state.attached()));
    };
  }

  private @Nullable String switchBack(
      Task.Restore task, String kept, Method method, TargetServer server, Attached planned) {
    context.refuseIfExpired(task.notAfter());
    context.progress().step(Step.SWITCH);
    try (var renaming = server.open();
        var ending = server.open()) {
      var change = new DatabaseSwitch(renaming.session(), ending.session());
      if (method == Method.CREATE) {
        change.restoreName(kept, task.database());
        return null;
      }
      server.rollBackPrepared(task, planned);
      var replaced =
          RestorePlanning.kept(
              task, context.clock().instant(), new TargetReader(renaming.session()).now());
      change.replace(kept, task.database(), replaced);
      return replaced;
    }
  }

  private static TaskResult result(List<String> steps, long bytes, @Nullable String kept) {
    return new TaskResult.Restored(steps, null, bytes, kept, null, null, null);
  }
}
