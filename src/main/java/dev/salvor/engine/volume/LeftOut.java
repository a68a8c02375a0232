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
  private static final Path LOST_AND_FOUND = Path.of("lost+found");

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
    var below = root.relativize(path);
    var name = path.getFileName();
    return below.equals(LOST_AND_FOUND)
        || ofPaths.stream().anyMatch(matcher -> matcher.matches(below))
        || (name != null && ofNames.stream().anyMatch(matcher -> matcher.matches(name)))
        || isMarked(path.getParent());
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
