package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.plan.StableHash;
import dev.salvor.plan.restore.RestoreDecision.Method;
import dev.salvor.plan.restore.TargetState.Attached;
import dev.salvor.plan.restore.TargetState.Content;
import dev.salvor.plan.restore.TargetState.Leftover;
import dev.salvor.plan.restore.TargetState.Unfinished;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a restore would do to a server, or why it must not: decided from what was seen, before
 * anything is touched, and shown by a dry run as it is carried out.
 */
public final class RestorePlanning {
  /** Workers of these hold on to a database by its name (SAFETY 13). */
  public static final Set<String> BOUND_EXTENSIONS =
      Set.of("pg_cron", "pg_net", "timescaledb", "pg_partman_bgw", "pglogical", "citus");

  private static final String EARLIER =
      "an earlier attempt kept what was there then as recovery point ";
  private static final String NOTHING = "no safety point, as acknowledged: ";
  private static final int VERSIONS_PER_MAJOR = 10_000;
  private static final int TOKEN_LENGTH = 8;

  private final Task.Restore task;
  private final Point point;
  private final TargetState state;
  private final Instant now;

  /**
   * The part of a recovery point that is restored.
   *
   * @param serverVersion of the source
   * @param users services that know the database by its name, beside workers of its extensions
   * @param roles that will be made
   * @param leftOut what the selection, the roles and the source itself leave behind
   */
  public record Point(
      String id,
      int serverVersion,
      DatabaseFacts facts,
      long sizeBytes,
      List<String> users,
      List<String> roles,
      List<String> leftOut) {
    public Point {
      users = List.copyOf(users);
      roles = List.copyOf(roles);
      leftOut = List.copyOf(leftOut);
    }
  }

  private RestorePlanning(Task.Restore task, Point point, TargetState state, Instant now) {
    this.task = task;
    this.point = point;
    this.state = state;
    this.now = now;
  }

  /** Decides. */
  public static RestoreDecision decide(
      Task.Restore task, Point point, TargetState state, Instant now) {
    return new RestorePlanning(task, point, state, now).decide();
  }

  /**
   * Whether a kept database may take its place again.
   *
   * @param kept its name
   * @param there whether it is
   * @return the steps
   */
  public static RestoreDecision decideUndo(
      Task.Restore task, String kept, Presence there, TargetState state, Instant now) {
    var names = new RestoreNames(task.database(), task.requestUid());
    if (state.keptByRequest() != null && there == Presence.GONE) {
      return new RestoreDecision.AlreadyDone(state.keptByRequest(), null);
    }
    return Stream.of(
            Expiry.of(task.notAfter(), now),
            unusable(kept, there),
            state.existing() != null && task.existing() == Task.Existing.REFUSE
                ? Optional.of(
                    Reason.TARGET_EXISTS.failure("Database " + task.database() + " exists."))
                : Optional.<Failure>empty(),
            unfinished(task, state),
            unacknowledged(task, state.attached()))
        .flatMap(Optional::stream)
        .findFirst()
        .<RestoreDecision>map(RestoreDecision.Refused::new)
        .orElseGet(
            () ->
                new RestoreDecision.CarriedOut(
                    state.existing() == null ? Method.CREATE : Method.RENAME,
                    List.of(
                        "end all sessions of " + task.database(),
                        state.existing() == null
                            ? "rename " + kept + " to " + task.database()
                            : "rename "
                                + task.database()
                                + " to "
                                + names.kept()
                                + " and "
                                + kept
                                + " to "
                                + task.database()
                                + ", at once"),
                    List.of()));
  }

  /** Whether a database is there. */
  public enum Presence {
    THERE,
    GONE
  }

  private static Optional<Failure> unusable(String kept, Presence there) {
    if (RestoreNames.until(kept).isEmpty()) {
      return Optional.of(
          Reason.INVALID_SPEC.failure(kept + " is no database that a restore kept."));
    }
    return there == Presence.THERE
        ? Optional.empty()
        : Optional.of(
            Reason.NO_MATCHING_RECOVERY_POINT.failure(
                "The kept database " + kept + " is not there any more."));
  }

  private RestoreDecision decide() {
    if (isDone()) {
      return new RestoreDecision.AlreadyDone(state.keptByRequest(), state.keptInPoint());
    }
    var method = method();
    return Stream.concat(Expiry.of(task.notAfter(), now).stream(), obstacles(method))
        .findFirst()
        .<RestoreDecision>map(RestoreDecision.Refused::new)
        .orElseGet(() -> new RestoreDecision.CarriedOut(method, steps(method), leftOut()));
  }

  /** All that stands in the way, but for its time. */
  public static List<Failure> obstacles(Task.Restore task, Point point, TargetState state) {
    var planning = new RestorePlanning(task, point, state, Instant.MIN);
    return planning.isDone() ? List.of() : planning.obstacles(planning.method()).toList();
  }

  private Stream<Failure> obstacles(Method method) {
    return Stream.of(
            misfit(),
            occupied(),
            unfinished(task, state),
            unrenamable(method),
            unacknowledged(method))
        .flatMap(Optional::stream);
  }

  /** One that was dropped is in a point, and what has its name bears no marker: it is whole. */
  private boolean isDone() {
    var existing = state.existing();
    return existing != null
        && state.leftover() == Leftover.NONE
        && (state.keptByRequest() != null
            || (state.keptInPoint() != null
                && existing.unfinished() == null
                && existing.content() != Content.EMPTY));
  }

  private Method method() {
    if (state.existing() == null) {
      return switch (state.leftover()) {
        case HALF_RESTORED, SIDE_OF_DROPPED -> Method.CREATE_IN_PLACE;
        case NONE, SIDE_DATABASE ->
            boundInPoint().isEmpty() ? Method.CREATE : Method.CREATE_IN_PLACE;
      };
    }
    return task.strategy() == RestoreStrategy.RECREATE ? Method.RECREATE : Method.RENAME;
  }

  private Set<String> boundInPoint() {
    var bound = new TreeSet<String>();
    point.facts().extensions().stream()
        .map(DatabaseFacts.Extension::name)
        .filter(BOUND_EXTENSIONS::contains)
        .forEach(bound::add);
    return bound;
  }

  /** The server cannot hold it. */
  private Optional<Failure> misfit() {
    var major = state.serverVersion() / VERSIONS_PER_MAJOR;
    var source = point.serverVersion() / VERSIONS_PER_MAJOR;
    if (major < source) {
      return Optional.of(
          Reason.RESTORE_FAILED.failure(
              "The server is PostgreSQL "
                  + major
                  + ", older than the source's "
                  + source
                  + ": it cannot hold this database. Nothing was touched."));
    }
    var missing = new TreeSet<String>();
    point.facts().extensions().stream()
        .map(DatabaseFacts.Extension::name)
        .filter(name -> !state.extensions().contains(name))
        .forEach(missing::add);
    if (!missing.isEmpty() && task.select() == null) {
      return Optional.of(
          Reason.EXTENSION_UNAVAILABLE.failure(
              "The server lacks extensions "
                  + String.join(", ", missing)
                  + ". Nothing was touched."));
    }
    return Optional.empty();
  }

  /** Something is there that the request does not say to replace. */
  private Optional<Failure> occupied() {
    var existing = state.existing();
    if (existing == null || existing.content() == Content.EMPTY) {
      return Optional.empty();
    }
    if (task.existing() == Task.Existing.REFUSE) {
      return Optional.of(
          Reason.TARGET_EXISTS.failure(
              "Database "
                  + task.database()
                  + " exists and "
                  + (existing.content() == Content.UNKNOWN ? "lets nobody in." : "is not empty.")));
    }
    if (task.select() != null) {
      return needs(
          task,
          "part-replaces-whole",
          "What is selected would replace the whole of database " + task.database() + ".",
          List.of(task.database()));
    }
    return Optional.empty();
  }

  private Optional<Failure> unrenamable(Method method) {
    if (method != Method.RENAME) {
      return Optional.empty();
    }
    var bound = new TreeSet<>(boundInPoint());
    bound.addAll(point.users());
    var existing = state.existing();
    if (existing != null) {
      bound.addAll(existing.bound());
    }
    return bound.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Reason.CANNOT_RENAME.failure(
                "Workers of "
                    + String.join(", ", bound)
                    + " know database "
                    + task.database()
                    + " by its name. Nothing was touched."));
  }

  /** Another request's attempt may still go on, and what it replaced is not here. */
  private static Optional<Failure> unfinished(Task.Restore task, TargetState state) {
    var unfinished = state.existing() == null ? null : state.existing().unfinished();
    return unfinished == null
        ? Optional.empty()
        : needs(
            task,
            "unfinished",
            "Database "
                + task.database()
                + " is being restored by "
                + by(unfinished)
                + ", or was left half-made by it."
                + before(unfinished)
                + " Wait for it, or accept that what it made is replaced.",
            List.of(task.database(), unfinished.request()));
  }

  private static String by(Unfinished unfinished) {
    return unfinished.request().isEmpty()
        ? "another request"
        : "another request, " + unfinished.request();
  }

  private static String before(Unfinished unfinished) {
    if (unfinished.request().isEmpty()) {
      return " The comment that says which, and what was kept, was altered.";
    }
    return unfinished.safetyPoint() == null
        ? " What was there before it was not kept."
        : " What was there before it is recovery point " + unfinished.safetyPoint() + ".";
  }

  /** What goes on outside of the database and would break. */
  private Optional<Failure> unacknowledged(Method method) {
    return switch (method) {
      case CREATE, CREATE_IN_PLACE -> Optional.empty();
      case RENAME, RECREATE -> unacknowledged(task, state.attached());
    };
  }

  /** Asked again right before the change: hours may lie between. Empty: all of it is accepted. */
  public static Optional<Failure> unacknowledged(Task.Restore task, Attached attached) {
    var texts = attached.texts();
    return texts.isEmpty()
        ? Optional.empty()
        : needs(
            task,
            "detach",
            "To database "
                + task.database()
                + " are attached: "
                + String.join(", ", texts)
                + ". Slots stay with the old database and make it keep its WAL, subscriptions stop,"
                + " prepared transactions are rolled back.",
            texts);
  }

  /** The token names what was shown: something that is attached later asks anew. */
  private static Optional<Failure> needs(
      Task.Restore task, String kind, String message, List<String> about) {
    var token = kind + "-" + StableHash.of(about.toArray(String[]::new)).letters(TOKEN_LENGTH);
    return task.acknowledge().contains(token)
        ? Optional.empty()
        : Optional.of(
            Reason.ACKNOWLEDGEMENT_NEEDED.failure(
                message + " Nothing was touched. Token: " + token));
  }

  private List<String> steps(Method method) {
    var names = new RestoreNames(task.database(), task.requestUid());
    var steps = new ArrayList<String>();
    if (state.leftover() == Leftover.SIDE_DATABASE && method != Method.RECREATE) {
      steps.add("drop " + names.side() + ", left by an earlier attempt");
    }
    if (!point.roles().isEmpty()) {
      steps.add("make roles " + String.join(", ", point.roles()));
    }
    var database = task.database();
    var unfinished = state.existing() == null ? null : state.existing().unfinished();
    if (unfinished != null) {
      steps.add(
          "replace what "
              + by(unfinished)
              + ", left half-made, with the properties that it noted."
              + before(unfinished));
    }
    switch (method) {
      case CREATE -> {
        steps.add(restoring(names.side()));
        steps.add("rename " + names.side() + " to " + database);
      }
      case CREATE_IN_PLACE -> {
        if (state.leftover() == Leftover.HALF_RESTORED) {
          steps.add("drop " + database + ", left unfinished by an earlier attempt");
        }
        steps.add(restoring(database));
      }
      case RENAME -> {
        steps.add(restoring(names.side()));
        steps.add("end all sessions of " + database);
        steps.add(
            "rename "
                + database
                + " to "
                + names.kept()
                + " and "
                + names.side()
                + " to "
                + database
                + ", at once");
        steps.add("keep the replaced " + names.kept() + ": undo is a rename");
      }
      case RECREATE -> {
        steps.add("read recovery point " + point.id() + " to its end");
        steps.add("let nobody connect to " + database + " and end all its sessions");
        steps.add("take a safety point of " + database);
        steps.add("drop " + database);
        steps.add(restoring(database));
      }
    }
    return steps;
  }

  /**
   * Asks to go on although what would be replaced could not be kept; empty: that is accepted.
   *
   * @param why it could not be kept
   */
  public static Optional<Failure> withoutSafety(Task.Restore task, String why) {
    var token = "without-safety-" + StableHash.of(task.database()).letters(TOKEN_LENGTH);
    return task.acknowledge().contains(token)
        ? Optional.empty()
        : Optional.of(
            Reason.SAFETY_COPY_FAILED.failure(
                "Database "
                    + task.database()
                    + " could not be kept before it would be dropped: "
                    + why
                    + " It was not touched. Token: "
                    + token));
  }

  /** The safety point of an attempt that ended, for people: it may be the only copy. */
  public static String keptEarlier(String point) {
    return EARLIER + point;
  }

  /** Something is written over that no safety point holds, for people. */
  public static String keptNothing(String why) {
    return NOTHING + why;
  }

  /** Whether a warning of an attempt says where what it wrote over is, or that it is lost. */
  public static boolean tellsOfSafety(String warning) {
    return warning.startsWith(EARLIER) || warning.startsWith(NOTHING);
  }

  /**
   * Where the replaced database goes, and for how long. Another attempt finds it by the request's
   * mark, whatever the hour.
   *
   * @param now at which it is replaced: a request may have waited for days
   * @param serverTime the same by the clock of its server: whichever is behind must not shorten it
   */
  public static String kept(Task.Restore task, Instant now, Instant serverTime) {
    var later = serverTime.isAfter(now) ? serverTime : now;
    return new RestoreNames(task.database(), task.requestUid())
        .kept(later.plusSeconds(task.keepReplacedSeconds()));
  }

  private String restoring(String into) {
    return "restore "
        + point.facts().database()
        + " of "
        + point.id()
        + " ("
        + point.sizeBytes()
        + " bytes) into "
        + into
        + ", compare it with its facts";
  }

  private List<String> leftOut() {
    var left = new ArrayList<>(point.leftOut());
    var tablespace = point.facts().properties().tablespace();
    if (!state.tablespaces().contains(tablespace)) {
      left.add("tablespace " + tablespace + ": the server has none of that name");
    }
    point.facts().reach().stream()
        .filter(text -> text.startsWith("subscription "))
        .filter(text -> !left.contains(text))
        .forEach(left::add);
    return left;
  }
}
