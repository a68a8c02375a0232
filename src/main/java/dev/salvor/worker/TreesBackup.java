package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.restic.Stored;
import dev.salvor.engine.restic.StoredTrees;
import dev.salvor.engine.volume.RootAttributes;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.TreeFacts;
import dev.salvor.worker.FirstLook.Noted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a recovery point holds of file trees: one call of the engine for the bytes of all that share
 * a snapshot, and a second look. What changed between the looks is known to have changed (ADR 12).
 * Whoever takes the point closes it.
 */
final class TreesBackup {
  /** Most entries that a warning names. */
  private static final int NAMED = 3;

  private static final StoredTrees NONE = new StoredTrees(new Stored("", 0, 0), List.of());

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final FileTrees source;
  private final String point;

  /** Of trees of this source, for one point. */
  TreesBackup(WorkerContext context, RecoveryPoints points, FileTrees source, String point) {
    this.context = context;
    this.points = points;
    this.source = source;
    this.point = point;
  }

  /** Trees that are in the repository, in one snapshot. */
  record Kept(List<Noted> noted, StoredTrees stored) {}

  /**
   * Stores their bytes. What cannot be read is left out.
   *
   * @param noted those that are to share a snapshot; perhaps none
   * @param excludes as the first look wrote them
   * @throws EngineException SOURCE_MISSING where a tree went; whatever concerns the repository
   */
  Kept store(List<Noted> noted, Path excludes) {
    if (noted.isEmpty()) {
      return new Kept(noted, NONE);
    }
    var roots = noted.stream().map(Noted::root).toList();
    var parent = above(roots);
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
    return new Kept(noted, stored);
  }

  /**
   * The folder that all of them are in, some perhaps deeper than others: the engine works there.
   */
  private static Path above(List<Path> roots) {
    var above = Objects.requireNonNull(roots.getFirst().getParent());
    for (var root : roots) {
      while (!root.startsWith(above)) {
        above = Objects.requireNonNull(above.getParent());
      }
    }
    return above;
  }

  /** The file in which what was noted of a tree's entries is written. */
  static String notes(FileTrees source, FileTrees.Tree tree) {
    return "entries-" + source.trees().indexOf(tree) + ".jsonl";
  }

  /**
   * Looks once more.
   *
   * @param folder in which what is noted of the entries is written
   * @return with no warnings of its own: the context has them
   * @throws EngineException SOURCE_MISSING, SCRATCH_FULL
   */
  Share settle(Kept kept, SourceTimes times, Path folder) {
    var parts = new ArrayList<Manifest.Part>();
    var facts = new ArrayList<TreeFacts>();
    var complete = kept.stored().unread().isEmpty();
    var roots = kept.noted().stream().map(Noted::root).toList();
    for (var noted : kept.noted()) {
      var name = notes(source, noted.tree());
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
          complete = false;
          context.warnings().add("not seen: " + some(look.unreadable()));
        }
        facts.add(
            new TreeFacts(
                name,
                look.entries(),
                look.files(),
                look.bytes(),
                look.unsteady(),
                RootAttributes.read(noted.root())));
      } catch (IOException e) {
        throw FirstLook.unreadable(noted.root(), e);
      }
      parts.add(
          new Manifest.Part(
              noted.tree().name(),
              "/" + above(roots).relativize(noted.root()),
              RecoveryPoints.partTag(point),
              kept.stored().stored().snapshot(),
              "",
              facts.getLast().bytes(),
              times.of(noted.tree().name()),
              null,
              null));
    }
    return new Share(parts, facts, complete, kept.stored().stored().addedBytes(), List.of());
  }

  /**
   * Sees to it that no store lies in what it would keep.
   *
   * @throws EngineException INVALID_SPEC
   */
  static void refuseStoreBelow(RecoveryPoints points, Path root) {
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

  /** One file system is lost as a whole. */
  static void warnOfOneDisk(WorkerContext context, RecoveryPoints points, Path root) {
    var store = points.storeFolder().filter(Files::isDirectory);
    var device = store.flatMap(TreesBackup::device);
    if (store.isPresent() && device.isPresent() && device.equals(device(root))) {
      context
          .warnings()
          .add(
              "the store "
                  + store.get()
                  + " lies on the same disk as "
                  + root
                  + ": what loses one loses both");
    }
  }

  /** Else it would be found out when it is missed. */
  static void warnOfMountsWithin(WorkerContext context, FirstLook look) {
    var within = look.mountedWithin();
    if (!within.isEmpty()) {
      context
          .warnings()
          .add(
              "what is mounted at "
                  + some(within.stream().map(Path::toString).toList())
                  + " is not kept: it is another file system");
    }
  }

  /** Empty where it cannot be told: that is no reason to keep nothing. */
  static Optional<Object> device(Path folder) {
    try {
      return Optional.of(Files.getAttribute(folder, "unix:dev"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Sees to it that no restore is under way there: what is half restored is no backup of anything.
   *
   * @throws EngineException INCOMPLETE_BACKUP
   */
  static void refuseUnfinished(Path root) {
    if (FolderMarker.isIn(root)) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP,
          "a restore to "
              + root
              + " is under way or was left unfinished (.salvor-restore.json in it says which): end"
              + " it, or remove that file.");
    }
  }

  /** The first few. */
  static String some(List<String> texts) {
    return String.join("; ", texts.stream().limit(NAMED).toList())
        + (texts.size() > NAMED ? "; and others" : "");
  }
}
