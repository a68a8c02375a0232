package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.ConnectionReader;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.PassFile;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.postgres.restore.DroppedDatabase;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.plan.restore.TargetState;
import dev.salvor.plan.restore.TargetState.Attached;
import dev.salvor.plan.restore.TargetState.Content;
import dev.salvor.plan.restore.TargetState.Existing;
import dev.salvor.plan.restore.TargetState.Leftover;
import dev.salvor.plan.restore.TargetState.Unfinished;
import dev.salvor.task.ServerReference;
import dev.salvor.task.Task;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server that a restore works on, always by way of a database that is not its target: sessions
 * of the target would stand in the way of what is done to it.
 */
record TargetServer(
    WorkerContext context, ServerConnection connection, String maintenance, Path passfile) {
  private static final String APPLICATION = "salvor-restore";

  /**
   * Meets it.
   *
   * @param targets databases that are not gone through
   * @throws EngineException as {@link Connector#connect}, DATABASE_MISSING if there is no other
   *     database that lets this role in
   */
  static TargetServer meet(WorkerContext context, ServerReference reference, Set<String> targets) {
    var reader =
        new ConnectionReader(context.credentials().folder(), context.header().credentials());
    var candidates = new LinkedHashSet<String>();
    candidates.add(reader.read(reference).database());
    candidates.addAll(List.of("postgres", "template1"));
    candidates.removeAll(targets);
    EngineException refused = null;
    for (var database : candidates) {
      try {
        var connection = Connector.connect(reader.read(through(reference, database)));
        var passfile = PassFile.write(context.memory(), "target-passfile", connection.password());
        return new TargetServer(context, connection, database, passfile);
      } catch (EngineException e) {
        if (e.reason() != Reason.DATABASE_MISSING && e.reason() != Reason.INSUFFICIENT_PRIVILEGE) {
          throw e;
        }
        refused = e;
      }
    }
    throw refused == null
        ? new EngineException(Reason.DATABASE_MISSING, "no database to work from")
        : refused;
  }

  private static ServerReference through(ServerReference reference, String database) {
    return new ServerReference(
        reference.connection(),
        reference.password(),
        reference.ca(),
        reference.host(),
        reference.port(),
        reference.user(),
        database,
        reference.sslMode());
  }

  /** A session outside of the target, cut off with the run. */
  RunSession open() {
    return open(maintenance);
  }

  /** A session of a database, cut off with the run. */
  RunSession open(String database) {
    return RunSession.open(connection, database, context);
  }

  /** A session that outlives the end of the run, to clean up. */
  PostgresSession openToCleanUp() {
    return PostgresSession.open(connection, maintenance, APPLICATION);
  }

  /** A session of a database that the caller closes before long. */
  PostgresSession openBriefly(String database) {
    return PostgresSession.open(connection, database, APPLICATION);
  }

  /** For PostgreSQL's own programs. */
  Map<String, String> environment(String database) {
    return connection.environment(database, passfile, APPLICATION);
  }

  /** The same server, by way of the database that this works from. */
  ServerReference reference(ServerReference asked) {
    return through(asked, maintenance);
  }

  /**
   * What an earlier attempt of the request noted: on the target itself, or, where it did not come
   * to that, on the database that is to become it; null: nothing.
   */
  @Nullable InPlaceMarker marker(RestoreNames names, String database, String request) {
    try (var open = open()) {
      var reader = new TargetReader(open.session());
      return Stream.of(database, names.side())
          .flatMap(name -> reader.database(name).stream())
          .flatMap(found -> InPlaceMarker.read(found.comment()).stream())
          .filter(found -> found.isOf(request))
          .findFirst()
          .orElse(null);
    }
  }

  /** The server as it is. Read only. */
  TargetState state(RestoreNames names, String database, @Nullable InPlaceMarker marker) {
    try (var open = open()) {
      var reader = new TargetReader(open.session());
      var databases = reader.databases();
      var target = reader.database(database).orElse(null);
      var ours =
          target != null && marker != null && (target.half() || marker.isAt(target.comment()));
      return new TargetState(
          connection.version(),
          target == null || ours ? null : existing(reader, target),
          databases.stream().filter(names::isKept).findFirst().orElse(null),
          null,
          ours
              ? Leftover.HALF_RESTORED
              : !databases.contains(names.side())
                  ? Leftover.NONE
                  : target == null && marker != null
                      ? Leftover.SIDE_OF_DROPPED
                      : Leftover.SIDE_DATABASE,
          reader.availableExtensions(),
          reader.tablespaces());
    }
  }

  private Existing existing(TargetReader reader, TargetReader.Found found) {
    var database = found.name();
    var other = InPlaceMarker.read(found.comment()).orElse(null);
    var content = Content.UNKNOWN;
    List<String> bound = List.of();
    if (found.allowsConnections()) {
      try (var inside = open(database)) {
        var looking = new TargetReader(inside.session());
        content = looking.holdsSomething() ? Content.SOME : Content.EMPTY;
        bound =
            looking.extensions().stream()
                .filter(RestorePlanning.BOUND_EXTENSIONS::contains)
                .toList();
      } catch (EngineException e) {
        if (e.reason() != Reason.INSUFFICIENT_PRIVILEGE) {
          throw e;
        }
      }
    }
    return new Existing(
        found.oid(),
        // A half-made database has not yet what belongs to the place.
        other == null ? reader.properties(database) : other.properties(),
        other == null ? null : new Unfinished(other.request(), other.safetyPoint()),
        content,
        found.bytes(),
        bound,
        attached(reader, database));
  }

  private static Attached attached(TargetReader reader, String database) {
    return new Attached(
        reader.slots(database),
        reader.subscriptions(database),
        reader.preparedTransactions(database));
  }

  /**
   * The prepared transactions of the target that there are now.
   *
   * @param planned what was attached when the restore was decided: hours may lie between
   * @throws EngineException ACKNOWLEDGEMENT_NEEDED if one came since, which nobody accepted to lose
   */
  List<String> acceptedPrepared(Task.Restore task, Attached planned) {
    try (var open = open()) {
      var now = attached(new TargetReader(open.session()), task.database());
      if (!planned.prepared().containsAll(now.prepared())) {
        RestorePlanning.unacknowledged(task, now)
            .ifPresent(
                failure -> {
                  throw new EngineException(failure);
                });
      }
      return now.prepared();
    }
  }

  /** Those that were accepted and no others: with them no database can be renamed. */
  void rollBackPrepared(Task.Restore task, Attached planned) {
    var prepared = acceptedPrepared(task, planned);
    if (!prepared.isEmpty()) {
      try (var inside = open(task.database())) {
        DroppedDatabase.rollBack(inside.session(), prepared);
      }
    }
  }
}
