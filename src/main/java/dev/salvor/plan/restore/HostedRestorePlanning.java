package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.plan.Obstacles;
import dev.salvor.plan.StableHash;
import dev.salvor.task.HostedTarget;
import dev.salvor.task.Manifest;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a restore to a project that Supabase hosts would do, or all that stands in its way. Nothing
 * of a project that somebody uses is ever replaced: it must be new, or hold what is to be restored.
 */
public final class HostedRestorePlanning {
  private static final int TOKEN_LENGTH = 8;
  private static final int NAMED = 8;

  private final Task.RestoreHosted task;
  private final Manifest point;
  private final Seen seen;

  private HostedRestorePlanning(Task.RestoreHosted task, Manifest point, Seen seen) {
    this.task = task;
    this.point = point;
    this.seen = seen;
  }

  /**
   * What was seen.
   *
   * @param database null: it is not restored
   * @param storage null: its objects are not restored
   * @param functions null: they are not restored
   * @param configuration null: it is not restored
   */
  public record Seen(
      @Nullable Database database,
      @Nullable Storage storage,
      @Nullable Functions functions,
      @Nullable Configuration configuration) {}

  /**
   * Its database.
   *
   * @param version server_version_num of the server there
   * @param customers what customers have there, for people; empty: it is new
   * @param isDone whether it holds what the point does
   * @param begun whether this very request has restored it, and not all else
   * @param lacking rights that this role has not, for people
   * @param denied tables and sequences of Supabase's that this role may not write
   * @param unavailable extensions that cannot be had there
   * @param unmet what hangs on something that is not there, for people
   * @param atWork whether another restore is at work in it
   * @param state what it has
   * @param roles that will be made
   * @param secrets of Vault that will be written; null: nobody kept what they are
   * @param sizeBytes of the dump
   * @param leftOut for people
   */
  public record Database(
      int version,
      List<String> customers,
      boolean isDone,
      boolean begun,
      List<String> lacking,
      List<String> denied,
      List<String> unavailable,
      List<String> unmet,
      boolean atWork,
      SupabaseState state,
      List<String> roles,
      @Nullable Integer secrets,
      long sizeBytes,
      List<String> leftOut) {
    public Database {
      customers = List.copyOf(customers);
      lacking = List.copyOf(lacking);
      denied = List.copyOf(denied);
      unavailable = List.copyOf(unavailable);
      unmet = List.copyOf(unmet);
      roles = List.copyOf(roles);
      leftOut = List.copyOf(leftOut);
    }
  }

  /**
   * Storage's objects.
   *
   * @param objects that will be there
   * @param without rows of the point so many, of which it has no bytes
   * @param unfit files that rows name and that can be no objects there
   * @param missing buckets that are not there
   * @param others objects that are there and are not the point's
   */
  public record Storage(
      long objects,
      long bytes,
      long without,
      List<String> unfit,
      List<String> missing,
      List<String> others) {
    public Storage {
      unfit = List.copyOf(unfit);
      missing = List.copyOf(missing);
      others = List.copyOf(others);
    }
  }

  /**
   * Edge Functions.
   *
   * @param deployed that will be
   * @param others that are there, of these names, and are others
   * @param leftOut for people
   */
  public record Functions(List<String> deployed, List<String> others, List<String> leftOut) {
    public Functions {
      deployed = List.copyOf(deployed);
      others = List.copyOf(others);
      leftOut = List.copyOf(leftOut);
    }
  }

  /**
   * What the Management API sets.
   *
   * @param changes each with its document and its field, without values
   * @param toEnterAnew that the API shows nobody
   * @param leftOut for people
   */
  public record Configuration(
      List<String> changes, List<String> toEnterAnew, List<String> leftOut) {
    public Configuration {
      changes = List.copyOf(changes);
      toEnterAnew = List.copyOf(toEnterAnew);
      leftOut = List.copyOf(leftOut);
    }
  }

  /** Decides. */
  public static ProjectDecision decide(
      Task.RestoreHosted task, Manifest point, Seen seen, Instant now) {
    return new HostedRestorePlanning(task, point, seen).decide(now);
  }

  /**
   * Why the point has nothing that this target takes, or not all of it; asked before anybody is
   * reached.
   */
  public static Optional<Failure> absent(HostedTarget target, Manifest point) {
    if (!(point.content() instanceof Manifest.Supabase(_, _, _, _, var facts))) {
      return refused(
          "Recovery point "
              + point.recoveryPoint()
              + " is of no Supabase project: its target must be another.");
    }
    if (facts.hosted() != null && facts.hosted().project().equals(target.project())) {
      return refused(
          "Recovery point "
              + point.recoveryPoint()
              + " is of project "
              + target.project()
              + " itself: a restore is to another project, which nobody has used.");
    }
    if (target.storage() != null && !isOf(target.project(), target.storage())) {
      return refused(
          "Storage's endpoint "
              + target.storage().endpoint()
              + " names another project than "
              + target.project()
              + ": correct storage.endpoint of the target, or leave it out.");
    }
    var absent = new ArrayList<String>();
    if (target.server() != null
        && point.databaseParts().stream().noneMatch(part -> part.name().equals("postgres"))) {
      absent.add(SupabaseTarget.DATABASE);
    }
    if (target.storage() != null
        && (facts.storage() == null
            || point.treeParts().stream()
                .noneMatch(part -> part.name().equals(SupabaseSource.STORAGE)))) {
      absent.add(SupabaseSource.STORAGE);
    }
    // Of a project of its owner's the one are files, and the other is an .env: nothing for the API.
    if (facts.hosted() == null) {
      absent.addAll(target.byApi());
    } else if (target.byApi().contains(HostedSupabase.FUNCTIONS)
        && point.treeParts().stream()
            .noneMatch(part -> part.name().equals(HostedSupabase.FUNCTIONS))) {
      absent.add(HostedSupabase.FUNCTIONS);
    }
    return absent.isEmpty()
        ? Optional.empty()
        : refused(
            "Recovery point "
                + point.recoveryPoint()
                + " does not hold "
                + String.join(", ", absent)
                + " of a hosted project: name the other parts in select.parts.");
  }

  private static Optional<Failure> refused(String message) {
    return Optional.of(Reason.INVALID_SPEC.failure(message + " Nothing was touched."));
  }

  private ProjectDecision decide(Instant now) {
    var expired = Expiry.of(task.notAfter(), now);
    if (expired.isPresent()) {
      return new ProjectDecision.Refused(expired.get());
    }
    var obstacles =
        Stream.of(
                Stream.ofNullable(seen.database()).flatMap(this::obstacles),
                Stream.ofNullable(seen.storage()).flatMap(this::obstacles),
                Stream.ofNullable(seen.functions()).flatMap(HostedRestorePlanning::obstacles),
                Stream.ofNullable(seen.configuration()).flatMap(this::obstacles))
            .flatMap(failures -> failures)
            .toList();
    return obstacles.isEmpty()
        ? new ProjectDecision.CarriedOut(steps(), leftOut())
        : new ProjectDecision.Refused(Obstacles.together(obstacles));
  }

  private Stream<Failure> obstacles(Database database) {
    if (database.isDone()) {
      return Stream.empty();
    }
    return Stream.of(
            older(database),
            used(database),
            found(
                database.atWork() ? List.of("salvor-restore") : List.of(),
                Reason.TARGET_UNUSABLE,
                "Another run of Salvor's is at work in this project",
                "wait until it has ended."),
            found(
                database.lacking(),
                Reason.INSUFFICIENT_PRIVILEGE,
                "The role lacks rights",
                "connect as postgres, the role that Supabase gives you."),
            found(
                database.denied(),
                Reason.INSUFFICIENT_PRIVILEGE,
                "The role may not write what the customers have in Supabase's tables",
                "connect as postgres, the role that Supabase gives you."),
            unavailable(database),
            found(
                database.unmet(),
                Reason.TARGET_UNUSABLE,
                "What is to be restored hangs on what the project does not have",
                "enable that there (Database Webhooks, an integration, an extension), or upgrade"
                    + " the project, and come again."))
        .flatMap(Optional::stream);
  }

  private Stream<Failure> obstacles(Storage storage) {
    var database = seen.database();
    return Stream.of(
            found(
                database != null && !database.isDone() ? List.of() : storage.missing(),
                Reason.TARGET_UNUSABLE,
                "Buckets of Storage are not there",
                "restore the database at once or before, or see that its keys are of this"
                    + " project."),
            found(
                storage.others(),
                Reason.TARGET_NOT_EMPTY,
                "There are objects in Storage that the recovery point does not hold",
                "make a new project in the dashboard of Supabase and restore to that."))
        .flatMap(Optional::stream);
  }

  /** Whoever names this machine has a way to it there. */
  private static boolean isOf(String project, StorageEndpoint storage) {
    var host = storage.endpoint().replaceFirst("^https?://", "").replaceFirst("[:/].*", "");
    return List.of(host.split("\\.", -1)).contains(project)
        || host.equals("127.0.0.1")
        || host.equals("localhost");
  }

  private Optional<Failure> used(Database database) {
    return found(
        database.customers(),
        Reason.TARGET_NOT_EMPTY,
        "Project " + task.target().project() + " is in use, and nothing in it is replaced",
        "make a new project in the dashboard of Supabase and restore to that.");
  }

  private static Optional<Failure> found(
      List<String> what, Reason reason, String message, String remedy) {
    return what.isEmpty()
        ? Optional.empty()
        : Optional.of(
            reason.failure(message + " (" + some(what) + "): " + remedy + " Nothing was touched."));
  }

  private Optional<Failure> older(Database database) {
    var source = point.postgres().serverVersion() / 10_000;
    var there = database.version() / 10_000;
    var older = new ArrayList<String>();
    if (there < source) {
      older.add("PostgreSQL is " + there + ", not " + source);
    }
    var noted =
        point.content() instanceof Manifest.Supabase project ? project.facts().state() : null;
    if (noted != null) {
      older.addAll(SupabaseRestorePlanning.olderServices(database.state(), noted));
    }
    return found(
        older,
        Reason.TARGET_UNUSABLE,
        "The project there is older than that of the recovery point",
        "upgrade it in the dashboard of Supabase, or make a new one, and come again.");
  }

  private Optional<Failure> unavailable(Database database) {
    if (database.unavailable().isEmpty()) {
      return Optional.empty();
    }
    var token =
        "without-extensions-"
            + StableHash.of(database.unavailable().toArray(String[]::new)).letters(TOKEN_LENGTH);
    return task.acknowledge().contains(token)
        ? Optional.empty()
        : Optional.of(
            Reason.EXTENSION_UNAVAILABLE.failure(
                "The project cannot have extensions that the source had ("
                    + some(database.unavailable())
                    + "): restore to a project of the version of PostgreSQL that the source had; or"
                    + " go on without them, where nothing needs them. Nothing was touched. Token: "
                    + token));
  }

  private static Stream<Failure> obstacles(Functions functions) {
    return found(
        functions.others(),
        Reason.TARGET_NOT_EMPTY,
        "Edge Functions of these names are there and are others",
        "remove them, or restore without functions (select.parts).")
        .stream();
  }

  /**
   * What is set is not kept anywhere. Only of a project whose database this very request restores,
   * at once or in an attempt before, it is known that nobody relies on what is set there.
   */
  private Stream<Failure> obstacles(Configuration configuration) {
    var database = seen.database();
    var isNew = database != null && (!database.isDone() || database.begun());
    if (isNew || configuration.changes().isEmpty()) {
      return Stream.empty();
    }
    var project = task.target().project();
    var token =
        "overwrite-settings-"
            + StableHash.of(
                    Stream.concat(Stream.of(project), configuration.changes().stream())
                        .toArray(String[]::new))
                .letters(TOKEN_LENGTH);
    return task.acknowledge().contains(token)
        ? Stream.empty()
        : Stream.of(
            Reason.ACKNOWLEDGEMENT_NEEDED.failure(
                "Settings of project "
                    + project
                    + " are others than those of the recovery point ("
                    + some(configuration.changes())
                    + "), somebody may rely on them, and no restore takes them back: go on and set"
                    + " them, or leave the configuration out (select.parts). Nothing was touched."
                    + " Token: "
                    + token));
  }

  private List<String> steps() {
    var steps = new ArrayList<String>();
    var database = seen.database();
    if (database != null && database.isDone()) {
      steps.add("leave the database, which holds what the recovery point does");
    } else if (database != null) {
      steps.add("read the dump from the store, to see that it can be had");
      steps.add(
          "in one transaction: "
              + (database.roles().isEmpty()
                  ? ""
                  : "make roles " + String.join(", ", database.roles()) + ", ")
              + "restore the database ("
              + database.sizeBytes()
              + " bytes)"
              + (database.secrets() == null || database.secrets() == 0
                  ? ""
                  : ", write " + database.secrets() + " secrets of Vault")
              + ", compare it with its facts");
      steps.add("from then on its cron jobs run and its triggers call whom they call");
    }
    var storage = seen.storage();
    if (storage != null) {
      steps.add(
          "put "
              + storage.objects()
              + " objects ("
              + storage.bytes()
              + " bytes) into Storage, and compare them"
              + (database == null ? "" : " and their rows"));
    }
    var functions = seen.functions();
    if (functions != null && !functions.deployed().isEmpty()) {
      steps.add("deploy Edge Functions " + some(functions.deployed()) + ", and compare them");
    }
    var configuration = seen.configuration();
    if (configuration != null && !configuration.changes().isEmpty()) {
      steps.add("set " + some(configuration.changes()));
    }
    return steps;
  }

  /** What a person has to do comes first: a report has little room. */
  private List<String> leftOut() {
    var left = new ArrayList<String>();
    var toEnterAnew = new ArrayList<String>();
    var database = seen.database();
    if (point.content() instanceof Manifest.Supabase project && project.facts().hosted() != null) {
      toEnterAnew.addAll(project.facts().hosted().toEnterAnew());
    }
    var configuration = seen.configuration();
    if (configuration != null) {
      toEnterAnew.addAll(configuration.toEnterAnew());
    }
    if (!toEnterAnew.isEmpty()) {
      left.add("to enter anew: " + String.join(", ", toEnterAnew));
    }
    if (database != null && database.secrets() == null) {
      left.add("secrets of Vault: the point does not hold what they are");
    }
    if (configuration != null) {
      left.addAll(configuration.leftOut());
    }
    Optional.ofNullable(seen.functions()).ifPresent(it -> left.addAll(it.leftOut()));
    var storage = seen.storage();
    if (storage != null && storage.without() > 0) {
      left.add(storage.without() + " objects of Storage, of which the point has no bytes");
    }
    if (storage != null && !storage.unfit().isEmpty()) {
      left.add("objects of Storage that its protocol cannot name: " + some(storage.unfit()));
    }
    if (database != null) {
      left.addAll(database.leftOut());
    }
    return left.stream().distinct().toList();
  }

  private static String some(List<String> names) {
    return String.join(", ", names.stream().limit(NAMED).toList())
        + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
  }
}
