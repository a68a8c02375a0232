package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.plan.Obstacles;
import dev.salvor.plan.StableHash;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.SupabaseFacts;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.Task;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a restore of a whole Supabase project would do, or all that stands in its way: decided from
 * what was seen, before anything is touched.
 */
public final class SupabaseRestorePlanning {
  /** Services that refuse to work on a database that is ahead of them, or break it. */
  private static final List<String> MIGRATED =
      List.of("auth.schema_migrations", "storage.migrations");

  /** What their images are called, wherever they come from. */
  private static final List<String> MIGRATING = List.of("gotrue", "storage-api");

  private static final String UNTOUCHED = " Nothing was touched.";

  private static final int TOKEN_LENGTH = 8;
  private static final int NAMED = 5;

  private final Task.RestoreSupabase task;
  private final Manifest point;
  private final Seen seen;

  private SupabaseRestorePlanning(Task.RestoreSupabase task, Manifest point, Seen seen) {
    this.task = task;
    this.point = point;
    this.seen = seen;
  }

  /**
   * What is there.
   *
   * @param databases of the point, as each would be restored
   * @param roles that would be made
   * @param folders places of its files, as each would be
   * @param nested places of which one lies in another, for people
   * @param key of Vault that the server there has
   * @param connected who has sessions in what is replaced, for people
   * @param state of the project's database there; null: there is none
   * @param configuration what is in its folder and in the way, for people
   */
  public record Seen(
      List<Part> databases,
      List<String> roles,
      List<Part> folders,
      List<String> nested,
      KeyThere key,
      List<String> connected,
      @Nullable SupabaseState state,
      List<String> configuration) {
    public Seen {
      databases = List.copyOf(databases);
      roles = List.copyOf(roles);
      folders = List.copyOf(folders);
      nested = List.copyOf(nested);
      connected = List.copyOf(connected);
      configuration = List.copyOf(configuration);
    }
  }

  /**
   * One part.
   *
   * @param place a folder or a bucket; of a database its name
   * @param obstacles that are its own
   * @param leftOut what it will lack, for people
   */
  public record Part(
      String name,
      String place,
      Fate fate,
      long sizeBytes,
      List<Failure> obstacles,
      List<String> leftOut) {
    public Part {
      obstacles = List.copyOf(obstacles);
      leftOut = List.copyOf(leftOut);
    }
  }

  /** What becomes of a part's place. */
  public enum Fate {
    /** Nothing is there, or what an earlier attempt began. */
    MADE,
    /** What is there goes. */
    REPLACED,
    /** An earlier attempt restored it. */
    DONE
  }

  /** The key that the server there reads. */
  public sealed interface KeyThere {
    /** Nobody said where it is, or no database is restored. */
    record Unasked() implements KeyThere {}

    /**
     * It is not where it should be, or is none.
     *
     * @param why for people
     */
    record Unreadable(String why) implements KeyThere {}

    /** It is. */
    record Found(String fingerprint) implements KeyThere {}
  }

  /** Decides. */
  public static ProjectDecision decide(
      Task.RestoreSupabase task, Manifest point, Seen seen, Instant now) {
    return new SupabaseRestorePlanning(task, point, seen).decide(now);
  }

  private ProjectDecision decide(Instant now) {
    var expired = Expiry.of(task.notAfter(), now);
    if (expired.isPresent()) {
      return new ProjectDecision.Refused(expired.get());
    }
    var obstacles =
        Stream.of(
                absent().stream(),
                nested().stream(),
                seen.databases().stream().flatMap(part -> part.obstacles().stream()),
                older().stream(),
                key().stream(),
                connected().stream(),
                seen.folders().stream().flatMap(part -> part.obstacles().stream()),
                configuration().stream())
            .flatMap(failures -> failures)
            .toList();
    return obstacles.isEmpty()
        ? new ProjectDecision.CarriedOut(steps(), leftOut())
        : new ProjectDecision.Refused(Obstacles.together(obstacles));
  }

  /**
   * Parts that a target names and a point does not hold.
   *
   * @return names
   */
  public static List<String> absent(Task.RestoreSupabase task, Manifest point) {
    var held = point.treeParts().stream().map(Manifest.Part::name).toList();
    var target = task.target();
    return Stream.of(
            Stream.of(SupabaseTarget.DATABASE)
                .filter(_ -> target.server() != null && !point.holdsDatabases()),
            Stream.concat(
                    Stream.ofNullable(target.objects()).map(_ -> SupabaseSource.STORAGE),
                    target.trees().stream().map(FileTrees.Tree::name))
                .filter(name -> !held.contains(name)),
            Stream.of(SupabaseTarget.CONFIGURATION)
                .filter(_ -> target.configuration() != null && configured(point).isEmpty()))
        .flatMap(names -> names)
        .toList();
  }

  /** The files of the configuration that a point holds. */
  public static List<SupabaseFacts.Configured> configured(Manifest point) {
    return point.content() instanceof Manifest.Supabase project
        ? project.facts().configuration()
        : List.of();
  }

  /** A safety point holds what there was, and no more. */
  private Optional<Failure> absent() {
    if (point.origin() == Manifest.Origin.SAFETY) {
      return Optional.empty();
    }
    if (!(point.content() instanceof Manifest.Supabase(_, _, _, _, var facts))) {
      return Optional.of(
          Reason.INVALID_SPEC.failure(
              "Recovery point "
                  + point.recoveryPoint()
                  + " is of no Supabase project: its target must be another."));
    }
    if (facts.hosted() != null) {
      return Optional.of(
          Reason.INVALID_SPEC.failure(
              "Recovery point "
                  + point.recoveryPoint()
                  + " is of the hosted project "
                  + facts.hosted().project()
                  + ": its whole is restored to target.supabase.hosted; to a server of your own its"
                  + " database by target.postgres, and its functions by source.files. Nothing was"
                  + " touched."));
    }
    var absent = absent(task, point);
    return absent.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Reason.INVALID_SPEC.failure(
                "Recovery point "
                    + point.recoveryPoint()
                    + " does not hold "
                    + String.join(", ", absent)
                    + ": name the other parts in select.parts. Nothing was touched."));
  }

  private Optional<Failure> nested() {
    return seen.nested().isEmpty()
        ? Optional.empty()
        : Optional.of(
            Reason.INVALID_SPEC.failure(
                String.join("; ", seen.nested())
                    + ": what is mirrored to the one would remove the other. Nothing was"
                    + " touched."));
  }

  /** Services of before a migration do not work on a database that has had it. */
  private Optional<Failure> older() {
    var noted = facts() == null ? null : facts().state();
    var there = seen.state();
    if (noted == null || there == null) {
      return Optional.empty();
    }
    var older = olderServices(there, noted);
    return older.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Reason.TARGET_UNUSABLE.failure(
                "The services there are older than those of the recovery point ("
                    + String.join("; ", older)
                    + "): upgrade the images"
                    + images()
                    + " and start them once before. Nothing was touched."));
  }

  /** Services there that have not had the changes of a point's, for people. */
  static List<String> olderServices(SupabaseState there, SupabaseState noted) {
    return MIGRATED.stream()
        .filter(table -> isOlder(version(there, table), version(noted, table)))
        .map(table -> table + " is at " + version(there, table) + ", not " + version(noted, table))
        .toList();
  }

  /** Which would do: those that the point was taken with, of the services that migrate. */
  private String images() {
    var known = facts() == null ? null : facts().images();
    var taken =
        known == null
            ? ""
            : known.stream()
                .map(ServiceImage::image)
                .filter(image -> MIGRATING.stream().anyMatch(image::contains))
                .collect(Collectors.joining(", "));
    return taken.isEmpty() ? "" : " (the point was taken with " + taken + ")";
  }

  private static @Nullable String version(SupabaseState state, String table) {
    return state.digest(SupabaseState.NEWEST_MIGRATION, table);
  }

  private static boolean isOlder(@Nullable String there, @Nullable String noted) {
    if (there == null || noted == null) {
      return false;
    }
    var areNumbers = there.matches("[0-9]+") && noted.matches("[0-9]+");
    return areNumbers
        ? new BigInteger(there).compareTo(new BigInteger(noted)) < 0
        : there.compareTo(noted) < 0;
  }

  /** PostgreSQL reads it when it starts: one that is swapped under it proves nothing. */
  private Optional<Failure> key() {
    var noted = facts() == null ? null : facts().keyFingerprint();
    if (noted == null || task.target().server() == null) {
      return Optional.empty();
    }
    return switch (seen.key()) {
      case KeyThere.Found(var fingerprint) when fingerprint.equals(noted) -> Optional.empty();
      case KeyThere.Found _ -> otherKey(noted, "is another than that of the recovery point");
      case KeyThere.Unreadable(var why) -> otherKey(noted, "cannot be looked at (" + why + ")");
      case KeyThere.Unasked _ ->
          otherKey(noted, "was not looked at: target.supabase.selfHosted.key does not say where");
    };
  }

  private Optional<Failure> otherKey(String noted, String what) {
    return unlessAccepted(
        "vault-key-",
        List.of(noted),
        Reason.VAULT_KEY_DIFFERS,
        "The key of Vault there "
            + what
            + ": its secrets could not be read. Stop the server, restore the part key to where it"
            + " reads it (source.files: key), start it, and come again; or go on without them."
            + " Nothing was touched.");
  }

  private Optional<Failure> connected() {
    if (seen.connected().isEmpty() || isPlannedWithoutSessions()) {
      return Optional.empty();
    }
    return unlessAccepted(
        "connected-",
        seen.databases().stream().map(Part::name).toList(),
        Reason.ACKNOWLEDGEMENT_NEEDED,
        "Connected are "
            + connections()
            + ": stop all services but the server, or name them as services, and create the request"
            + " anew; or accept that"
            + " their sessions are ended and that they may come back before all is restored."
            + " Nothing was touched.");
  }

  /** A plan stops nobody who is stopped when it is carried out. */
  private boolean isPlannedWithoutSessions() {
    return task.sessionsEnd() && task.effect() != Task.Effect.CARRY_OUT;
  }

  private String connections() {
    return String.join(", ", seen.connected().stream().limit(NAMED).toList())
        + (seen.connected().size() > NAMED ? " and others" : "");
  }

  private Optional<Failure> configuration() {
    return seen.configuration().isEmpty()
        ? Optional.empty()
        : Optional.of(
            Reason.TARGET_NOT_EMPTY.failure(
                "The configuration cannot be written to "
                    + task.target().configuration()
                    + ": "
                    + String.join(", ", seen.configuration().stream().limit(NAMED).toList())
                    + ". It is never written over one that is there: name an empty folder."
                    + " Nothing was touched."));
  }

  /**
   * Asks to go on although what would be replaced could not be kept; empty: that is accepted.
   *
   * @param places that would be lost
   * @param why it could not be kept
   */
  public static Optional<Failure> withoutSafety(
      Task.RestoreSupabase task, List<String> places, String why) {
    return unlessAccepted(
        task.acknowledge(),
        "without-safety-",
        List.of(task.repository().path()),
        Reason.SAFETY_COPY_FAILED,
        String.join(", ", places)
            + " could not be kept before it would be replaced: "
            + why
            + " It was not touched.");
  }

  /**
   * Asks to leave a database as it is that is not what was to be restored, although the one of
   * before is gone; empty: that is accepted.
   */
  public static Optional<Failure> another(Task.Restore task, String database) {
    return unlessAccepted(
        task.acknowledge(),
        "left-as-it-is-",
        List.of(database),
        Reason.ACKNOWLEDGEMENT_NEEDED,
        "Database "
            + database
            + " is another than the one that an earlier attempt kept, and not what the recovery"
            + " point holds: somebody made it, or wrote to it after it was restored. Create the"
            + " request anew to have it replaced; or accept that it is left as it is, beside the"
            + " other parts of the recovery point. Nothing was touched.");
  }

  /**
   * What stands in the way of a project that an earlier attempt has begun to replace.
   *
   * @param safetyPoint what was there before; null: none is known
   */
  public static Failure begun(Failure failure, @Nullable String safetyPoint) {
    return failure
        .reason()
        .failure(
            "An earlier attempt has begun, and the project may be half restored."
                + (safetyPoint == null
                    ? ""
                    : " What was there before is recovery point " + safetyPoint + ".")
                + " "
                + failure.message().replace(UNTOUCHED, ""));
  }

  private Optional<Failure> unlessAccepted(
      String kind, List<String> about, Reason reason, String message) {
    return unlessAccepted(task.acknowledge(), kind, about, reason, message);
  }

  private static Optional<Failure> unlessAccepted(
      List<String> acknowledge, String kind, List<String> about, Reason reason, String message) {
    var token = kind + StableHash.of(about.toArray(String[]::new)).letters(TOKEN_LENGTH);
    return acknowledge.contains(token)
        ? Optional.empty()
        : Optional.of(reason.failure(message + " Token: " + token));
  }

  private @Nullable SupabaseFacts facts() {
    return point.content() instanceof Manifest.Supabase project ? project.facts() : null;
  }

  private List<String> steps() {
    var steps = new ArrayList<String>();
    if (!seen.connected().isEmpty() && isPlannedWithoutSessions()) {
      steps.add(
          "stop services (connected now: "
              + connections()
              + "; whoever still is then stands in the way)");
    }
    var replaced =
        Stream.concat(seen.databases().stream(), seen.folders().stream())
            .filter(part -> part.fate() == Fate.REPLACED)
            .map(Part::place)
            .toList();
    if (!replaced.isEmpty()) {
      steps.add("read all that is restored from the store, to see that it can be had");
      steps.add(
          "end all sessions, let nobody write, and take one safety point of "
              + String.join(", ", replaced));
    }
    if (!seen.roles().isEmpty()) {
      steps.add("make roles " + String.join(", ", seen.roles()));
    }
    seen.databases().forEach(part -> steps.add(ofDatabase(part)));
    seen.folders().forEach(part -> steps.add(ofFolder(part)));
    if (task.target().configuration() != null && !configured(point).isEmpty()) {
      steps.add(
          "write "
              + configured(point).size()
              + " files of the configuration to "
              + task.target().configuration());
    }
    steps.add("compare the project with its facts, and Storage's objects with their bytes");
    return steps;
  }

  private static String ofDatabase(Part part) {
    var restored = "restore database " + part.name() + " (" + part.sizeBytes() + " bytes)";
    var compared = ", compare it with its facts";
    return switch (part.fate()) {
      case MADE -> restored + compared;
      case REPLACED -> "drop database " + part.name() + ", " + restored + compared;
      case DONE -> "leave database " + part.name() + ", which an earlier attempt restored";
    };
  }

  private static String ofFolder(Part part) {
    var restored = "restore " + part.name() + " (" + part.sizeBytes() + " bytes) ";
    return switch (part.fate()) {
      case MADE, DONE -> restored + "into " + part.place();
      case REPLACED -> restored + "over " + part.place() + ", and remove what it does not hold";
    };
  }

  private List<String> leftOut() {
    var left = new ArrayList<String>();
    absent(task, point).forEach(name -> left.add(name + ": not in the point, stays as it is"));
    seen.databases().forEach(part -> left.addAll(part.leftOut()));
    seen.folders().forEach(part -> left.addAll(part.leftOut()));
    var facts = facts();
    if (facts != null && facts.leftOut() != null) {
      facts.leftOut().forEach(text -> left.add("at the backup: " + text));
    }
    var noted = facts() == null ? null : facts().state();
    if (noted != null && seen.state() != null) {
      var secret = noted.digest(SupabaseState.SETTING, SupabaseState.JWT_SECRET);
      if (secret != null
          && !secret.equals(seen.state().digest(SupabaseState.SETTING, SupabaseState.JWT_SECRET))) {
        left.add(
            SupabaseState.JWT_SECRET
                + " stays that of the place: tokens and API keys of the source are invalid there");
      }
    }
    if (task.target().server() != null && facts() != null && facts().keyFingerprint() == null) {
      left.add("the point does not hold the key of Vault: nothing is known of its secrets");
    }
    return left.stream().distinct().toList();
  }
}
