package dev.salvor.worker;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.Failure;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.proof.FileScope;
import dev.salvor.plan.restore.SupabaseRestorePlanning;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Fate;
import dev.salvor.plan.restore.SupabaseRestorePlanning.KeyThere;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.PointReference;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.TaskResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps all that a restore of a project is about to replace as one recovery point. Nobody writes to
 * any of its databases from before the point until each of them goes.
 */
final class ProjectSafety implements AutoCloseable {
  private final WorkerContext context;
  private final PlannedProject project;
  private final Map<String, SafetyCopy> copies = new LinkedHashMap<>();

  /** Null: not taken yet, or losing what goes was acknowledged. */
  private @Nullable String point;

  private ProjectSafety(WorkerContext context, PlannedProject project) {
    this.context = context;
    this.project = project;
  }

  /**
   * Stops the writers of what is replaced, until it is closed.
   *
   * @throws EngineException DDL_IN_PROGRESS if they cannot be kept out
   */
  static ProjectSafety stopWriters(WorkerContext context, PlannedProject project) {
    var safety = new ProjectSafety(context, project);
    try {
      for (var database : project.databases()) {
        if (database.fate() == Fate.REPLACED) {
          var planned = database.planned();
          safety.copies.put(
              database.name(), SafetyCopy.stopWriters(context, planned.task(), planned.server()));
        }
      }
      return safety;
    } catch (RuntimeException e) {
      safety.close();
      throw e;
    }
  }

  /**
   * Takes the point.
   *
   * @return its id; null: it could not be taken, and that was acknowledged
   * @throws EngineException SAFETY_COPY_FAILED naming the token
   */
  @Nullable String take(SafetyRepository repository) {
    if (!repository.writable()) {
      return null;
    }
    try {
      point = complete(take(repository.points(), all(trees())));
      return point;
    } catch (EngineException e) {
      SafetyRepository.accept(context, this::without, e.failure().message(), e);
      return null;
    }
  }

  /**
   * Hours may lie between the point and a folder's turn, and nobody is kept from writing: where it
   * is not as the point has it, it is kept once more.
   *
   * @throws EngineException SAFETY_COPY_FAILED naming the token
   */
  void keepWhatCame(RecoveryPoints points, PlannedProject.Folder folder) {
    if (point == null || !folder.isKept()) {
      return;
    }
    var path = folder.target().path();
    var apart = context.apart();
    try {
      points.refresh();
      var kept = StoredTree.find(apart, points, new PointReference(point, null), folder.name());
      if (kept.compare(path, FileScope.whole(FilesProof.privilege())).differsInRootAtMost()) {
        return;
      }
      var came = complete(takeFiles(apart, points, all(List.of(tree(folder)))));
      context
          .warnings()
          .addFirst(
              path
                  + " was written to since its safety point: as it was at its turn it is recovery"
                  + " point "
                  + came);
    } catch (EngineException e) {
      SafetyRepository.accept(
          context,
          why ->
              SupabaseRestorePlanning.withoutSafety(
                  project.task(), List.of(String.valueOf(path)), why),
          "it was written to since its safety point. " + e.failure().message(),
          e);
    }
  }

  /** Its id. */
  private static String complete(TaskResult.BackedUp made) {
    if (!made.complete()) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP, "the point " + made.recoveryPoint() + " is not complete.");
    }
    return made.recoveryPoint();
  }

  private static FileTrees all(List<FileTrees.Tree> trees) {
    return new FileTrees(trees, List.of(), List.of(), null, true);
  }

  private static FileTrees.Tree tree(PlannedProject.Folder folder) {
    return new FileTrees.Tree(folder.name(), folder.target().path().toString());
  }

  private TaskResult.BackedUp takeFiles(
      WorkerContext into, RecoveryPoints points, FileTrees trees) {
    var owner = project.task().repository().owner();
    try (var look = FirstLook.begin(into, trees)) {
      return new FilesPointTaker(into, points, owner, trees, null, Manifest.Origin.SAFETY, null)
          .take(look);
    }
  }

  private TaskResult.BackedUp take(RecoveryPoints points, FileTrees trees) {
    if (copies.isEmpty()) {
      return takeFiles(context, points, trees);
    }
    var owner = project.task().repository().owner();
    var origin = Manifest.Origin.SAFETY;
    var dump = dump();
    try (var look = ServerLook.begin(context, dump)) {
      return trees.trees().isEmpty()
          ? new PostgresPointTaker(context, points, owner, dump, null, origin).take(look)
          : new SupabasePointTaker(
                  context,
                  points,
                  owner,
                  new SupabaseProject(dump, trees, null, List.of(), null, 0),
                  null,
                  origin,
                  List.of(),
                  null)
              .take(look);
    }
  }

  private PostgresDump dump() {
    var asked = Objects.requireNonNull(project.task().target().server());
    return new PostgresDump(
        Objects.requireNonNull(project.server()).reference(asked),
        new PostgresSource.Databases(List.copyOf(copies.keySet()), null),
        GlobalsMode.INCLUDE,
        DumpFormat.STREAM,
        null,
        null,
        new FactsRequest(FactsMode.COUNTS, null, null),
        true);
  }

  /** All that is there, whatever a policy leaves out; with the key, which alone opens secrets. */
  private List<FileTrees.Tree> trees() {
    var trees = new ArrayList<FileTrees.Tree>();
    project.folders().stream()
        .filter(PlannedProject.Folder::isKept)
        .map(ProjectSafety::tree)
        .forEach(trees::add);
    if (!copies.isEmpty() && project.key() instanceof KeyThere.Found) {
      trees.add(
          new FileTrees.Tree(
              SupabaseSource.KEY, Objects.requireNonNull(project.task().target().key())));
    }
    return trees;
  }

  private Optional<Failure> without(String why) {
    return SupabaseRestorePlanning.withoutSafety(
        project.task(),
        Stream.concat(
                copies.keySet().stream(),
                project.folders().stream()
                    .filter(PlannedProject.Folder::isKept)
                    .map(folder -> folder.target().path().toString()))
            .toList(),
        why);
  }

  /**
   * Nobody gets into a database from now on; nobody wrote to it since the point, nor made anything
   * in it.
   *
   * @throws EngineException RESTORE_FAILED
   */
  void close(String database) {
    var copy = Objects.requireNonNull(copies.get(database));
    InPlaceRestore.close(Objects.requireNonNull(project.server()), database, copy::refuseWhatCame);
  }

  @Override
  public void close() {
    copies.values().forEach(SafetyCopy::close);
  }
}
