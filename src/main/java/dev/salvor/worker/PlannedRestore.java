package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DatabaseStatements;
import dev.salvor.engine.postgres.restore.ServerRoles;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.plan.restore.RestoreDecision;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.plan.restore.TargetState;
import dev.salvor.task.DatabaseProperties;
import dev.salvor.task.Manifest;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about one database and by what it is carried out.
 *
 * @param point what is restored
 * @param properties that the restored database is to have
 * @param marker of an earlier attempt in place; null: there was none
 */
record PlannedRestore(
    Task.Restore task,
    TargetServer server,
    TargetState state,
    RestorePlanning.Point point,
    RestoreDecision made,
    DatabaseProperties properties,
    @Nullable InPlaceMarker marker,
    Roles roles,
    Set<String> neededRoles,
    String globals) {
  private static final String DEFAULT_TABLESPACE = "pg_default";

  /** Which roles are made beside a database. */
  enum Roles {
    /** Those that it needs. */
    OF_DATABASE,
    /** All that the point has: the server is one project's. */
    OF_PROJECT;

    private ServerRoles plan(
        PostgresSession session, Task.Restore task, String globals, Set<String> needed) {
      return switch (this) {
        case OF_DATABASE -> ServerRoles.plan(session, task.roles(), globals, needed);
        case OF_PROJECT -> ServerRoles.planForProject(session, task.roles(), globals, needed);
      };
    }
  }

  /** Looks at the server and decides; touches nothing. */
  static PlannedRestore of(
      Task.Restore task,
      RestoreSource source,
      RecoveryPoints points,
      TargetServer server,
      Roles roles,
      Instant now) {
    var names = new RestoreNames(task.database(), task.requestUid());
    var marker = server.marker(names, task.database(), task.requestUid());
    var found = server.state(names, task.database(), marker);
    var existing = found.existing();
    var state =
        existing == null || task.strategy() != RestoreStrategy.RECREATE
            ? found
            : found.keptIn(points.safetyPointOfDropped(task.database(), existing.oid()));
    var properties = properties(source, state, marker);
    var needed = source.roles();
    needed.addAll(DatabaseStatements.roles(properties));
    List<String> made;
    List<String> leftOut = new ArrayList<>(source.facts().leftOut());
    try (var open = server.open()) {
      if ((source.manifest().content() instanceof Manifest.Supabase || roles == Roles.OF_PROJECT)
          && !open.session().isSuperuser()) {
        throw new EngineException(
            Reason.INSUFFICIENT_PRIVILEGE,
            "a database of a Supabase project is restored by a superuser of its server, which"
                + " postgres is not: connect as supabase_admin");
      }
      var planned = roles.plan(open.session(), task, source.globals(), needed);
      made = planned.created();
      leftOut.addAll(planned.leftOut());
    }
    var contents = source.contents();
    if (contents != null) {
      leftOut.addAll(contents.leftOut());
      contents
          .brought()
          .forEach(text -> leftOut.add("(needed and restored with it: " + text + ")"));
    }
    var point =
        new RestorePlanning.Point(
            source.manifest().recoveryPoint(),
            source.manifest().postgres().serverVersion(),
            source.facts(),
            source.sizeBytes(),
            source.users(),
            made,
            leftOut);
    return new PlannedRestore(
        task,
        server,
        state,
        point,
        RestorePlanning.decide(task, point, state, now),
        properties,
        marker,
        roles,
        needed,
        source.globals());
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

  /** What an earlier attempt kept before it dropped what was there; null: none did. */
  @Nullable String safetyPointOfEarlierAttempt() {
    return marker == null ? state.keptInPoint() : marker.safetyPoint();
  }

  RestoreDecision.CarriedOut decision() {
    return (RestoreDecision.CarriedOut) made;
  }

  /** All that stands in the way, not only the first. */
  List<Failure> obstacles() {
    return RestorePlanning.obstacles(task, point, state);
  }

  /** Where nothing is left to do. */
  Optional<TaskResult> settled() {
    return switch (made) {
      case RestoreDecision.Refused(var failure) -> throw new EngineException(failure);
      case RestoreDecision.AlreadyDone(var kept, var safetyPoint) ->
          Optional.of(
              new TaskResult.Restored(
                  List.of("an earlier attempt of this request carried it out"),
                  null,
                  point.sizeBytes(),
                  kept,
                  safetyPoint,
                  null,
                  null));
      case RestoreDecision.CarriedOut plan ->
          task.effect() == Task.Effect.PLAN_ONLY
              ? Optional.of(
                  new TaskResult.Restored(
                      plan.steps(),
                      orNull(plan.leftOut()),
                      point.sizeBytes(),
                      null,
                      null,
                      null,
                      null))
              : Optional.empty();
    };
  }

  TaskResult result(SideRestore.Outcome outcome) {
    VerdictOutcome compared = outcome.compared().outcome();
    return new TaskResult.Restored(
        decision().steps(),
        orNull(decision().leftOut()),
        point.sizeBytes(),
        outcome.kept(),
        outcome.safetyPoint(),
        compared,
        outcome.compared().coverage());
  }

  private static @Nullable List<String> orNull(List<String> texts) {
    return texts.isEmpty() ? null : texts;
  }

  /** Hours lie behind the plan. While the locks are held, nobody can rename or drop it. */
  void lookAgain() {
    server.acceptedPrepared(task, state.attached());
    try (var open = server.open()) {
      var found = new TargetReader(open.session()).database(task.database());
      var seen = state.existing();
      if (seen == null || found.filter(there -> there.oid() == seen.oid()).isEmpty()) {
        throw new EngineException(
            Reason.RESTORE_FAILED,
            "database "
                + task.database()
                + " is another than the one that was looked at. Nothing was dropped.");
      }
    }
  }

  void makeRoles() {
    try (var open = server.open()) {
      roles.plan(open.session(), task, globals, neededRoles).create();
    }
  }
}
