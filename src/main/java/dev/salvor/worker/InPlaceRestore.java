package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DatabaseSwitch;
import dev.salvor.engine.postgres.restore.DroppedDatabase;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.plan.restore.TargetState;
import dev.salvor.task.DatabaseProperties;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Restores under the target's own name, for what is bound to it. The new database is made beside
 * with a marker that says what it is to become, the old one dropped, the new one renamed, and then
 * filled: killed at any moment, the next attempt of the same request knows how to go on. Until it
 * is done nobody is let in but its owner and superusers.
 */
final class InPlaceRestore {
  private final WorkerContext context;
  private final Task.Restore task;
  private final TargetServer server;
  private final RestoredDatabase database;
  private final InPlaceMarker marker;
  private final TargetState state;
  private final String side;

  /**
   * Of one request.
   *
   * @param safetyPoint null: nothing is replaced, or losing it was acknowledged
   * @param state what was seen, and may be dropped: nothing else that has the name by then
   */
  InPlaceRestore(
      WorkerContext context,
      Task.Restore task,
      TargetServer server,
      RestoredDatabase database,
      DatabaseProperties properties,
      @Nullable String safetyPoint,
      TargetState state) {
    this.context = context;
    this.task = task;
    this.server = server;
    this.database = database;
    this.state = state;
    this.marker = new InPlaceMarker(task.requestUid(), safetyPoint, properties);
    this.side = new RestoreNames(task.database(), task.requestUid()).side();
  }

  /**
   * Replaces what is there, if anything is, and fills it.
   *
   * @param roles makes the roles
   * @param beforeDrop is called when the new database is there and the old one is about to go
   */
  SideRestore.Outcome carryOut(Runnable roles, Runnable beforeDrop) {
    context.progress().step(Step.ROLES);
    context.warnings().writesOver(marker.safetyPoint());
    roles.run();
    try (var open = server.open();
        var ending = server.open()) {
      replace(open.session(), ending.session(), beforeDrop);
    } catch (EngineException e) {
      throw notReplaced(e);
    }
    try {
      context.progress().step(Step.RESTORE, task.database());
      database.restore(task.database());
      var compared = database.compare(task.database());
      context.progress().step(Step.SWITCH);
      database.giveProperties(task.database());
      return new SideRestore.Outcome(null, marker.safetyPoint(), compared);
    } catch (EngineException e) {
      throw failed("Database " + task.database() + " is not whole", e);
    }
  }

  private void replace(PostgresSession session, PostgresSession ending, Runnable beforeDrop) {
    var dropped = new DroppedDatabase(session, server::openBriefly);
    makeSide(session, dropped);
    beforeDrop.run();
    if (mayBeDropped(session)) {
      dropped.drop(task.database());
    }
    new DatabaseSwitch(session, ending).rename(List.of(), side, task.database());
  }

  /**
   * Hours may lie between the look and the drop: what came to be since is in no safety point.
   *
   * @return false: there is nothing to drop
   */
  private boolean mayBeDropped(PostgresSession session) {
    var found = new TargetReader(session).database(task.database());
    found
        .filter(there -> !isSeen(there) && !isOurs(there))
        .ifPresent(
            there -> {
              throw new EngineException(
                  Reason.RESTORE_FAILED,
                  "it came to be since the restore looked, and is in no safety point.");
            });
    return found.isPresent();
  }

  private boolean isSeen(TargetReader.Found there) {
    var seen = state.existing();
    return seen != null && seen.oid() == there.oid();
  }

  /** Half dropped, it can but be dropped. */
  private boolean isOurs(TargetReader.Found there) {
    return there.half()
        || InPlaceMarker.read(there.comment())
            .filter(found -> found.isOf(task.requestUid()))
            .isPresent();
  }

  /**
   * What is there decides what may be said, and is opened. The side database goes only where
   * nothing was dropped: else nothing else knows how to go on.
   */
  private EngineException notReplaced(EngineException e) {
    // An interrupted thread's sockets would close under it.
    var interrupted = Thread.interrupted();
    try (var session = server.openToCleanUp()) {
      var found = new TargetReader(session).database(task.database());
      if (found.isEmpty()) {
        return failed(
            "Database " + task.database() + " is not there; " + side + " was to become it", e);
      }
      session.execute(
          "ALTER DATABASE "
              + PostgresSession.identifier(task.database())
              + " ALLOW_CONNECTIONS true");
      var replaced = state.replaced();
      if (replaced == null || found.get().oid() != replaced) {
        return failed(
            "Database "
                + task.database()
                + " is another than was there before; "
                + side
                + " was to become it",
            e);
      }
      context.warnings().writesOver(null);
      new DroppedDatabase(session, server::openBriefly).drop(side);
      return failed("Database " + task.database() + " is there still and lets people in", e);
    } catch (EngineException unseen) {
      return failed(
          "Database " + task.database() + " may be dropped, or there and letting nobody in", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * One that an earlier attempt made for the same stays: it is empty, and where the target is gone
   * nothing else knows what is to be had back.
   */
  private void makeSide(PostgresSession session, DroppedDatabase dropped) {
    var made = new TargetReader(session).database(side);
    if (made.filter(found -> marker.isAt(found.comment())).isEmpty()) {
      dropped.drop(side);
      database.create(session, side, marker.comment());
    }
  }

  private EngineException failed(String state, EngineException e) {
    var message =
        marker.safetyPoint() == null
            ? e.failure().message()
            : e.failure()
                .messageAnd(
                    "What was there before is recovery point " + marker.safetyPoint() + ".");
    var reason =
        e.reason() == Reason.INTERRUPTED || e.reason() == Reason.DEADLINE_EXCEEDED
            ? e.reason()
            : e.reason() == Reason.ENGINE_FAILED ? Reason.RESTORE_FAILED : e.reason();
    return new EngineException(reason.failure(state + ": " + message, e.failure().logTail()), e);
  }

  /**
   * Nobody gets in from now on, and those who are in are sent away.
   *
   * @param closed is called in between
   */
  static void close(TargetServer server, String name, Runnable closed) {
    try (var open = server.open()) {
      open.session()
          .execute(
              "ALTER DATABASE " + PostgresSession.identifier(name) + " ALLOW_CONNECTIONS false");
      closed.run();
      DatabaseSwitch.endSessions(open.session(), List.of(name));
    }
  }
}
