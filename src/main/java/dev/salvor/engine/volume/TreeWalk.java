package dev.salvor.engine.volume;

import dev.salvor.task.FileEntry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every entry of a tree, in the order of {@link ByteNames#compare}, and reads nothing but
 * what they are. Stays on the tree's file system, as the engine does. What vanishes while it looks
 * is passed over; what may not be looked at is told.
 */
final class TreeWalk {
  private static final int HASH_DIGITS = 32;

  /** The machine's own, which another machine sets anew. */
  static final Set<String> OF_THE_MACHINE =
      Set.of("security.selinux", "security.ima", "security.evm");

  private final Predicate<Path> left;
  private final Visitor visitor;
  private final ExtendedAttributes attributes;
  private final long fileSystem;

  /** The first path of each file that has several, by inode. */
  private final Map<Long, String> several = new HashMap<>();

  /** Who is told. */
  interface Visitor {
    /** An entry, with its stamp. */
    void entry(FileEntry entry) throws IOException;

    /** The same, where it lies. */
    default void entry(FileEntry entry, Path path) throws IOException {
      entry(entry);
    }

    /** An entry that could not be looked at. */
    void unreadable(String path, String why) throws IOException;
  }

  private TreeWalk(
      Predicate<Path> left, Visitor visitor, ExtendedAttributes attributes, long fileSystem) {
    this.left = left;
    this.visitor = visitor;
    this.attributes = attributes;
    this.fileSystem = fileSystem;
  }

  /**
   * Walks.
   *
   * @param left what is left out, with all that is in it
   * @throws IOException if the root is not there, or the visitor throws
   */
  static void walk(Path root, Predicate<Path> left, Visitor visitor) throws IOException {
    var stat = Stat.of(root);
    try (var attributes = new ExtendedAttributes()) {
      new TreeWalk(left, visitor, attributes, stat.fileSystem()).visit(root, FileEntry.ROOT);
    }
  }

  private void visit(Path path, String name) throws IOException {
    if (Thread.interrupted()) {
      throw new InterruptedIOException("the look at the tree was ended");
    }
    Stat stat;
    FileEntry entry;
    try {
      stat = Stat.of(path);
      entry = entry(path, name, stat);
    } catch (NoSuchFileException gone) {
      return;
    } catch (ClosedByInterruptException ended) {
      throw ended;
    } catch (IOException refused) {
      visitor.unreadable(name, String.valueOf(refused.getMessage()));
      return;
    }
    if (entry == null) {
      return;
    }
    visitor.entry(entry, path);
    if (entry.type() == FileEntry.Type.FOLDER && stat.fileSystem() == fileSystem) {
      for (var child : children(path, name).entrySet()) {
        var own = child.getKey();
        visit(child.getValue(), name.equals(FileEntry.ROOT) ? own : name + "/" + own);
      }
    }
  }

  /** By their written names, in order. */
  private SortedMap<String, Path> children(Path folder, String name) throws IOException {
    var children = new TreeMap<String, Path>();
    try (var stream = Files.newDirectoryStream(folder)) {
      stream.forEach(child -> children.put(ByteNames.text(child), child));
    } catch (NoSuchFileException | NotDirectoryException gone) {
      return children;
    } catch (IOException | DirectoryIteratorException refused) {
      visitor.unreadable(name, String.valueOf(refused.getMessage()));
    }
    children.values().removeIf(left);
    return children;
  }

  private @Nullable FileEntry entry(Path path, String name, Stat stat) throws IOException {
    var type = stat.type();
    if (type == null || (type != FileEntry.Type.FOLDER && stat.fileSystem() != fileSystem)) {
      // A file that is mounted here; of a folder that is, the engine keeps where it was.
      return null;
    }
    var isFile = type == FileEntry.Type.FILE;
    return new FileEntry(
        name,
        type,
        stat.permissions(),
        stat.uid(),
        stat.gid(),
        isFile ? stat.size() : null,
        stat.modified(),
        type == FileEntry.Type.LINK ? ByteNames.link(Files.readSymbolicLink(path)) : null,
        stat.isDevice() ? stat.device() : null,
        isFile && stat.links() > 1 ? several.putIfAbsent(stat.inode(), name) : null,
        attributes(path),
        null,
        stat.stamp());
  }

  private @Nullable Map<String, String> attributes(Path path) throws IOException {
    var hashed = new TreeMap<String, String>();
    attributes
        .read(path)
        .forEach(
            (name, value) -> {
              if (!OF_THE_MACHINE.contains(name)) {
                hashed.put(name, hash(value));
              }
            });
    return hashed.isEmpty() ? null : hashed;
  }

  static String hash(byte[] value) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(value);
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
