package dev.salvor.engine.volume;

import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What of a tree is no part of a backup. Judged here alone: the engine is told which paths, so that
 * two readings of one pattern cannot differ.
 */
public final class LeftOut implements Predicate<Path> {
  /** fsck's, at the root of a file system. */
  private static final String LOST_AND_FOUND = "lost+found";

  /** At the root while a restore fills it; no part of what is restored. */
  public static final String RESTORE_MARKER = ".salvor-restore.json";

  /** What becomes it. */
  public static final String RESTORE_DRAFT = RESTORE_MARKER + ".draft";

  /** At the root while what is laid over a tree is there beside it. */
  public static final String RESTORE_LAYER = ".salvor-restore.layer";

  /** Names at a root that are no part of any tree. */
  public static final List<String> ALWAYS =
      List.of(LOST_AND_FOUND, RESTORE_MARKER, RESTORE_DRAFT, RESTORE_LAYER);

  private final Path root;
  private final List<PathMatcher> ofNames;
  private final List<PathMatcher> ofPaths;
  private final @Nullable String marker;
  private @Nullable Path lastFolder;
  private boolean lastMarked;

  /**
   * By patterns.
   *
   * @param globs without a slash they go by the last name, else by the path below the root
   * @param marker name of a file by which a folder says that nothing in it is to be kept; null:
   *     none
   */
  public LeftOut(Path root, List<String> globs, @Nullable String marker) {
    this.root = root;
    this.ofNames = matchers(globs.stream().filter(glob -> !glob.contains("/")).toList());
    this.ofPaths = matchers(globs.stream().filter(glob -> glob.contains("/")).toList());
    this.marker = marker;
  }

  private static List<PathMatcher> matchers(List<String> globs) {
    return globs.stream()
        .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
        .toList();
  }

  @Override
  public boolean test(Path path) {
    var name = path.getFileName();
    return isAlways(path, name)
        || (!ofPaths.isEmpty() && matches(ofPaths, root.relativize(path)))
        || (name != null && matches(ofNames, name))
        || isMarked(path.getParent());
  }

  private static boolean matches(List<PathMatcher> matchers, Path path) {
    for (var matcher : matchers) {
      if (matcher.matches(path)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a path is left out of every tree. */
  private boolean isAlways(Path path, @Nullable Path name) {
    return path.getNameCount() == root.getNameCount() + 1
        && name != null
        && ALWAYS.contains(name.toString());
  }

  /** Of all that is in one folder the first asks. */
  private boolean isMarked(@Nullable Path folder) {
    if (marker == null || folder == null) {
      return false;
    }
    if (!folder.equals(lastFolder)) {
      lastFolder = folder;
      lastMarked = Files.exists(folder.resolve(marker), LinkOption.NOFOLLOW_LINKS);
    }
    return lastMarked;
  }
}
