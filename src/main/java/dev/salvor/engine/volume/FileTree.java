package dev.salvor.engine.volume;

import dev.salvor.task.FileEntry;
import dev.salvor.task.FileEntry.Comparison;
import dev.salvor.task.FileEntry.Unsteady;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A tree of files on this machine, looked at three times: before and after the engine reads it, so
 * that what changed meanwhile is known, and, where it was restored, beside what was noted then.
 */
public final class FileTree {
  /** Of what cannot be looked at so many are named. */
  private static final int NAMED = 20;

  private final Path root;
  private final Predicate<Path> left;

  /**
   * A tree.
   *
   * @param root without symbolic links, as the engine reads it (its paths are the kernel's)
   * @param left what is left out of it, with all that is in it
   */
  public FileTree(Path root, Predicate<Path> left) {
    this.root = root;
    this.left = left;
  }

  /**
   * What a look found.
   *
   * @param entries of all kinds, the root included
   * @param bytes of all files, each once however many paths it has
   * @param unsteady entries that changed, appeared or vanished since the look before
   * @param unreadable the first that could not be looked at, and why
   */
  public record Look(long entries, long files, long bytes, long unsteady, List<String> unreadable) {
    public Look {
      unreadable = List.copyOf(unreadable);
    }
  }

  /**
   * The look before.
   *
   * @param notes the file to write, for {@link #settle}
   * @param excludes another, gone on with: what is left out, as restic's {@code --exclude-file}
   * @throws IOException if the root is not there or the files cannot be written
   */
  public Look note(Path notes, Path excludes) throws IOException {
    try (var writer = new TreeFile.Writer(notes);
        var excluded = new ExcludeFile(excludes)) {
      var looking = new Looking(writer);
      TreeWalk.walk(root, path -> left.test(path) && excluded.added(path), looking);
      return looking.look();
    } catch (UncheckedIOException e) {
      throw new IOException("the notes cannot be written", e);
    }
  }

  /**
   * The look after: what is to be stored.
   *
   * @param notes of the look before
   * @param file the file to write
   * @throws IOException as {@link #note}
   */
  public Look settle(Path notes, Path file) throws IOException {
    try (var writer = new TreeFile.Writer(file);
        var before = new TreeFile.Reader(notes)) {
      var settling = new Settling(new Looking(writer));
      var join = new TreeJoin(before, settling);
      TreeWalk.walk(root, left, join);
      join.end();
      return settling.after.look();
    } catch (UncheckedIOException e) {
      throw new IOException("the notes cannot be read or written", e);
    }
  }

  /**
   * Lays the tree beside what was stored.
   *
   * @param entries that the file must hold
   * @throws NotesDamaged if the file cannot be read or holds another number of entries
   * @throws IOException if the root is not there
   */
  public void compare(Path file, long entries, Comparison comparison) throws IOException {
    try (var noted = new TreeFile.Reader(file)) {
      var join = new TreeJoin(noted, comparison);
      TreeWalk.walk(root, left, join);
      join.end();
      if (noted.count() != entries) {
        throw new NotesDamaged(
            "what was stored of the tree has " + noted.count() + " entries instead of " + entries);
      }
    } catch (UncheckedIOException e) {
      throw new NotesDamaged("what was stored of the tree cannot be read: " + e.getCause());
    }
  }

  /** Who is shown entries; the path is the entry's own, and no text of it need be trusted. */
  @FunctionalInterface
  public interface Shown {
    void entry(FileEntry entry, Path path) throws IOException;
  }

  /**
   * Shows each entry. What cannot be looked at is passed over.
   *
   * @throws IOException if the root is not there
   */
  public void show(Shown shown) throws IOException {
    TreeWalk.walk(
        root,
        left,
        new TreeWalk.Visitor() {
          @Override
          public void entry(FileEntry entry) {}

          @Override
          public void entry(FileEntry entry, Path path) throws IOException {
            shown.entry(entry, path);
          }

          @Override
          public void unreadable(String path, String why) {}
        });
  }

  /**
   * Shows each entry that was stored of a tree.
   *
   * @throws IOException if the file cannot be read
   */
  public static void showStored(Path file, Consumer<FileEntry> shown) throws IOException {
    try (var noted = new TreeFile.Reader(file)) {
      noted.forEachRemaining(shown);
    } catch (UncheckedIOException e) {
      throw new IOException("what was stored of the tree cannot be read", e);
    }
  }

  /**
   * Lays one stored tree over another: of files that both have the upper one's counts, folders stay
   * as they are.
   *
   * @param merged the file to write
   * @param own another: what the lower one has not, or not for certain
   * @throws IOException if a file cannot be read or written
   */
  public static Look lay(Path upper, Path lower, Path merged, Path own) throws IOException {
    try (var writer = new TreeFile.Writer(merged);
        var ownWriter = new TreeFile.Writer(own);
        var below = new TreeFile.Reader(lower);
        var above = new TreeFile.Reader(upper)) {
      var laying = new Laying(new Looking(writer), new Looking(ownWriter));
      var join = new TreeJoin(below, laying);
      above.forEachRemaining(join::entry);
      join.end();
      return laying.merged.look();
    } catch (UncheckedIOException e) {
      throw new IOException("what was stored of the trees cannot be read or written", e);
    }
  }

  /**
   * Writes another from a stored tree.
   *
   * @param choice of each entry what is written; empty: it is left out
   * @param chosen the file to write
   * @throws IOException if a file cannot be read or written
   */
  public static Look choose(Path file, Function<FileEntry, Optional<FileEntry>> choice, Path chosen)
      throws IOException {
    try (var writer = new TreeFile.Writer(chosen);
        var noted = new TreeFile.Reader(file)) {
      var looking = new Looking(writer);
      while (noted.hasNext()) {
        choice.apply(noted.next()).ifPresent(looking::write);
      }
      return looking.look();
    } catch (UncheckedIOException e) {
      throw new IOException("what was stored of the tree cannot be read or written", e);
    }
  }

  /** The order in which entries are shown, by their paths. */
  public static Comparator<String> order() {
    return ByteNames::compare;
  }

  /** What was stored of a tree is not what was written. */
  public static final class NotesDamaged extends IOException {
    private static final long serialVersionUID = 1;

    NotesDamaged(String message) {
      super(message);
    }
  }

  /**
   * The root, as it was stored.
   *
   * @throws IOException if the file cannot be read
   */
  public static FileEntry storedRoot(Path file) throws IOException {
    try (var noted = new TreeFile.Reader(file)) {
      return noted.next();
    } catch (UncheckedIOException | NoSuchElementException e) {
      throw new IOException("what was stored of the tree cannot be read", e);
    }
  }

  /**
   * What those of some paths are, as they were written, that a stored tree holds.
   *
   * @throws IOException if the file cannot be read
   */
  public static Map<String, FileEntry.Type> types(Path file, Collection<String> paths)
      throws IOException {
    var types = new HashMap<String, FileEntry.Type>();
    try (var noted = new TreeFile.Reader(file)) {
      find(noted, paths).forEach((path, entry) -> types.put(path, entry.type()));
      return types;
    } catch (UncheckedIOException e) {
      throw new IOException("what was stored of the tree cannot be read", e);
    }
  }

  /**
   * Those of some paths in what somebody gives of a stored tree.
   *
   * @throws IOException if it cannot be read
   */
  public static Map<String, FileEntry> find(InputStream stored, Collection<String> paths)
      throws IOException {
    try (var noted = new TreeFile.Reader(stored)) {
      return find(noted, paths);
    } catch (UncheckedIOException e) {
      throw new IOException("what was stored of the tree cannot be read", e);
    }
  }

  private static Map<String, FileEntry> find(TreeFile.Reader noted, Collection<String> paths) {
    var wanted = Set.copyOf(paths);
    var found = new HashMap<String, FileEntry>();
    while (found.size() < wanted.size() && noted.hasNext()) {
      var entry = noted.next();
      if (wanted.contains(entry.path())) {
        found.put(entry.path(), entry);
      }
    }
    return found;
  }

  /**
   * Gives what is in a folder to those who had it, as it was stored; what was not is left.
   *
   * @param root with few entries
   * @throws IOException if it is refused, or the file cannot be read
   */
  public static void give(Path root, Path file) throws IOException {
    var there = new HashMap<String, Path>();
    new FileTree(root, path -> false).show((entry, path) -> there.put(entry.path(), path));
    there.remove(FileEntry.ROOT);
    try (var noted = new TreeFile.Reader(file)) {
      while (noted.hasNext()) {
        var entry = noted.next();
        var path = there.get(entry.path());
        if (path != null) {
          RootAttributes.give(path, entry);
        }
      }
    } catch (UncheckedIOException e) {
      throw new IOException("what was stored of the tree cannot be read", e);
    }
  }

  /**
   * Whether an entry of a stored tree has an extended attribute of such a name.
   *
   * @throws IOException if the file cannot be read
   */
  public static boolean hasAttribute(Path file, Predicate<String> name) throws IOException {
    try (var noted = new TreeFile.Reader(file)) {
      while (noted.hasNext()) {
        var attributes = noted.next().attributes();
        if (attributes != null && attributes.keySet().stream().anyMatch(name)) {
          return true;
        }
      }
      return false;
    } catch (UncheckedIOException e) {
      throw new IOException("what was stored of the tree cannot be read", e);
    }
  }

  /** A path below a root as {@link FileEntry#path} writes it. */
  public static String written(String path) {
    return ByteNames.text(path.getBytes(StandardCharsets.UTF_8));
  }

  /** What such a path is as text; empty where its bytes are no UTF-8. */
  public static Optional<String> text(String written) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(ByteNames.bytes(written)))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** An extended attribute's value as {@link FileEntry#attributes} has it. */
  public static String digest(byte[] value) {
    return TreeWalk.hash(value);
  }

  /** Writes down and counts. */
  private static final class Looking implements TreeWalk.Visitor {
    private final TreeFile.Writer writer;
    private final List<String> unreadable = new ArrayList<>();
    private long entries;
    private long files;
    private long bytes;
    private long unsteady;

    Looking(TreeFile.Writer writer) {
      this.writer = writer;
    }

    @Override
    public void entry(FileEntry entry) throws IOException {
      writer.write(entry);
      entries++;
      if (entry.unsteady() != null) {
        unsteady++;
      }
      if (entry.type() == FileEntry.Type.FILE) {
        files++;
        bytes += entry.sameAs() == null && entry.size() != null ? entry.size() : 0;
      }
    }

    void write(FileEntry entry) {
      try {
        entry(entry);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void unreadable(String path, String why) {
      if (unreadable.size() < NAMED) {
        unreadable.add(path + ": " + why);
      }
    }

    Look look() {
      return new Look(entries, files, bytes, unsteady, unreadable);
    }
  }

  private record Laying(Looking merged, Looking own) implements Comparison {
    @Override
    public void missing(FileEntry lower) {
      merged.write(lower);
    }

    @Override
    public void extra(FileEntry upper) {
      merged.write(upper);
      own.write(upper);
    }

    @Override
    public void both(FileEntry lower, FileEntry upper) {
      if (lower.type() != FileEntry.Type.FOLDER) {
        extra(upper);
        return;
      }
      merged.write(lower);
      if (lower.unsteady() == Unsteady.VANISHED) {
        // The engine may not have it.
        own.write(upper);
      }
    }

    @Override
    public void unreadable(String path, String why) {
      throw new IllegalStateException("a stored tree is not looked at");
    }
  }

  private record Settling(Looking after) implements Comparison {
    @Override
    public void missing(FileEntry noted) {
      after.write(noted.stored(Unsteady.VANISHED));
    }

    @Override
    public void extra(FileEntry found) {
      after.write(found.stored(Unsteady.APPEARED));
    }

    @Override
    public void both(FileEntry noted, FileEntry found) {
      after.write(found.stored(found.equals(noted) ? null : Unsteady.CHANGED));
    }

    @Override
    public void unreadable(String path, String why) {
      after.unreadable(path, why);
    }
  }
}
