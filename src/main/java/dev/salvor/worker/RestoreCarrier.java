package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.restore.DatabaseStatements;
import dev.salvor.engine.postgres.restore.ServerRoles;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.plan.restore.RestoreDecision;
import dev.salvor.plan.restore.RestoreDecision.Method;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.plan.restore.TargetState;
import dev.salvor.task.DatabaseProperties;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Restores one database into a server, or says what it would do. It looks first, decides purely,
 * and only then touches; whether the request is still wanted is asked again right before the first
 * change.
 */
final class RestoreCarrier {
  private static final String DEFAULT_TABLESPACE = "pg_default";

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
    Planned planned;
    try (var points = RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.READ)) {
      var source = RestoreSource.find(context, points, from, task.select());
      context.progress().step(Step.PLAN);
      planned = plan(task, source, points);
      var settled = planned.settled(task);
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

  /**
   * What was decided and by what it is carried out.
   *
   * @param properties that the restored database is to have
   * @param marker of an earlier attempt in place; null: there was none
   */
  private record Planned(
      Task.Restore task,
      TargetServer server,
      TargetState state,
      RestoreDecision made,
      DatabaseProperties properties,
      @Nullable InPlaceMarker marker,
      Set<String> neededRoles,
      String globals,
      long sizeBytes) {

    RestoreDecision.CarriedOut decision() {
      return (RestoreDecision.CarriedOut) made;
    }

    /** Where nothing is left to do. */
    Optional<TaskResult> settled(Task.Restore asked) {
      return switch (made) {
        case RestoreDecision.Refused(var failure) -> throw new EngineException(failure);
        case RestoreDecision.AlreadyDone(var kept, var safetyPoint) ->
            Optional.of(
                new TaskResult.Restored(
                    List.of("an earlier attempt of this request carried it out"),
                    null,
                    sizeBytes,
                    kept,
                    safetyPoint,
                    null,
                    null));
        case RestoreDecision.CarriedOut plan ->
            asked.effect() == Task.Effect.PLAN_ONLY
                ? Optional.of(
                    new TaskResult.Restored(
                        plan.steps(), orNull(plan.leftOut()), sizeBytes, null, null, null, null))
                : Optional.empty();
      };
    }

    TaskResult result(SideRestore.Outcome outcome) {
      VerdictOutcome compared = outcome.compared().outcome();
      return new TaskResult.Restored(
          decision().steps(),
          orNull(decision().leftOut()),
          sizeBytes,
          outcome.kept(),
          outcome.safetyPoint(),
          compared,
          outcome.compared().coverage());
    }

    private static @Nullable List<String> orNull(List<String> texts) {
      return texts.isEmpty() ? null : texts;
    }
  }

  private Planned plan(Task.Restore task, RestoreSource source, RecoveryPoints points) {
    var server = TargetServer.meet(context, task.target(), task.database());
    var names = new RestoreNames(task.database(), task.requestUid());
    var marker = server.marker(names, task.database(), task.requestUid());
    var found = server.state(names, task.database(), marker);
    var existing = found.existing();
    var state =
        existing == null || task.strategy() != RestoreStrategy.RECREATE
            ? found
            : found.keptIn(points.safetyPointOfDropped(task.database(), existing.oid()));
    // An earlier attempt may have dropped it: however this one ends.
    context.warnings().writesOver(marker == null ? state.keptInPoint() : marker.safetyPoint());
    var properties = properties(source, state, marker);
    var needed = source.roles();
    needed.addAll(DatabaseStatements.roles(properties));
    List<String> made;
    List<String> leftOut = new ArrayList<>(source.facts().leftOut());
    try (var open = server.open()) {
      if (source.manifest().content() instanceof Manifest.Supabase
          && !open.session().isSuperuser()) {
        throw new EngineException(
            Reason.INSUFFICIENT_PRIVILEGE,
            "a database of a Supabase project is restored by a superuser of its server, which"
                + " postgres is not: connect as supabase_admin");
      }
      var roles = ServerRoles.plan(open.session(), task.roles(), source.globals(), needed);
      made = roles.created();
      leftOut.addAll(roles.leftOut());
    }
    var contents = source.contents();
    if (contents != null) {
      leftOut.addAll(contents.leftOut());
      contents
          .brought()
          .forEach(text -> leftOut.add("(needed and restored with it: " + text + ")"));
    }
    var decision =
        RestorePlanning.decide(
            task,
            new RestorePlanning.Point(
                source.manifest().recoveryPoint(),
                source.manifest().postgres().serverVersion(),
                source.facts(),
                source.sizeBytes(),
                source.users(),
                made,
                leftOut),
            state,
            context.clock().instant());
    return new Planned(
        task,
        server,
        state,
        decision,
        properties,
        marker,
        needed,
        source.globals(),
        source.sizeBytes());
  }

  /**
   * A database that replaces another keeps that one's owner, rights, settings and comment, which
   * are right for this place; encoding and locale are the source's, which the content needs.
   */
  private static DatabaseProperties properties(
      RestoreSource source, TargetState state, @Nullable InPlaceMarker marker) {
    if (marker != null && marker.properties() != null) {
      return marker.properties();
    }
    var point = source.facts().properties();
    var existing = state.existing() == null ? null : state.existing().properties();
    var like = existing == null ? point : existing;
    return new DatabaseProperties(
        like.owner(),
        point.encoding(),
        point.localeProvider(),
        point.locale(),
        point.collate(),
        point.ctype(),
        state.tablespaces().contains(like.tablespace()) ? like.tablespace() : DEFAULT_TABLESPACE,
        like.connectionLimit(),
        like.acl(),
        like.settings(),
        // A safety point of a half-made database holds its marker: a whole one never bears it.
        InPlaceMarker.read(like.comment()).isPresent() ? null : like.comment());
  }

  private SideRestore.Outcome carryOut(
      Planned planned, RestoreSource source, @Nullable RecoveryPoints writable) {
    context.refuseIfExpired(planned.task().notAfter());
    var database = new RestoredDatabase(context, planned.server(), source, planned.properties());
    Runnable roles = () -> makeRoles(planned);
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
                  null)
              .carryOut(roles, () -> {});
      case RECREATE -> recreate(planned, database, writable, roles);
    };
  }

  private SideRestore.Outcome recreate(
      Planned planned,
      RestoredDatabase database,
      @Nullable RecoveryPoints writable,
      Runnable roles) {
    try (var safety = SafetyCopy.stopWriters(context, planned.task(), planned.server())) {
      var point = first(planned, writable == null ? null : safety.take(writable));
      lookAgain(planned);
      return new InPlaceRestore(
              context,
              planned.task(),
              planned.server(),
              database,
              planned.properties(),
              point,
              planned.state().replaced())
          .carryOut(
              roles,
              () ->
                  InPlaceRestore.close(
                      planned.server(), planned.task().database(), safety::refuseIfLost));
    }
  }

  /** Hours lie behind the plan. While the locks are held, nobody can rename or drop it. */
  private void lookAgain(Planned planned) {
    var task = planned.task();
    context.refuseIfExpired(task.notAfter());
    planned.server().acceptedPrepared(task, planned.state().attached());
    try (var open = planned.server().open()) {
      var found = new TargetReader(open.session()).database(task.database());
      var seen = planned.state().existing();
      if (seen == null || found.filter(there -> there.oid() == seen.oid()).isEmpty()) {
        throw new EngineException(
            Reason.RESTORE_FAILED,
            "database "
                + task.database()
                + " is another than the one that was looked at. Nothing was dropped.");
      }
    }
  }

  /** What undo is to bring back was dropped by an earlier attempt, if one came so far. */
  private @Nullable String first(Planned planned, @Nullable String point) {
    var dropped = planned.state().keptInPoint();
    if (dropped == null) {
      return point;
    }
    context.warnings().add("what had the name since then is recovery point " + point);
    return dropped;
  }

  /** Opened anew: a safety point is written, and only where the repository is known to be there. */
  private TaskResult recreate(Planned planned, Task.FromPoint from) {
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

  private static void makeRoles(Planned planned) {
    try (var open = planned.server().open()) {
      ServerRoles.plan(
              open.session(), planned.task().roles(), planned.globals(), planned.neededRoles())
          .create();
    }
  }
}
