package dev.salvor.worker;

import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DroppedDatabase;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.plan.restore.KeptDatabase;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import dev.salvor.task.TaskResult.DroppedKept;
import dev.salvor.task.TaskResult.Fate;
import java.util.Set;

/**
 * Drops the database that a restore replaced and kept. Nothing brings it back: so it goes by its
 * name and by what is seen of it at the very last, and PostgreSQL itself refuses where somebody
 * came in since. Idempotent.
 */
final class DropKeptCarrier {
  private final WorkerContext context;

  DropKeptCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.DropKept task) {
    context.progress().step(Step.DROP_KEPT);
    var misnamed = KeptDatabase.misnamed(task);
    if (misnamed.isPresent()) {
      return new DroppedKept(Fate.LEFT, misnamed.get());
    }
    var server = TargetServer.meet(context, task.server(), Set.of(task.database()));
    try (var open = server.open()) {
      return drop(task, server, open.session());
    }
  }

  private TaskResult drop(Task.DropKept task, TargetServer server, PostgresSession session) {
    var reader = new TargetReader(session);
    var found = reader.database(task.kept());
    if (found.isEmpty()) {
      return new DroppedKept(Fate.GONE, null);
    }
    var seen =
        new KeptDatabase.Seen(
            found.get().allowsConnections(), reader.sessions(task.kept()), reader.now());
    var hindrance = KeptDatabase.hindrance(task, seen, context.clock().instant());
    if (hindrance.isPresent()) {
      return new DroppedKept(Fate.LEFT, hindrance.get());
    }
    var dropped = new DroppedDatabase(session, server::openBriefly).dropUnused(task.kept());
    return new DroppedKept(dropped ? Fate.DROPPED : Fate.GONE, null);
  }
}
