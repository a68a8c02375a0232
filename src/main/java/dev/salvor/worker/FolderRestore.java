package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.restic.TreeRestore.Extras;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.plan.proof.FileComparison;
import dev.salvor.plan.proof.FileScope;
import dev.salvor.plan.restore.FileRestorePlanning.Method;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.plan.verdict.Judgement;
import dev.salvor.plan.verdict.Verdicts;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Brings a stored tree into a folder: marker, bytes, comparison, and only then the name or the
 * marker's end. Whoever is killed in between leaves the marker, and the next attempt goes on.
 */
final class FolderRestore {
  private final WorkerContext context;
  private final Task.RestoreFiles task;
  private final TargetFolder folder;

  FolderRestore(WorkerContext context, Task.RestoreFiles task, TargetFolder folder) {
    this.context = context;
    this.task = task;
    this.folder = folder;
  }

  /**
   * Whether a folder holds all that was noted; what it is itself is done last. Touches nothing, and
   * says nothing of bytes.
   */
  boolean isDone(StoredTree tree, Path path) {
    return tree.compare(path, scope()).differsInRootAtMost();
  }

  /**
   * Carries it out.
   *
   * @param safetyPoint holds what is replaced; null: nothing is, or losing it was acknowledged
   * @throws EngineException RESTORE_FAILED, TARGET_UNUSABLE where it is full, STORE_DAMAGED. What
   *     could be restored is left where it is: it may be all that there is.
   */
  TaskResult.Restored carryOut(
      StoredTree tree, Method method, List<String> steps, @Nullable String safetyPoint) {
    var into = method == Method.CREATE ? folder.beside() : folder.path();
    context.warnings().writesOver(safetyPoint);
    try {
      Files.createDirectories(into);
      var time = Files.getLastModifiedTime(into);
      if (folder.marker().isEmpty()) {
        FolderMarker.of(task.requestUid(), safetyPoint).write(into);
      }
      context.progress().step(Step.RESTORE, into.toString());
      tree.restore(
          task.select(), task.mode() == RestoreMode.MIRROR ? Extras.REMOVED : Extras.KEPT, into);
      if (task.select().isEmpty()) {
        tree.dress(into);
      }
      context.progress().step(Step.COMPARE, into.toString());
      var synced = CompletableFuture.runAsync(() -> sync(into), Thread::startVirtualThread);
      var compared = tree.compare(into, scope());
      var judgement = judge(compared);
      if (judgement.outcome() != VerdictOutcome.VERIFIED || !compared.coverage().everything()) {
        context.warnings().add(Objects.requireNonNull(judgement.message()));
      }
      if (!compared.differences().isEmpty()) {
        throw new EngineException(Reason.RESTORE_FAILED, judgement.message());
      }
      synced.join();
      context.progress().step(Step.SWITCH);
      if (method == Method.CREATE) {
        Files.move(into, folder.path(), StandardCopyOption.ATOMIC_MOVE);
      }
      FolderMarker.remove(folder.path());
      if (!task.select().isEmpty()) {
        Folders.putBack(folder.path(), time);
      }
      if (task.select().isEmpty()) {
        tree.dress(folder.path());
      }
      return new TaskResult.Restored(
          steps,
          null,
          tree.facts().bytes(),
          null,
          safetyPoint,
          judgement.outcome(),
          compared.coverage().text());
    } catch (CompletionException e) {
      throw left(Reason.RESTORE_FAILED.failure(String.valueOf(e.getCause())), safetyPoint, into, e);
    } catch (IOException e) {
      throw left(Reason.RESTORE_FAILED.failure(e.toString()), safetyPoint, into, e);
    } catch (EngineException e) {
      var reason =
          switch (e.reason()) {
            case ENGINE_FAILED, CORRUPT_RECOVERY_POINT -> Reason.RESTORE_FAILED;
            // It is the target that the engine writes to here.
            case SCRATCH_FULL -> Reason.TARGET_UNUSABLE;
            default -> e.reason();
          };
      throw left(
          reason.failure(e.failure().message(), e.failure().logTail()), safetyPoint, into, e);
    }
  }

  private static EngineException left(
      Failure why, @Nullable String safetyPoint, Path into, Exception cause) {
    var lies =
        "What could be restored lies in "
            + into
            + "."
            + (safetyPoint == null
                ? ""
                : " What was there before is recovery point " + safetyPoint + ".");
    return new EngineException(why.reason().failure(why.messageAnd(lies), why.logTail()), cause);
  }

  private static Judgement judge(FileComparison compared) {
    return Verdicts.judge(Findings.ofFiles(List.of(compared), List.of(), List.of()));
  }

  private FileScope scope() {
    return new FileScope(
        task.select().stream().map(FileTree::written).toList(),
        task.existing() == Task.Existing.REPLACE && task.mode() != RestoreMode.MIRROR
            ? FileScope.Extras.ALLOWED
            : FileScope.Extras.REFUSED,
        FilesProof.privilege());
  }

  /** The new name must not be on the disk before the bytes are: rename(2) orders nothing. */
  private void sync(Path path) {
    var sync = context.programs().onSystem("sync");
    var completed = context.processes().run(Command.of(sync, "--file-system", path.toString()));
    if (!completed.succeeded()) {
      throw new EngineException(
          Reason.RESTORE_FAILED, path + " cannot be written out: " + completed.errorTail());
    }
  }
}
