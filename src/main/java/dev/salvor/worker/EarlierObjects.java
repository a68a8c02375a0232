package dev.salvor.worker;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.restic.ByteProgress;
import dev.salvor.engine.restic.Stored;
import dev.salvor.engine.restic.TreeRestore;
import dev.salvor.engine.supabase.ObjectBytes;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.StagingFolder;
import dev.salvor.task.FileEntry;
import dev.salvor.task.Manifest;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of objects that were replaced or deleted after their rows had been dumped: the point before
 * may have them, since Storage gives each version a place of its own (ADR 36).
 */
final class EarlierObjects {
  /** So many, and so many characters of their paths, are asked for in one call of the engine. */
  private static final int MOST = 1_000;

  private static final int MOST_CHARACTERS = 500_000;

  /** All else is no reason to keep nothing: the rows are without bytes then. */
  private static final Set<Reason> OF_THE_RUN =
      EnumSet.of(Reason.INTERRUPTED, Reason.DEADLINE_EXCEEDED);

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final String point;
  private final Path above;
  private final Path root;

  /** For one point. */
  EarlierObjects(WorkerContext context, RecoveryPoints points, String point) {
    this.context = context;
    this.points = points;
    this.point = point;
    this.above = context.scratch().resolve("earlier");
    this.root = above.resolve(SupabaseSource.STORAGE);
  }

  /**
   * What was found, and is stored.
   *
   * @param point that had it
   * @param part of the point that is being made
   * @param objects how many
   * @param tree of Storage, with them
   */
  record Taken(
      String point, Manifest.Part part, long objects, long addedBytes, FileTree.Look tree) {
    String text() {
      return objects
          + " objects of Storage were deleted or replaced after their rows had been dumped: their"
          + " bytes are those of recovery point "
          + point;
    }
  }

  /**
   * Takes what the newest point before has of them.
   *
   * @param lacking objects without bytes
   * @param entries what was noted of Storage's files, which has them, too, afterwards
   * @param own the file to write: what of them is not among those files
   * @return empty where it has none, or none can be had: a warning says why
   */
  Optional<Taken> take(Collection<StoredObject> lacking, Path entries, Path own) {
    try {
      var asked = asked(lacking, entries);
      if (asked.isEmpty()) {
        return Optional.empty();
      }
      var earlier = EarlierStorage.newest(points);
      return earlier.isEmpty() ? Optional.empty() : take(earlier.get(), asked, entries, own);
    } catch (EngineException e) {
      if (OF_THE_RUN.contains(e.reason())) {
        throw e;
      }
      return none(e.failure().message());
    } catch (IOException | UncheckedIOException e) {
      return none(e.toString());
    }
  }

  private Optional<Taken> none(String why) {
    context.warnings().add("nothing of an earlier point is taken instead: " + why);
    return Optional.empty();
  }

  /** By the paths at which they lie, as they are; as many as there is room for. */
  private Map<String, StoredObject> asked(Collection<StoredObject> lacking, Path entries)
      throws IOException {
    var candidates = new LinkedHashMap<String, StoredObject>();
    for (var object : lacking) {
      // Elsewhere other bytes of the same size may have lain at its path.
      if (object.md5() != null || Boolean.TRUE.equals(object.versioned())) {
        FileTree.text(object.path()).ifPresent(path -> candidates.put(path, object));
      }
    }
    if (candidates.isEmpty()) {
      return candidates;
    }
    Files.createDirectories(root);
    var room = StagingRoom.of(context, above).ofATurn();
    var types = FileTree.types(entries, written(candidates.keySet()));
    var asked = new LinkedHashMap<String, StoredObject>();
    var characters = 0;
    for (var each : candidates.entrySet()) {
      var path = each.getKey();
      var size = each.getValue().size();
      if (size == null
          || size > room
          || characters + path.length() > MOST_CHARACTERS
          || asked.size() == MOST
          || !above(path).stream()
              .map(folder -> types.get(FileTree.written(folder)))
              .allMatch(type -> type == null || type == FileEntry.Type.FOLDER)) {
        continue;
      }
      room -= size;
      characters += path.length();
      asked.put(path, each.getValue());
    }
    return asked;
  }

  /** All folders above one. */
  private static List<String> above(String path) {
    var folders = new ArrayList<String>();
    for (var slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      folders.add(path.substring(0, slash));
    }
    return folders;
  }

  /** Those and the folders above them, as entries are written. */
  private static Set<String> written(Collection<String> paths) {
    var all = new HashSet<String>();
    for (var path : paths) {
      all.add(FileTree.written(path));
      above(path).stream().map(FileTree::written).forEach(all::add);
    }
    return all;
  }

  private Optional<Taken> take(
      EarlierStorage earlier, Map<String, StoredObject> asked, Path entries, Path own)
      throws IOException {
    Path upper;
    Stored stored;
    long found;
    try {
      var noted = new HashMap<String, FileEntry>();
      earlier.entries(
          stream -> {
            noted.clear();
            noted.putAll(FileTree.find(stream, written(asked.keySet())));
          });
      restore(earlier, List.copyOf(asked.keySet()));
      found = keepOwn(asked, noted);
      if (found == 0) {
        return Optional.empty();
      }
      var tree = new FileTree(root, path -> false);
      var notes = scratch("notes");
      tree.note(notes, scratch("excludes"));
      stored =
          points
              .repository()
              .backupFolder(
                  points.trees(point), above, List.of(SupabaseSource.STORAGE), ByteProgress.NONE);
      var settled = scratch("entries");
      tree.settle(notes, settled);
      upper = scratch("upper");
      FileTree.choose(settled, entry -> Optional.of(owned(entry, noted)), upper);
    } finally {
      Folders.delete(above);
    }
    var merged = scratch("merged");
    var look = FileTree.lay(upper, entries, merged, own);
    Files.move(merged, entries, REPLACE_EXISTING);
    return Optional.of(
        new Taken(
            earlier.point(),
            part(stored, earlier.part().time()),
            found,
            stored.addedBytes(),
            look));
  }

  private Path scratch(String what) {
    return context.scratch().resolve("earlier-" + what);
  }

  private void restore(EarlierStorage earlier, List<String> paths) {
    points
        .repository()
        .restoreTree(
            new TreeRestore(
                earlier.snapshot(),
                earlier.part().path(),
                paths,
                TreeRestore.Extras.KEPT,
                List.of(),
                root),
            (done, total) -> context.progress().bytes(done, total));
  }

  /** Leaves what is the rows' own, and as it was noted then. */
  private long keepOwn(Map<String, StoredObject> asked, Map<String, FileEntry> noted)
      throws IOException {
    var there = new HashMap<String, FileEntry>();
    new FileTree(root, path -> false).show((entry, _) -> there.put(entry.path(), entry));
    var folder = new StagingFolder(root);
    var kept = 0L;
    for (var each : asked.entrySet()) {
      var row = each.getValue();
      var file = folder.place(each.getKey()).orElse(null);
      var entry = there.get(row.path());
      if (file == null || entry == null) {
        continue;
      }
      if (isAsNoted(entry, noted.get(row.path())) && isOf(row, entry, file)) {
        kept++;
      } else {
        Folders.delete(file);
      }
    }
    removeEmptyFolders();
    return kept;
  }

  /** Whoever may not give files away has laid them down as its own. */
  private static boolean isAsNoted(FileEntry entry, @Nullable FileEntry noted) {
    return noted != null
        && noted.type() == FileEntry.Type.FILE
        && noted.unsteady() == null
        && ofOwner(noted, entry).stored(null).equals(noted);
  }

  private static boolean isOf(StoredObject row, FileEntry entry, Path file) {
    return Objects.equals(row.size(), entry.size())
        && (row.md5() == null || row.md5().equals(ObjectBytes.md5(file)));
  }

  /** As whose it was noted; times of folders are those that they have now. */
  private static FileEntry owned(FileEntry entry, Map<String, FileEntry> noted) {
    var was = noted.get(entry.path());
    return was == null || was.type() != entry.type() ? entry : ofOwner(was, entry);
  }

  private static FileEntry ofOwner(FileEntry noted, FileEntry entry) {
    return entry.as(noted.uid(), noted.gid(), entry.mode(), entry.sameAs(), entry.attributes());
  }

  private Manifest.Part part(Stored stored, Instant time) {
    return new Manifest.Part(
        SupabaseSource.STORAGE,
        "/" + SupabaseSource.STORAGE,
        RecoveryPoints.partTag(point),
        stored.snapshot(),
        "",
        stored.sizeBytes(),
        time,
        null,
        null);
  }

  private void removeEmptyFolders() throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failed)
              throws IOException {
            if (isEmpty(folder)) {
              Files.delete(folder);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (var children = Files.list(folder)) {
      return children.findAny().isEmpty();
    }
  }
}
