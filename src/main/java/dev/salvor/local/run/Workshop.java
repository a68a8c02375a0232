package dev.salvor.local.run;

import dev.salvor.local.docker.Docker;
import dev.salvor.local.hold.Holds;
import dev.salvor.local.state.DurableFile;
import dev.salvor.local.state.StateFolder;
import dev.salvor.plan.Purpose;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.TaskJson;
import dev.salvor.task.WorkerEnvironment;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * What all workers of a host have in common.
 *
 * @param secrets of the manifests as they were last read
 * @param wake called when a worker has ended, from another thread
 */
record Workshop(
    StateFolder state,
    WorkerCommand command,
    CredentialsPlace credentials,
    AtomicReference<Secrets> secrets,
    Docker docker,
    Sandboxes sandboxes,
    Holds holds,
    Runnable wake,
    Clock clock) {
  /** A warm cache proves a lost store (SAFETY 21): only those get one that prove nothing. */
  private static final Set<Purpose> CACHED = Set.of(Purpose.BACKUP, Purpose.MAINTAIN);

  /** Has it done by a thread of its own, for Docker may take its time, and wakes the host then. */
  <T> CompletableFuture<T> aside(Supplier<T> what) {
    var done = CompletableFuture.supplyAsync(what, Thread::startVirtualThread);
    // Beside it, not after it: the host that is woken finds it done.
    var _ = done.whenComplete((_, _) -> wake.run());
    return done;
  }

  /**
   * What a worker is told beside what the host's own environment says.
   *
   * @throws RunRefused where what it needs of Docker is not to be had
   */
  Map<String, String> environment(RunFolder folder, RunRecord record, int task) {
    if (record.volume() != null) {
      record.volume().make(docker);
    }
    var filled = credentials.fill(folder, record, task, secrets.get(), new ServerKeys(docker));
    DurableFile.deleteFolder(folder.scratch());
    var environment = new HashMap<String, String>();
    environment.put(WorkerEnvironment.CREDENTIALS, filled.toString());
    environment.put(WorkerEnvironment.REPORT, folder.reportFile(task).toString());
    environment.put(WorkerEnvironment.SCRATCH, DurableFile.folder(folder.scratch()).toString());
    environment.put(WorkerEnvironment.SANDBOX, DurableFile.folder(folder.sandbox()).toString());
    if (record.server() != null) {
      environment.put(WorkerEnvironment.SANDBOX_INSIDE, SandboxFolder.MOUNT);
    }
    environment.put(
        WorkerEnvironment.TASK, TaskJson.write(sandboxes.prepare(folder, record, task)));
    if (record.hold() != null) {
      environment.put(
          WorkerEnvironment.HOLD, DurableFile.folder(folder.hold().folder()).toString());
    }
    var repository = record.labels().repositoryKey();
    if (repository != null) {
      environment.put(
          WorkerEnvironment.REPOSITORY_LOCK, state.repositoryLock(repository).toString());
      if (CACHED.contains(record.labels().purpose())) {
        environment.put(
            WorkerEnvironment.CACHE, DurableFile.folder(state.resticCache(repository)).toString());
      }
    }
    return environment;
  }
}
