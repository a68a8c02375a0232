package dev.salvor.worker;

import dev.salvor.api.FactsMode;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.engine.supabase.VaultKey;
import dev.salvor.plan.restore.BucketRestorePlanning;
import dev.salvor.plan.restore.BucketState;
import dev.salvor.plan.restore.FileRestorePlanning;
import dev.salvor.plan.restore.FileRestorePlanning.Method;
import dev.salvor.plan.restore.FolderState;
import dev.salvor.plan.restore.ProjectDecision;
import dev.salvor.plan.restore.RestoreDecision;
import dev.salvor.plan.restore.SupabaseRestorePlanning;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Fate;
import dev.salvor.plan.restore.SupabaseRestorePlanning.KeyThere;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Part;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Seen;
import dev.salvor.plan.restore.TargetState;
import dev.salvor.plan.restore.TargetState.Leftover;
import dev.salvor.task.Manifest;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A project of a recovery point, the places that it goes to, and what was decided about them.
 *
 * @param server null: no database is restored
 * @param configuration null: it is not restored
 * @param key of Vault, where it could be read
 */
record PlannedProject(
    Task.RestoreSupabase task,
    RecoverySet set,
    Manifest manifest,
    @Nullable TargetServer server,
    List<Database> databases,
    List<Place> places,
    @Nullable RestoredConfiguration configuration,
    KeyThere key,
    ProjectDecision.CarriedOut decision) {

  /**
   * One of its databases.
   *
   * @param found beside the point's facts, where an earlier attempt has restored it; null: it
   *     differs from them, or is not restored yet
   */
  record Database(
      RestoreSource source,
      PlannedRestore planned,
      Fate fate,
      RestoredDatabase.@Nullable Compared found) {
    String name() {
      return planned.task().database();
    }

    /** Whether an attempt of this request has changed it. */
    private boolean isBegun() {
      var leftover = planned.state().leftover();
      return fate == Fate.DONE
          || planned.state().keptInPoint() != null
          || leftover == Leftover.HALF_RESTORED
          || leftover == Leftover.SIDE_OF_DROPPED;
    }

    /** That the one of before is gone says not who made this one. */
    private List<Failure> another() {
      return found == null
          ? SupabaseRestorePlanning.another(planned.task(), name()).stream().toList()
          : List.of();
    }

    private Part part() {
      return new Part(
          name(),
          name(),
          fate,
          source.sizeBytes(),
          fate == Fate.DONE ? another() : planned.obstacles(),
          planned.made() instanceof RestoreDecision.CarriedOut carriedOut
              ? carriedOut.leftOut()
              : List.of());
    }
  }

  /** One of its file trees, and where it goes to. */
  sealed interface Place permits Folder, Bucket {
    StoredTree tree();

    /** For people. */
    String text();

    Method method();

    /** What is there and may be lost, if only that it is empty. */
    boolean isKept();

    /** Whether an attempt of this request has changed it. */
    boolean isBegun();

    /** What undo is to bring back, as an earlier attempt noted it there; null: none did. */
    @Nullable String safetyPointOfEarlierAttempt();

    /** All that stands in its way. */
    List<Failure> obstacles();

    /** What it will lack, for people. */
    List<String> leftOut();

    default String name() {
      return tree().part().name();
    }

    private Part part() {
      return new Part(
          name(),
          text(),
          method().writesOver() ? Fate.REPLACED : Fate.MADE,
          tree().facts().bytes(),
          obstacles(),
          leftOut());
    }
  }

  /** One that goes to a folder. */
  record Folder(Task.RestoreFiles task, StoredTree tree, TargetFolder target, FolderState state)
      implements Place {
    @Override
    public String text() {
      return target.path().toString();
    }

    @Override
    public Method method() {
      return switch (state.presence()) {
        case MISSING -> Method.CREATE;
        case EMPTY -> Method.FILL;
        // Services may have run since, and written to it.
        case BEGUN, DONE -> Method.GO_ON;
        case FULL, BEGUN_BY_OTHER, MARKED, NO_FOLDER -> Method.REPLACE;
      };
    }

    @Override
    public boolean isKept() {
      return method().writesOver() || state.presence() == FolderState.Presence.EMPTY;
    }

    /** Hours may lie behind the plan: what came to be in an empty folder since is in no point. */
    void refuseIfFilled() {
      if (method() == Method.FILL
          && target.look(_ -> false).presence() != FolderState.Presence.EMPTY) {
        throw filled(text());
      }
    }

    @Override
    public boolean isBegun() {
      return state.presence() == FolderState.Presence.BEGUN
          || state.presence() == FolderState.Presence.DONE;
    }

    @Override
    public @Nullable String safetyPointOfEarlierAttempt() {
      return target.marker().map(FolderMarker::safetyPoint).orElse(null);
    }

    @Override
    public List<Failure> obstacles() {
      return FileRestorePlanning.obstacles(task, state, tree.facts().bytes());
    }

    @Override
    public List<String> leftOut() {
      return List.of();
    }
  }

  /** The one of Storage, where it goes to a bucket. */
  record Bucket(StoredTree tree, TargetBucket target, StorageKeys keys, TargetBucket.Seen seen)
      implements Place {
    @Override
    public String text() {
      return target.text();
    }

    @Override
    public Method method() {
      return seen.state().method();
    }

    @Override
    public boolean isKept() {
      // One that is not there is refused.
      return target.manner() == BucketState.Manner.MIRRORED;
    }

    /** Whether nothing need be looked for there. */
    boolean isEmpty() {
      return isKept() && seen.state().presence() == BucketState.Presence.EMPTY;
    }

    /** Whether it holds what it held when it was looked at. */
    boolean isAsSeen(TargetBucket.Listed now) {
      return TargetBucket.isSame(seen.listing(), now.file());
    }

    /** As a folder's. */
    void refuseIfFilled() {
      try (var bucket = target.open()) {
        if (isEmpty() && target.list(bucket, keys).objects() > 0) {
          throw filled(text());
        }
      }
    }

    @Override
    public boolean isBegun() {
      return seen.state().isBegun();
    }

    @Override
    public @Nullable String safetyPointOfEarlierAttempt() {
      return seen.marker().map(BucketMarker::safetyPoint).orElse(null);
    }

    @Override
    public List<Failure> obstacles() {
      return BucketRestorePlanning.obstacles(target.task(), text(), seen.state());
    }

    @Override
    public List<String> leftOut() {
      return BucketRestorePlanning.leftOut(text(), seen.state());
    }
  }

  private static EngineException filled(String place) {
    return new EngineException(
        Reason.RESTORE_FAILED,
        place + " is not empty any more: what came to be there is left as it is.");
  }

  /**
   * Looks at all of it, and decides; touches nothing.
   *
   * @throws EngineException what stands in the way, all of it together
   */
  static PlannedProject of(
      WorkerContext context,
      RecoveryPoints points,
      Task.RestoreSupabase task,
      OtherSessions.Manner sessions) {
    var set = points.require(task.point());
    var manifest = points.manifest(set);
    var absent = SupabaseRestorePlanning.absent(task, manifest);
    var names =
        manifest.databaseParts().stream()
            .map(Manifest.Part::name)
            .sorted(Comparator.comparing(SupabaseSource.DATABASE::equals))
            .toList();
    var reference = task.target().server();
    var server =
        reference == null || names.isEmpty()
            ? null
            : TargetServer.meet(
                context,
                reference,
                Stream.concat(names.stream(), Stream.of(SupabaseSource.DATABASE))
                    .collect(Collectors.toSet()));
    var databases = new ArrayList<Database>();
    if (server != null) {
      if (sessions == OtherSessions.Manner.AWAIT_END) {
        new OtherSessions(server).awaitEnd(names);
      }
      names.forEach(name -> databases.add(database(context, points, task.database(name), server)));
    }
    var folders =
        task.target().trees().stream()
            .filter(tree -> !absent.contains(tree.name()))
            .map(tree -> folder(context, points, task.files(tree)))
            .toList();
    var places =
        Stream.concat(
                Stream.ofNullable(task.target().objects())
                    .filter(_ -> !absent.contains(SupabaseSource.STORAGE))
                    .map(target -> objects(new TargetBucket(context, task, target), points)),
                folders.stream())
            .toList();
    var configured = SupabaseRestorePlanning.configured(manifest);
    var folder = task.target().configuration();
    var configuration =
        folder == null || configured.isEmpty()
            ? null
            : new RestoredConfiguration(Path.of(folder), configured);
    var key = key(task.target().key());
    var seen =
        new Seen(
            databases.stream().map(Database::part).toList(),
            databases.stream()
                .filter(database -> database.fate() != Fate.DONE)
                .flatMap(database -> database.planned().point().roles().stream())
                .distinct()
                .toList(),
            places.stream().map(Place::part).toList(),
            nested(task, folders),
            key,
            server == null || sessions == OtherSessions.Manner.LATER
                ? List.of()
                : connected(server, databases),
            server == null ? null : state(server, databases),
            configuration == null ? List.of() : configuration.obstacles());
    var isBegun = isBegun(databases, places);
    // Half a project is worse than a late one.
    var now = isBegun ? Instant.MIN : context.clock().instant();
    return switch (SupabaseRestorePlanning.decide(task, manifest, seen, now)) {
      case ProjectDecision.Refused(var failure) when isBegun ->
          throw begun(context, FirstSafetyPoint.of(databases, places, points), failure);
      case ProjectDecision.Refused(var failure) -> throw new EngineException(failure);
      case ProjectDecision.CarriedOut carriedOut ->
          new PlannedProject(
              task, set, manifest, server, databases, places, configuration, key, carriedOut);
    };
  }

  private static EngineException begun(
      WorkerContext context, @Nullable String first, Failure failure) {
    context.warnings().writesOver(first);
    return new EngineException(SupabaseRestorePlanning.begun(failure, first));
  }

  private static Database database(
      WorkerContext context, RecoveryPoints points, Task.Restore task, TargetServer server) {
    var source = RestoreSource.find(context, points, (Task.FromPoint) task.from(), null);
    var planned =
        PlannedRestore.of(
            task,
            source,
            points,
            server,
            PlannedRestore.Roles.OF_PROJECT,
            context.clock().instant());
    var restored = new RestoredDatabase(context, server, source, planned.properties());
    var isDropped = planned.made() instanceof RestoreDecision.AlreadyDone;
    var found =
        (isDropped || source.factsMode() == FactsMode.FULL) && mayBeRestored(context, planned)
            ? restored.compareFound(task.database())
            : Optional.<RestoredDatabase.Compared>empty();
    var isDone = isDropped || found.filter(restored::isWhole).isPresent();
    var fate = isDone ? Fate.DONE : planned.state().existing() == null ? Fate.MADE : Fate.REPLACED;
    return new Database(source, planned, fate, isDone ? found.orElse(null) : null);
  }

  /**
   * One that was not there before, and is in no safety point: an earlier attempt made it if it is
   * what the point holds, content and all. Where it is by chance, nothing is lost either.
   */
  private static boolean mayBeRestored(WorkerContext context, PlannedRestore planned) {
    var existing = planned.state().existing();
    return context.header().attempt() > 1
        && existing != null
        && existing.unfinished() == null
        && existing.content() == TargetState.Content.SOME;
  }

  private static Folder folder(
      WorkerContext context, RecoveryPoints points, Task.RestoreFiles task) {
    var tree = StoredTree.find(context, points, task.point(), task.tree());
    var target = new TargetFolder(task);
    var restore = new FolderRestore(context, task, target);
    return new Folder(task, tree, target, target.look(path -> restore.isDone(tree, path)));
  }

  private static Place objects(TargetBucket target, RecoveryPoints points) {
    var whole =
        StoredTree.find(target.context(), points, target.task().point(), SupabaseSource.STORAGE);
    var keys = target.keys(whole.manifest());
    var only = target.target().only();
    var tree = only.isEmpty() ? whole : whole.only(new ChosenObjects(keys, only));
    return new Bucket(tree, target, keys, target.look(tree, keys));
  }

  private static KeyThere key(@Nullable String folder) {
    if (folder == null) {
      return new KeyThere.Unasked();
    }
    try {
      return new KeyThere.Found(VaultKey.read(Path.of(folder)).fingerprint());
    } catch (EngineException e) {
      return new KeyThere.Unreadable(e.failure().message());
    }
  }

  /** A mirror removes what it does not know. */
  private static List<String> nested(Task.RestoreSupabase task, List<Folder> folders) {
    var places = new LinkedHashMap<String, Path>();
    folders.forEach(folder -> places.put(folder.name(), real(folder.target().path())));
    Optional.ofNullable(task.target().key())
        .ifPresent(key -> places.put(SupabaseSource.KEY, real(Path.of(key))));
    Optional.ofNullable(task.target().configuration())
        .ifPresent(folder -> places.put("configuration", real(Path.of(folder))));
    var nested = new ArrayList<String>();
    for (var folder : folders) {
      places.forEach(
          (name, place) -> {
            if (!name.equals(folder.name()) && place.startsWith(real(folder.target().path()))) {
              nested.add("the place of " + name + " is, or lies in, that of " + folder.name());
            }
          });
    }
    return nested;
  }

  private static Path real(Path path) {
    try {
      return Files.exists(path)
          ? path.toRealPath()
          : Objects.requireNonNull(path.getParent()).toRealPath().resolve(path.getFileName());
    } catch (IOException e) {
      return path;
    }
  }

  private static List<String> connected(TargetServer server, List<Database> databases) {
    return new OtherSessions(server)
        .in(
            databases.stream()
                .filter(database -> database.fate() != Fate.DONE)
                .map(Database::name)
                .toList());
  }

  /** Of the project that is there, if there is one and it is whole. */
  private static @Nullable SupabaseState state(TargetServer server, List<Database> databases) {
    var isThere =
        databases.stream()
            .filter(database -> database.name().equals(SupabaseSource.DATABASE))
            .filter(database -> database.fate() == Fate.REPLACED)
            .flatMap(database -> Stream.ofNullable(database.planned().state().existing()))
            .anyMatch(
                existing ->
                    existing.unfinished() == null
                        && existing.content() != TargetState.Content.UNKNOWN);
    if (!isThere) {
      return null;
    }
    try (var open = server.open(SupabaseSource.DATABASE)) {
      return StateReader.read(open.session());
    }
  }

  /** Storage's, where they go to a bucket. */
  Optional<Bucket> bucket() {
    return places.stream().filter(Bucket.class::isInstance).map(Bucket.class::cast).findFirst();
  }

  boolean replacesSomething() {
    return replaces(Method::writesOver);
  }

  /** Whether something goes that no earlier attempt of this request began. */
  boolean replacesWhatWasThere() {
    return replaces(Method.REPLACE::equals);
  }

  private boolean replaces(Predicate<Method> asked) {
    return databases.stream().anyMatch(database -> database.fate() == Fate.REPLACED)
        || places.stream().map(Place::method).anyMatch(asked);
  }

  /** Whether an attempt of this request has changed something. */
  boolean isBegun() {
    return isBegun(databases, places);
  }

  private static boolean isBegun(List<Database> databases, List<Place> places) {
    return databases.stream().anyMatch(Database::isBegun)
        || places.stream().anyMatch(Place::isBegun);
  }

  long sizeBytes() {
    return databases.stream().mapToLong(database -> database.source().sizeBytes()).sum()
        + places.stream().mapToLong(place -> place.tree().facts().bytes()).sum();
  }

  /**
   * Reads all that is to be restored to its end: nothing is given up for what cannot be had.
   *
   * @throws EngineException STORE_DAMAGED, CORRUPT_RECOVERY_POINT
   */
  void requireReadable(RecoveryPoints points) {
    for (var database : databases) {
      if (database.fate() != Fate.DONE) {
        database.source().parse(database.planned().server().connection().major());
      }
    }
    places.forEach(place -> place.tree().requireReadable(List.of()));
    if (configuration != null && manifest.content() instanceof Manifest.Supabase project) {
      points.requireConfiguration(set, project.facts());
    }
  }
}
