package dev.salvor.worker;

import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.FileEntry;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Some of the objects of a stored tree, by Storage's buckets and their names: each version of those
 * that are named, and of those below.
 */
final class ChosenObjects {
  /** Between name and version, where a version is no file of its name's folder. */
  private static final String VERSION = "-$v-";

  private final String root;
  private final List<String> only;
  private final Set<String> found = new HashSet<>();

  /** Names of which there is a folder. */
  private final Set<String> folders = new HashSet<>();

  /** Names of which a version lies beside it. */
  private final Set<String> beside = new HashSet<>();

  /**
   * Of a tree.
   *
   * @param keys say in which folder objects lie
   * @param only {@code avatars}, {@code docs/2026}; not empty
   */
  ChosenObjects(StorageKeys keys, List<String> only) {
    this.root = keys.root();
    this.only = List.copyOf(only);
  }

  private String path(String name) {
    return root + "/" + name;
  }

  /** Whether an entry is one of them, or a folder above one; what is found is noted. */
  boolean look(FileEntry entry) {
    var isChosen = false;
    for (var name : only) {
      var path = FileTree.written(path(name));
      if (isOf(entry.path(), path)) {
        isChosen = true;
        if (entry.type() == FileEntry.Type.FILE) {
          found.add(name);
          if (entry.path().startsWith(VERSION, path.length())) {
            beside.add(name);
          }
        } else if (entry.path().equals(path)) {
          folders.add(name);
        }
      } else if (entry.type() == FileEntry.Type.FOLDER
          && (entry.path().equals(FileEntry.ROOT) || path.startsWith(entry.path() + "/"))) {
        isChosen = true;
      }
    }
    return isChosen;
  }

  /** Whether a file is one of them. */
  boolean has(String path) {
    return only.stream().anyMatch(name -> isOf(path, FileTree.written(path(name))));
  }

  private static boolean isOf(String path, String named) {
    return path.startsWith(named)
        && (path.length() == named.length()
            || path.charAt(named.length()) == '/'
            || path.startsWith(VERSION, named.length()));
  }

  /** Those of which there is none; empty: none is absent. */
  Optional<Set<String>> absent() {
    var absent = new TreeSet<>(only);
    absent.removeAll(found);
    return absent.isEmpty() ? Optional.empty() : Optional.of(absent);
  }

  /**
   * Folders in which all of them are, as they are, and none in another.
   *
   * @param lacking whether the tree that is read lacks one, though it was noted
   */
  Set<String> folders(Predicate<String> lacking) {
    var read = new TreeSet<String>();
    for (var name : only) {
      var isWhole = folders.contains(name) && !beside.contains(name);
      var folder = isWhole ? path(name) : above(path(name));
      while (folder.indexOf('/') > 0 && lacking.test(FileTree.written(folder))) {
        folder = above(folder);
      }
      read.add(folder);
    }
    return read.stream()
        .filter(folder -> read.stream().noneMatch(other -> folder.startsWith(other + "/")))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String above(String path) {
    return path.substring(0, path.lastIndexOf('/'));
  }
}
