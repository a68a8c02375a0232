package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.restore.DatabaseSwitch;
import dev.salvor.engine.postgres.restore.DroppedDatabase;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.plan.restore.RestoreDecision.Method;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.plan.restore.TargetState.Attached;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores beside the target and switches over when all is well. Until the switch, and if anything
 * fails, the target is as it was; killed at any moment, too: what it leaves is a side database that
 * the next attempt drops.
 */
final class SideRestore {
  private static final Logger LOG = LoggerFactory.getLogger(SideRestore.class);

  private final WorkerContext context;
  private final Task.Restore task;
  private final TargetServer server;
  private final RestoreSource source;
  private final RestoredDatabase database;
  private final Attached planned;
  private final String side;

  /**
   * Of one request.
   *
   * @param planned what was attached to the target when this was decided
   */
  SideRestore(
      WorkerContext context,
      Task.Restore task,
      TargetServer server,
      RestoreSource source,
      RestoredDatabase database,
      Attached planned) {
    this.context = context;
    this.task = task;
    this.server = server;
    this.source = source;
    this.database = database;
    this.planned = planned;
    this.side = new RestoreNames(task.database(), task.requestUid()).side();
  }

  /**
   * Carries it out.
   *
   * @param roles makes the roles
   */
  Outcome carryOut(Method method, Runnable roles) {
    try {
      drop();
      context.progress().step(Step.ROLES);
      roles.run();
      context.progress().step(Step.RESTORE, side);
      if (source.isSelection()) {
        source.parse(server.connection().major());
      }
      try (var open = server.open()) {
        database.create(open.session(), side, "salvor restores into this database");
      }
      database.restore(side);
      var compared = database.compare(side);
      database.giveProperties(side);
      context.progress().step(Step.SWITCH);
      return new Outcome(switchOver(method), null, compared);
    } catch (EngineException e) {
      cleanUp();
      throw unchanged(e);
    } catch (RuntimeException e) {
      cleanUp();
      throw e;
    }
  }

  private EngineException unchanged(EngineException e) {
    return switch (e.reason()) {
      case ENGINE_FAILED, DATABASE_MISSING, INCOMPLETE_BACKUP ->
          new EngineException(
              Reason.RESTORE_FAILED.failure(
                  "Nothing was replaced: " + e.failure().message(), e.failure().logTail()),
              e);
      default -> e;
    };
  }

  /**
   * How a restore went.
   *
   * @param kept null: nothing was replaced
   * @param safetyPoint null: none was needed
   */
  record Outcome(
      @Nullable String kept, @Nullable String safetyPoint, RestoredDatabase.Compared compared) {}

  private @Nullable String switchOver(Method method) {
    try (var renaming = server.open();
        var ending = server.open()) {
      var change = new DatabaseSwitch(renaming.session(), ending.session());
      if (method == Method.CREATE) {
        change.rename(List.of(), side, task.database());
        return null;
      }
      server.rollBackPrepared(task, planned);
      var kept =
          RestorePlanning.kept(
              task, context.clock().instant(), new TargetReader(renaming.session()).now());
      change.replace(side, task.database(), kept);
      return kept;
    }
  }

  private void drop() {
    try (var open = server.open()) {
      new DroppedDatabase(open.session(), server::openBriefly).drop(side);
    }
  }

  /** Also when the run was ended: its sessions are cut off, this one is new. */
  private void cleanUp() {
    // An interrupted thread's sockets would close under it.
    var interrupted = Thread.interrupted();
    try (var session = server.openToCleanUp()) {
      new DroppedDatabase(session, server::openBriefly).drop(side);
    } catch (EngineException e) {
      LOG.atWarn()
          .addKeyValue("database", side)
          .addKeyValue("why", e.failure().message())
          .log("a side database is left; the next attempt drops it");
      context.warnings().add("left behind: database " + side);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
