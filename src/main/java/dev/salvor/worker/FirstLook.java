package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.LeftOut;
import dev.salvor.engine.volume.Mounts;
import dev.salvor.task.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/** The look at all trees of a backup before the engine reads them, on a thread of its own. */
final class FirstLook implements AutoCloseable {
  private final FileTrees source;
  private final List<FileTrees.Tree> trees;
  private final List<Path> roots;
  private final Path scratch;
  private final SourceTimes times;
  private final FutureTask<List<Noted>> looking = new FutureTask<>(this::look);
  private final Thread thread = Thread.ofPlatform().name("first-look").unstarted(looking);

  /** A tree, and the notes that were taken of it. */
  record Noted(
      int place, FileTrees.Tree tree, Path root, FileTree files, Path notes, FileTree.Look look) {}

  private FirstLook(
      FileTrees source,
      List<FileTrees.Tree> trees,
      List<Path> roots,
      Path scratch,
      SourceTimes times) {
    this.source = source;
    this.trees = trees;
    this.roots = roots;
    this.scratch = scratch;
    this.times = times;
  }

  /**
   * Begins.
   *
   * @throws EngineException SOURCE_MISSING where a root is not a folder
   */
  static FirstLook begin(WorkerContext context, FileTrees source) {
    return begin(context, source, source.trees());
  }

  /** At some of them. */
  static FirstLook begin(WorkerContext context, FileTrees source, List<FileTrees.Tree> trees) {
    var roots = trees.stream().map(FirstLook::root).toList();
    var times = SourceTimes.read(context.environment(), context.clock().instant());
    var look = new FirstLook(source, trees, roots, context.scratch(), times);
    look.thread.start();
    return look;
  }

  /**
   * As the engine sees it: without symbolic links.
   *
   * @throws EngineException SOURCE_MISSING where it is no folder, or not in its volume
   */
  static Path root(FileTrees.Tree tree) {
    var path = Path.of(tree.path());
    try {
      var root = path.toRealPath();
      if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
        throw new EngineException(Reason.SOURCE_MISSING, path + " is not a folder.");
      }
      if (tree.within() != null && !root.startsWith(Path.of(tree.within()).toRealPath())) {
        throw new EngineException(
            Reason.SOURCE_MISSING, path + " is a link that leads out of its volume.");
      }
      if (root.getParent() == null) {
        throw new EngineException(Reason.INVALID_SPEC, path + " is the root of this machine.");
      }
      return root;
    } catch (IOException e) {
      throw new EngineException(
          Reason.SOURCE_MISSING, path + " is not there or may not be entered: " + e, e);
    }
  }

  /** Of the trees, in their order. */
  List<Path> roots() {
    return roots;
  }

  List<FileTrees.Tree> trees() {
    return trees;
  }

  /** Of this tree; empty: it is not looked at. */
  Optional<Path> rootOf(FileTrees.Tree tree) {
    var place = trees.indexOf(tree);
    return place < 0 ? Optional.empty() : Optional.of(roots.get(place));
  }

  /** When the trees were as they are seen: when it began, or when they were snapped. */
  SourceTimes times() {
    return times;
  }

  /** What is left out, for the engine; written when the look is over. */
  Path excludes() {
    return scratch.resolve("excludes");
  }

  /**
   * Waits for its end.
   *
   * @throws EngineException SOURCE_MISSING where a root went, SCRATCH_FULL, INTERRUPTED
   */
  List<Noted> await() {
    try {
      return looking.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof EngineException failed
          ? failed
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Reason.INTERRUPTED, "the run was ended from outside", e);
    }
  }

  private List<Noted> look() {
    var noted = new ArrayList<Noted>();
    for (var place = 0; place < roots.size(); place++) {
      var root = roots.get(place);
      var files = new FileTree(root, leftOut(place));
      var notes = scratch.resolve("notes-" + place);
      try {
        var look = files.note(notes, excludes());
        noted.add(new Noted(place, trees.get(place), root, files, notes, look));
      } catch (IOException e) {
        throw unreadable(root, e);
      }
    }
    return List.copyOf(noted);
  }

  private LeftOut leftOut(int place) {
    var exclude = Stream.concat(source.exclude().stream(), trees.get(place).exclude().stream());
    return new LeftOut(roots.get(place), exclude.toList(), source.excludeIfPresent());
  }

  /**
   * What is mounted in a tree from another file system, and left out by nobody's wish: neither this
   * nor the engine goes there.
   */
  List<Path> mountedWithin() {
    var found = new TreeSet<Path>();
    for (var place = 0; place < roots.size(); place++) {
      var root = roots.get(place);
      var leftOut = leftOut(place);
      mountsBelow(root).stream()
          .filter(point -> isOfAnother(root, point))
          .filter(point -> !isWithinLeftOut(point, root, leftOut))
          .forEach(found::add);
    }
    roots.forEach(found::remove);
    return List.copyOf(found);
  }

  private static boolean isWithinLeftOut(Path point, Path root, LeftOut leftOut) {
    for (var path = point; path != null && !path.equals(root); path = path.getParent()) {
      if (leftOut.test(path)) {
        return true;
      }
    }
    return false;
  }

  /** Empty where it cannot be told: that is no reason to keep nothing. */
  private static List<Path> mountsBelow(Path root) {
    try {
      return Mounts.below(root);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** A folder that is mounted from the same file system is read. */
  private static boolean isOfAnother(Path root, Path point) {
    return Files.exists(point, LinkOption.NOFOLLOW_LINKS)
        && !TreesBackup.device(root).equals(TreesBackup.device(point));
  }

  /** Why a tree could not be noted. */
  static EngineException unreadable(Path root, IOException e) {
    return Files.isDirectory(root)
        ? new EngineException(
            Reason.SCRATCH_FULL, "what was seen of " + root + " cannot be noted: " + e, e)
        : new EngineException(Reason.SOURCE_MISSING, root + " is not there any more.", e);
  }

  /** Ends it: afterwards nothing is written any more. */
  @Override
  public void close() {
    looking.cancel(true);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
