package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.restore.FileRestorePlanning;
import dev.salvor.plan.restore.FileRestorePlanning.Decision;
import dev.salvor.plan.restore.FileRestorePlanning.Method;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
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
      var tree = StoredTree.find(context, points, task.point(), task.tree());
      context.progress().step(Step.PLAN);
      tree.require(task.select());
      var bytes = tree.facts().bytes();
      plan = decide(task, tree, folder, restore);
      if (task.effect() != Task.Effect.CARRY_OUT) {
        return new TaskResult.Restored(plan.steps(), null, bytes, null, null, null, null);
      }
      context.refuseIfExpired(task.notAfter());
      if (plan.method() != Method.REPLACE && quiet.isWanted()) {
        quiet.begin();
        // Who is down now may have written until then.
        plan = decide(task, tree, folder, restore);
        context.refuseIfExpired(task.notAfter());
      }
      if (plan.method() != Method.REPLACE) {
        var earlier =
            folder
                .marker()
                .map(FolderMarker::safetyPoint)
                .orElseGet(() -> points.safetyPointOfEarlierAttempt());
        return restore.carryOut(tree, plan.method(), plan.steps(), earlier);
      }
    }
    return replace(task, folder, restore, plan.steps(), quiet);
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
      List<String> steps,
      Quiet quiet) {
    context.progress().step(Step.SAFETY_COPY);
    Function<String, Optional<Failure>> without =
        why -> FileRestorePlanning.withoutSafety(task, why);
    try (var repository = SafetyRepository.open(context, task.repository(), without)) {
      quiet.begin();
      var safetyPoint = repository.writable() ? keep(task, folder, repository, without) : null;
      context.refuseIfExpired(task.notAfter());
      var tree = StoredTree.find(context, repository.points(), task.point(), task.tree());
      return restore.carryOut(tree, Method.REPLACE, steps, safetyPoint);
    }
  }

  /**
   * Takes a safety point of all that is there, whatever the policy leaves out.
   *
   * @return its id; null: it could not be taken, and that was acknowledged
   */
  private @Nullable String keep(
      Task.RestoreFiles task,
      TargetFolder folder,
      SafetyRepository repository,
      Function<String, Optional<Failure>> without) {
    var name = String.valueOf(folder.path().getFileName());
    var tree = new FileTrees.Tree(name, folder.path().toString());
    var source = new FileTrees(List.of(tree), List.of(), List.of(), null, true);
    var owner = task.repository().owner();
    try (var look = FirstLook.begin(context, source)) {
      var made =
          new FilesPointTaker(
                  context, repository.points(), owner, source, null, Manifest.Origin.SAFETY, null)
              .take(look);
      if (!made.complete()) {
        throw new EngineException(
            Reason.INCOMPLETE_BACKUP, "not all of " + folder.path() + " could be read.");
      }
      return made.recoveryPoint();
    } catch (EngineException e) {
      SafetyRepository.accept(context, without, e.failure().message(), e);
      return null;
    }
  }
}
