package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.restore.FileRestorePlanning;
import dev.salvor.plan.restore.FileRestorePlanning.Decision;
import dev.salvor.plan.restore.FileRestorePlanning.Method;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Restores a file tree, or paths of one, to a folder: beside it and then by a rename where it is
 * not there yet, into it where it is empty, over what it holds after a safety point where it is
 * not. The restore counts as done when what lies there was compared with what was noted.
 */
final class RestoreFilesCarrier {
  private final WorkerContext context;

  RestoreFilesCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.RestoreFiles task) {
    try (var quiet = Quiet.of(context)) {
      var result = carryOut(task, quiet);
      if (task.effect() == Task.Effect.CARRY_OUT) {
        quiet.end();
      }
      return result;
    }
  }

  private TaskResult carryOut(Task.RestoreFiles task, Quiet quiet) {
    context.progress().step(Step.OPEN_REPOSITORY);
    var folder = new TargetFolder(task);
    var restore = new FolderRestore(context, task, folder);
    Decision.CarriedOut plan;
    try (var points = RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.READ)) {
      points.tellSafetyPointsOfEarlierAttempts();
      var tree = StoredTree.find(context, points, task.point(), task.tree());
      context.progress().step(Step.PLAN);
      tree.require(task.select());
      var bytes = tree.facts().bytes();
      plan = decide(task, tree, folder, restore);
      if (task.effect() != Task.Effect.CARRY_OUT) {
        return new TaskResult.Restored(plan.steps(), null, bytes, null, null, null, null);
      }
      // An earlier attempt may have written over it: however this one ends.
      context.warnings().writesOver(first(folder, points, plan.method()));
      context.refuseIfExpired(task.notAfter());
      if (!plan.method().writesOver() && quiet.isWanted()) {
        quiet.begin();
        // Who is down now may have written until then.
        plan = decide(task, tree, folder, restore);
        context.refuseIfExpired(task.notAfter());
      }
      if (!plan.method().writesOver()) {
        var first = first(folder, points, plan.method());
        return restore.carryOut(tree, plan.method(), plan.steps(), first);
      }
      tree.requireReadable(task.select());
    }
    return replace(task, folder, restore, plan, quiet);
  }

  /**
   * What was there before the first attempt wrote; null: none did, nothing was there, or losing it
   * was accepted. An attempt that ended before it wrote may have kept something, too: people went
   * on with it.
   */
  private static @Nullable String first(TargetFolder folder, RecoveryPoints points, Method method) {
    var marker = folder.marker();
    if (marker.isPresent()) {
      return marker.get().safetyPoint();
    }
    return switch (method) {
      case CREATE, REPLACE -> null;
      case FILL, GO_ON -> points.safetyPointOfEarlierAttempt();
    };
  }

  private Decision.CarriedOut decide(
      Task.RestoreFiles task, StoredTree tree, TargetFolder folder, FolderRestore restore) {
    var state = folder.look(path -> restore.isDone(tree, path));
    return switch (FileRestorePlanning.decide(
        task, state, tree.facts().bytes(), context.clock().instant())) {
      case Decision.Refused(var failure) -> throw new EngineException(failure);
      case Decision.CarriedOut carriedOut -> carriedOut;
    };
  }

  private TaskResult replace(
      Task.RestoreFiles task,
      TargetFolder folder,
      FolderRestore restore,
      Decision.CarriedOut plan,
      Quiet quiet) {
    context.progress().step(Step.SAFETY_COPY);
    Function<String, Optional<Failure>> without =
        why -> FileRestorePlanning.withoutSafety(task, plan.method(), why);
    try (var repository = SafetyRepository.open(context, task.repository(), without)) {
      quiet.begin();
      // All that is there, whatever the policy leaves out.
      var kept =
          new FileTrees.Tree(String.valueOf(folder.path().getFileName()), folder.path().toString());
      var first = first(folder, repository.points(), plan.method());
      var now =
          repository.keep(
              context,
              task.repository().owner(),
              new FileTrees(List.of(kept), List.of(), List.of(), null, true),
              without);
      context.refuseIfExpired(task.notAfter());
      var tree = StoredTree.find(context, repository.points(), task.point(), task.tree());
      var isFirst = plan.method() == Method.REPLACE;
      if (!isFirst && now != null) {
        context.warnings().add("what was there at this further attempt is recovery point " + now);
      }
      return restore.carryOut(tree, plan.method(), plan.steps(), isFirst ? now : first);
    }
  }
}
