package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.restic.StoredTrees;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.RootAttributes;
import dev.salvor.plan.FileContent;
import dev.salvor.plan.StableHash;
import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.Step;
import dev.salvor.task.TaskResult;
import dev.salvor.task.TreeFacts;
import dev.salvor.worker.FirstLook.Noted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes one recovery point of file trees: a look at all of them, one call of the engine for their
 * bytes, a second look, the manifest. What changed between the looks is known to have changed (ADR
 * 12).
 */
final class FilesPointTaker {
  private static final int FORMAT = 1;

  /** Letters of a lineage: enough to tell one folder of a policy from another. */
  private static final int LINEAGE_LENGTH = 16;

  /** Most entries that a warning names. */
  private static final int NAMED = 3;

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final Owner owner;
  private final FileTrees source;
  private final @Nullable Baseline baseline;
  private final Manifest.Origin origin;

  /**
   * For one point.
   *
   * @param baseline the last complete point; null: none, or nothing is to be compared
   */
  FilesPointTaker(
      WorkerContext context,
      RecoveryPoints points,
      Owner owner,
      FileTrees source,
      @Nullable Baseline baseline,
      Manifest.Origin origin) {
    this.context = context;
    this.points = points;
    this.owner = owner;
    this.source = source;
    this.baseline = baseline;
    this.origin = origin;
  }

  /** A tree at its second look. */
  private record Settled(TreeFacts facts, FileTree.Look look) {}

  /**
   * Takes it. Where entries cannot be read, all others are stored, and the point is not complete.
   *
   * @param look that was begun at the same trees
   * @throws EngineException SOURCE_MISSING, EMPTY_SOURCE; whatever concerns the repository. No
   *     manifest is there then.
   */
  TaskResult.BackedUp take(FirstLook look) {
    context.progress().step(Step.PREFLIGHT);
    look.roots().forEach(this::refuseStoreBelow);
    var roots = look.roots();
    var lineage = lineage(roots);
    warnOfAnother(lineage, roots);
    context.progress().step(Step.NOTE);
    var noted = look.await();
    noted.forEach(this::refuseWithoutFiles);
    if (origin != Manifest.Origin.SAFETY) {
      roots.forEach(FilesPointTaker::refuseUnfinished);
    }
    refuseEmpty(extent(noted.stream().map(Noted::look).toList()), lineage);
    var point = points.newId();
    var stored = store(point, roots, look.excludes(), noted);
    // All parts are there: what is listed now has their trees.
    points.listAhead();
    context.progress().step(Step.SETTLE);
    var folder = folder("manifest");
    var settled = noted.stream().map(each -> settle(each, folder)).toList();
    refuseTornSafetyPoint(settled);
    if (origin != Manifest.Origin.SAFETY) {
      // A restore may have begun meanwhile: nothing of one repository keeps it from that.
      roots.forEach(FilesPointTaker::refuseUnfinished);
    }
    return commit(point, look.times(), lineage, stored, settled, noted, folder);
  }

  private void refuseStoreBelow(Path root) {
    try {
      var store = points.storeFolder();
      if (store.isPresent() && store.get().toRealPath().startsWith(root)) {
        throw new EngineException(
            Reason.INVALID_SPEC,
            "the store lies in " + root + ": each backup would hold all backups before it.");
      }
    } catch (IOException e) {
      throw new EngineException(Reason.STORE_UNREACHABLE, "the store cannot be looked at", e);
    }
  }

  /** What is half restored is no backup of anything. */
  private static void refuseUnfinished(Path root) {
    if (FolderMarker.read(root).isPresent()) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP,
          "a restore to "
              + root
              + " is under way or was left unfinished (.salvor-restore.json in it says which): end"
              + " it, or remove that file.");
    }
  }

  /** What is about to be written over must be kept as it is. */
  private void refuseTornSafetyPoint(List<Settled> settled) {
    var unsteady = settled.stream().mapToLong(each -> each.look().unsteady()).sum();
    if (origin == Manifest.Origin.SAFETY && unsteady > 0) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP, unsteady + " entries changed while they were kept.");
    }
  }

  /**
   * As before where no tree of the last complete point is missing: one that is new loses nothing.
   * Else one that no point has had: fewer trees may be what there was once.
   */
  private String lineage(List<Path> roots) {
    var identity = new ArrayList<>(roots.stream().map(Path::toString).toList());
    var before = lastBackup();
    if (before.isPresent()) {
      if (identity.containsAll(pathsOf(before.get()))) {
        return before.get().lineage();
      }
      identity.add(before.get().id());
    }
    return "files-" + StableHash.of(identity.toArray(String[]::new)).letters(LINEAGE_LENGTH);
  }

  private Optional<RecoverySet> lastBackup() {
    return points.sets().stream()
        .filter(set -> set.complete() && set.origin() != Manifest.Origin.SAFETY)
        .max(Comparator.comparing(RecoverySet::time));
  }

  private static List<String> pathsOf(RecoverySet set) {
    return set.parts().stream().flatMap(part -> part.paths().stream()).distinct().toList();
  }

  private void warnOfAnother(String lineage, List<Path> roots) {
    if (baseline != null && !baseline.lineage().equals(lineage)) {
      var missing = new ArrayList<>(lastBackup().map(FilesPointTaker::pathsOf).orElse(List.of()));
      missing.removeAll(roots.stream().map(Path::toString).toList());
      context
          .warnings()
          .add("SourceChanged: " + baseline.recoveryPoint() + " was taken of " + some(missing));
    }
  }

  /** A volume that was made anew under its old name. */
  private void refuseWithoutFiles(Noted noted) {
    if (!source.allowEmpty() && noted.look().files() == 0) {
      throw new EngineException(Reason.EMPTY_SOURCE, noted.root() + " holds no files");
    }
  }

  private static Extent.Files extent(List<FileTree.Look> looks) {
    return new Extent.Files(
        looks.stream().mapToLong(FileTree.Look::files).sum(),
        looks.stream().mapToLong(FileTree.Look::bytes).sum());
  }

  private void refuseEmpty(Extent.Files extent, String lineage) {
    if (source.allowEmpty()) {
      return;
    }
    // Of another folder it says nothing.
    var before = baseline != null && baseline.lineage().equals(lineage) ? baseline : null;
    FileContent.emptiness(extent, before)
        .ifPresent(
            what -> {
              throw new EngineException(Reason.EMPTY_SOURCE, what);
            });
  }

  private StoredTrees store(String point, List<Path> roots, Path excludes, List<Noted> noted) {
    context.progress().step(Step.STORE);
    var parent = Objects.requireNonNull(roots.getFirst().getParent());
    var total = noted.stream().mapToLong(each -> each.look().bytes()).sum();
    StoredTrees stored;
    try {
      stored =
          points
              .repository()
              .backupTrees(
                  points.trees(point),
                  parent,
                  roots.stream().map(root -> parent.relativize(root).toString()).toList(),
                  excludes,
                  (done, ignored) -> context.progress().bytes(done, total));
    } catch (EngineException e) {
      for (var root : roots) {
        if (!Files.exists(root)) {
          throw new EngineException(Reason.SOURCE_MISSING, root + " is not there any more.", e);
        }
      }
      throw e;
    }
    if (!stored.unread().isEmpty()) {
      context.warnings().add("not stored: " + some(stored.unread()));
    }
    return stored;
  }

  private Settled settle(Noted noted, Path folder) {
    var name = "entries-" + noted.place() + ".jsonl";
    try {
      var look = noted.files().settle(noted.notes(), folder.resolve(name));
      if (look.unsteady() > 0) {
        context
            .warnings()
            .add(
                look.unsteady()
                    + " of "
                    + look.entries()
                    + " entries of "
                    + noted.root()
                    + " changed while they were read: of those nothing can be proven");
      }
      if (!look.unreadable().isEmpty()) {
        context.warnings().add("not seen: " + some(look.unreadable()));
      }
      return new Settled(
          new TreeFacts(
              name,
              look.entries(),
              look.files(),
              look.bytes(),
              look.unsteady(),
              RootAttributes.read(noted.root())),
          look);
    } catch (IOException e) {
      throw FirstLook.unreadable(noted.root(), e);
    }
  }

  private TaskResult.BackedUp commit(
      String point,
      SourceTimes times,
      String lineage,
      StoredTrees stored,
      List<Settled> settled,
      List<Noted> noted,
      Path folder) {
    var complete =
        stored.unread().isEmpty()
            && settled.stream().allMatch(each -> each.look().unreadable().isEmpty());
    var time = times.earliest(noted.stream().map(each -> each.tree().name()).toList());
    var parts = new ArrayList<Manifest.Part>();
    for (var place = 0; place < noted.size(); place++) {
      parts.add(
          new Manifest.Part(
              noted.get(place).tree().name(),
              "/" + noted.get(place).root().getFileName(),
              RecoveryPoints.partTag(point),
              stored.stored().snapshot(),
              "",
              settled.get(place).facts().bytes(),
              times.of(noted.get(place).tree().name()),
              null));
    }
    var facts = settled.stream().map(Settled::facts).toList();
    var extent = extent(settled.stream().map(Settled::look).toList());
    var committed =
        points.commit(
            new Manifest(
                FORMAT,
                point,
                origin,
                owner,
                context.header().run(),
                context.header().tick(),
                time,
                lineage,
                points.repository().version() + ", Salvor " + WorkerVersion.text(),
                complete,
                parts,
                new Manifest.Files(facts)),
            folder,
            facts.stream().map(TreeFacts::file).toList());
    return new TaskResult.BackedUp(
        point,
        committed.snapshot(),
        time,
        complete,
        extent.bytes(),
        stored.stored().addedBytes() + committed.addedBytes(),
        extent,
        lineage,
        points.repositoryId(),
        String.valueOf(points.storeId()),
        null,
        null);
  }

  /** On disk: a tree of a million entries has some hundred megabytes of notes. */
  private Path folder(String name) {
    try {
      return Files.createDirectory(context.scratch().resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String some(List<String> texts) {
    return String.join("; ", texts.stream().limit(NAMED).toList())
        + (texts.size() > NAMED ? "; and others" : "");
  }
}
