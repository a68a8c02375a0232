package dev.salvor.plan.proof;

import dev.salvor.task.FileEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A restored tree beside what was noted of its source, entry by entry. An entry that changed while
 * it was read proves nothing either way; neither does one that came or went meanwhile: what was in
 * a folder between both looks alone is noted nowhere, and its folder as changed.
 */
public final class FileComparison implements FileEntry.Comparison {
  /** Differences that are written out; the others are counted. */
  private static final int WRITTEN_OUT = 50;

  /** The namespace that whoever may write a file may write. */
  private static final String OF_USERS = "user.";

  /** Without set-uid, set-gid and sticky. */
  private static final int PERMISSIONS = 0777;

  private final FileScope scope;
  private final Set<String> unsteadyFolders = new HashSet<>();
  private final List<String> differences = new ArrayList<>();
  private final List<String> unknowable = new ArrayList<>();
  private long different;
  private long unknown;
  private boolean rootDiffers;
  private long equal;
  private long bytes;
  private long unsteady;
  private long outside;

  public FileComparison(FileScope scope) {
    this.scope = scope;
  }

  @Override
  public void missing(FileEntry noted) {
    if (isOutside(noted.path())) {
      return;
    }
    if (noted.unsteady() != null) {
      unsteady++;
      return;
    }
    differs(noted.path(), "is missing");
  }

  @Override
  public void extra(FileEntry found) {
    if (!scope.holds(found.path()) || scope.extras() == FileScope.Extras.ALLOWED) {
      return;
    }
    if (unsteadyFolders.contains(folder(found.path()))) {
      unsteady++;
      unsteadyFolders.add(found.path());
      return;
    }
    differs(found.path(), "was not there");
  }

  @Override
  public void unreadable(String path, String why) {
    if (scope.holds(path)) {
      unknowable(path, "cannot be looked at: " + why);
    }
  }

  @Override
  public void both(FileEntry noted, FileEntry found) {
    if (isOutside(noted.path())) {
      return;
    }
    if (noted.unsteady() != null) {
      unsteady++;
      unsteadyFolders.add(noted.path());
      return;
    }
    var expected = withinScope(noted, found);
    var what = difference(expected, found);
    if (what.isEmpty()) {
      equal++;
      bytes += noted.size() == null ? 0 : noted.size();
    } else if (scope.privilege() == FileScope.Privilege.USER
        && noted.path().equals(FileEntry.ROOT)) {
      // Of a volume it is root's, or whoever's who made the sandbox: it may be written to, not
      // changed.
      outside++;
    } else if (scope.privilege() == FileScope.Privilege.USER
        && difference(expected, asRootMakesIt(expected, found)).isEmpty()) {
      unknowable(noted.path(), what.get());
    } else {
      differs(noted.path(), what.get());
    }
  }

  /** A hard link to what was not selected is a file of its own. */
  private FileEntry withinScope(FileEntry noted, FileEntry found) {
    return noted.sameAs() == null || scope.holds(noted.sameAs())
        ? noted
        : noted.as(noted.uid(), noted.gid(), noted.mode(), found.sameAs(), noted.attributes());
  }

  /** What was found, but for what only root can set. */
  private static FileEntry asRootMakesIt(FileEntry noted, FileEntry found) {
    var attributes = new TreeMap<String, String>();
    attributes.putAll(attributesOf(found));
    attributes.keySet().removeIf(name -> !name.startsWith(OF_USERS));
    attributesOf(noted).entrySet().stream()
        .filter(one -> !one.getKey().startsWith(OF_USERS))
        .forEach(one -> attributes.put(one.getKey(), one.getValue()));
    var isForeign = noted.uid() != found.uid() || noted.gid() != found.gid();
    return found.as(
        noted.uid(),
        noted.gid(),
        // Set-uid and set-gid go when a file changes hands.
        isForeign ? (found.mode() & PERMISSIONS) | (noted.mode() & ~PERMISSIONS) : found.mode(),
        found.sameAs(),
        attributes.isEmpty() ? null : attributes);
  }

  private boolean isOutside(String path) {
    var is = !scope.holds(path);
    outside += is ? 1 : 0;
    return is;
  }

  /** The first differences, one line each. */
  public List<String> differences() {
    return some(differences, different);
  }

  /** The first differences of which nobody but root could have made the copy free. */
  public List<String> unknowable() {
    return some(unknowable, unknown);
  }

  private static List<String> some(List<String> lines, long all) {
    var some = new ArrayList<>(lines);
    if (all > lines.size()) {
      some.add("and " + (all - lines.size()) + " more");
    }
    return List.copyOf(some);
  }

  /** Whether all is equal, but perhaps the root itself. */
  public boolean differsInRootAtMost() {
    return different == 0 || (different == 1 && rootDiffers);
  }

  public FileCoverage coverage() {
    return new FileCoverage(
        equal + different + unknown + unsteady, equal, bytes, unsteady, outside);
  }

  private static String folder(String path) {
    var slash = path.lastIndexOf('/');
    return slash < 0 ? FileEntry.ROOT : path.substring(0, slash);
  }

  private void unknowable(String path, String what) {
    unknown++;
    if (unknowable.size() < WRITTEN_OUT) {
      unknowable.add(path + " " + what);
    }
  }

  private void differs(String path, String what) {
    rootDiffers |= path.equals(FileEntry.ROOT);
    different++;
    if (differences.size() < WRITTEN_OUT) {
      differences.add(path + " " + what);
    }
  }

  /** What sets two entries of one path apart, the gravest first; empty where they are equal. */
  static Optional<String> difference(FileEntry noted, FileEntry found) {
    if (noted.type() != found.type()) {
      return Optional.of("is a " + word(found.type()) + ", was a " + word(noted.type()));
    }
    if (!Objects.equals(noted.size(), found.size())) {
      return Optional.of("has " + found.size() + " bytes, had " + noted.size());
    }
    if (!Objects.equals(noted.link(), found.link())) {
      return Optional.of("points to " + found.link() + ", pointed to " + noted.link());
    }
    if (!Objects.equals(noted.device(), found.device())) {
      return Optional.of("is device " + found.device() + ", was " + noted.device());
    }
    if (noted.uid() != found.uid() || noted.gid() != found.gid()) {
      return Optional.of(
          "belongs to %d:%d, did to %d:%d"
              .formatted(found.uid(), found.gid(), noted.uid(), noted.gid()));
    }
    // Linux keeps no permissions of links.
    if (noted.mode() != found.mode() && noted.type() != FileEntry.Type.LINK) {
      return Optional.of("has mode %04o, had %04o".formatted(found.mode(), noted.mode()));
    }
    if (!Objects.equals(noted.sameAs(), found.sameAs())) {
      return Optional.of(
          "is the same file as " + found.sameAs() + ", was the same as " + noted.sameAs());
    }
    if (noted.modified() != found.modified()) {
      return Optional.of(
          "was modified at " + found.modified() + " ns, had been at " + noted.modified() + " ns");
    }
    return attributes(attributesOf(noted), attributesOf(found));
  }

  private static Map<String, String> attributesOf(FileEntry entry) {
    return Objects.requireNonNullElse(entry.attributes(), Map.of());
  }

  private static Optional<String> attributes(Map<String, String> noted, Map<String, String> found) {
    var names = new TreeSet<>(noted.keySet());
    names.addAll(found.keySet());
    for (var name : names) {
      if (!found.containsKey(name)) {
        return Optional.of("has lost attribute " + name);
      }
      if (!noted.containsKey(name)) {
        return Optional.of("has attribute " + name + ", had not");
      }
      if (!Objects.equals(noted.get(name), found.get(name))) {
        return Optional.of("has another value in attribute " + name);
      }
    }
    return Optional.empty();
  }

  private static String word(FileEntry.Type type) {
    return switch (type) {
      case FILE -> "file";
      case FOLDER -> "folder";
      case LINK -> "symbolic link";
      case FIFO -> "FIFO";
      case CHARACTER_DEVICE, BLOCK_DEVICE -> "device";
    };
  }
}
