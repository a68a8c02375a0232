package dev.salvor.worker;

import dev.salvor.plan.restore.RestoreDecision.Method;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Restores one database into a server, or says what it would do. It looks first, decides purely,
 * and only then touches; whether the request is still wanted is asked again right before the first
 * change.
 */
final class RestoreCarrier {
  private final WorkerContext context;

  RestoreCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Restore task) {
    return switch (task.from()) {
      case Task.FromPoint from -> restore(task, from);
      case Task.FromKept(var kept) -> new UndoRestore(context).carryOut(task, kept);
    };
  }

  private TaskResult restore(Task.Restore task, Task.FromPoint from) {
    context.progress().step(Step.OPEN_REPOSITORY);
    PlannedRestore planned;
    try (var points = RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.READ)) {
      points.tellSafetyPointsOfEarlierAttempts();
      var source = RestoreSource.find(context, points, from, task.select());
      context.progress().step(Step.PLAN);
      planned =
          PlannedRestore.of(
              task,
              source,
              points,
              TargetServer.meet(context, task.target(), Set.of(task.database())),
              PlannedRestore.Roles.OF_DATABASE,
              context.clock().instant());
      // An earlier attempt may have dropped it: however this one ends.
      context.warnings().writesOver(planned.safetyPointOfEarlierAttempt());
      var settled = planned.settled();
      if (settled.isPresent()) {
        return settled.get();
      }
      if (planned.decision().method() != Method.RECREATE) {
        return planned.result(carryOut(planned, source, null));
      }
      // Nothing is dropped for a dump that cannot be read.
      source.parse(planned.server().connection().major());
    }
    return recreate(planned, from);
  }

  private SideRestore.Outcome carryOut(
      PlannedRestore planned, RestoreSource source, @Nullable RecoveryPoints writable) {
    context.refuseIfExpired(planned.task().notAfter());
    var database = new RestoredDatabase(context, planned.server(), source, planned.properties());
    Runnable roles = planned::makeRoles;
    var marker = planned.marker();
    return switch (planned.decision().method()) {
      case CREATE, RENAME ->
          new SideRestore(
                  context,
                  planned.task(),
                  planned.server(),
                  source,
                  database,
                  planned.state().attached())
              .carryOut(planned.decision().method(), roles);
      case CREATE_IN_PLACE ->
          new InPlaceRestore(
                  context,
                  planned.task(),
                  planned.server(),
                  database,
                  planned.properties(),
                  marker == null ? null : marker.safetyPoint(),
                  planned.state())
              .carryOut(roles, () -> {});
      case RECREATE -> recreate(planned, database, writable, roles);
    };
  }

  private SideRestore.Outcome recreate(
      PlannedRestore planned,
      RestoredDatabase database,
      @Nullable RecoveryPoints writable,
      Runnable roles) {
    try (var safety = SafetyCopy.stopWriters(context, planned.task(), planned.server())) {
      var point = first(planned, writable == null ? null : safety.take(writable));
      context.refuseIfExpired(planned.task().notAfter());
      planned.lookAgain();
      return new InPlaceRestore(
              context,
              planned.task(),
              planned.server(),
              database,
              planned.properties(),
              point,
              planned.state())
          .carryOut(
              roles,
              () ->
                  InPlaceRestore.close(
                      planned.server(), planned.task().database(), safety::refuseWhatCame));
    }
  }

  /** What undo is to bring back was dropped by an earlier attempt, if one came so far. */
  private @Nullable String first(PlannedRestore planned, @Nullable String point) {
    var dropped = planned.state().keptInPoint();
    if (dropped == null) {
      return point;
    }
    context.warnings().add("what had the name since then is recovery point " + point);
    return dropped;
  }

  /** Opened anew: a safety point is written, and only where the repository is known to be there. */
  private TaskResult recreate(PlannedRestore planned, Task.FromPoint from) {
    context.refuseIfExpired(planned.task().notAfter());
    try (var points =
        SafetyRepository.open(
            context,
            planned.task().repository(),
            why -> RestorePlanning.withoutSafety(planned.task(), why))) {
      var source = RestoreSource.find(context, points.points(), from, planned.task().select());
      return planned.result(carryOut(planned, source, points.writable() ? points.points() : null));
    }
  }
}
