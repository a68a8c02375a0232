package dev.salvor.worker;

import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.restore.DroppedDatabase;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Drops databases that restores kept, once their time is over. */
final class KeptDatabases {
  private final WorkerContext context;

  KeptDatabases(WorkerContext context) {
    this.context = context;
  }

  /**
   * Drops those that are named, bear the mark of a restore and the hour of which has passed: each
   * other one is left and warned of. One that is gone counts as dropped. One that cannot be dropped
   * does not hold up the others.
   */
  List<String> drop(Task.DropKept asked) {
    var dropped = new ArrayList<String>();
    var server = TargetServer.meet(context, asked.server(), Set.of());
    try (var open = server.open()) {
      for (var name : asked.databases()) {
        if (isOver(name)) {
          drop(name, new DroppedDatabase(open.session(), server::openBriefly), dropped);
        }
      }
    }
    return dropped;
  }

  private boolean isOver(String name) {
    var until = RestoreNames.until(name);
    if (until.isEmpty()) {
      context.warnings().add(name + " was not kept by a restore and is not dropped");
      return false;
    }
    if (context.clock().instant().isBefore(until.get())) {
      context.warnings().add(name + " is kept until " + until.get());
      return false;
    }
    return true;
  }

  private void drop(String name, DroppedDatabase database, List<String> dropped) {
    try {
      database.drop(name);
      dropped.add(name);
    } catch (EngineException e) {
      if (context.ending().reason() != null) {
        throw e;
      }
      context.warnings().add(name + " cannot be dropped: " + e.failure().message());
    }
  }
}
