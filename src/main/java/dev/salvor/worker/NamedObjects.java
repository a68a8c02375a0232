package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.StorageVersions;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.PartSizes;
import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.supabase.ObjectSort;
import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.task.FileEntry;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What rows name of the tree, and what they do not. */
final class NamedObjects implements StoredObject.Comparison {
  /** Files that no row names, and objects whose paths do not say their names, are in memory. */
  private static final int MOST_IN_MEMORY = 1_000_000;

  /** Of those that are only told of, so many are in memory. */
  private static final int MOST_TOLD = 1_000;

  private static final String VERSION = "-$v-";

  /** With the UUID behind it. */
  private static final int VERSION_LENGTH = VERSION.length() + 36;

  /** Finds the version in a path as the other form of it would have it. */
  private final StorageKeys keys;

  /** Of paths that have it from nothing else. */
  private final Map<String, Split> names = new HashMap<>();

  private final Set<String> unnamed = new HashSet<>();
  private final List<String> unfit = new ArrayList<>();
  private final Map<String, Long> buckets = new TreeMap<>();
  private @Nullable Sink sink;
  private @Nullable String last;
  private long objects;
  private long bytes;
  private long without;

  /** Where they are written. */
  private record Sink(ObjectSort<TargetObject> sort, ObjectFile.Writer<FileEntry> writer) {}

  /** An object by the protocol. */
  record Split(String bucket, String key) {}

  NamedObjects(StorageLayout layout) {
    this.keys =
        new StorageKeys(
            layout, new StorageLayout(layout.bucket(), layout.tenant(), StorageVersions.SUFFIX));
  }

  void to(ObjectSort<TargetObject> sort, ObjectFile.Writer<FileEntry> writer) {
    sink = new Sink(sort, writer);
  }

  /** Bucket and name of a path; empty where it has none. */
  Optional<Split> split(String path) {
    var known = names.get(path);
    return known == null ? splitByPath(path) : Optional.of(known);
  }

  private Optional<Split> splitByPath(String path) {
    if (!(keys.key(path) instanceof StorageKeys.Key.Fits(var key))) {
      return Optional.empty();
    }
    var name = key.substring(keys.prefix().length());
    var slash = name.indexOf('/');
    var version = name.lastIndexOf(VERSION);
    return slash < 1 || version < slash + 2 || name.length() - version != VERSION_LENGTH
        ? Optional.empty()
        : Optional.of(new Split(name.substring(0, slash), name.substring(slash + 1, version)));
  }

  Optional<String> place(String path) {
    return split(path).map(split -> HostedStorage.place(split.bucket(), split.key()));
  }

  @Override
  public void missing(StoredObject object) {
    if (object.fate() != StoredObject.Fate.PENDING) {
      without++;
    }
  }

  @Override
  public void both(StoredObject object, FileEntry entry) {
    if (entry.path().equals(last)) {
      return;
    }
    last = entry.path();
    note(object);
    var split = split(entry.path());
    var size = entry.size();
    if (entry.type() != FileEntry.Type.FILE
        || entry.unsteady() != null
        || size == null
        || object.fate() == StoredObject.Fate.PENDING) {
      without++;
      leave(entry);
    } else if (split.isEmpty() || size > PartSizes.LARGEST_BODY) {
      if (unfit.size() < MOST_TOLD) {
        unfit.add(entry.path());
      }
      leave(entry);
    } else {
      objects++;
      bytes += size;
      buckets.merge(split.get().bucket(), 1L, Long::sum);
      write(entry, split.get(), size);
    }
  }

  private void note(StoredObject object) {
    var name = object.name();
    var slash = name == null ? -1 : name.indexOf('/');
    if (name != null && slash > 0) {
      bound(names.size(), "objects of Storage have names that no file has");
      names.put(object.path(), new Split(name.substring(0, slash), name.substring(slash + 1)));
    }
  }

  private void write(FileEntry entry, Split split, long size) {
    var to = Objects.requireNonNull(sink);
    to.writer().write(entry);
    try {
      to.sort()
          .add(
              new TargetObject(
                  HostedStorage.place(split.bucket(), split.key()),
                  split.key(),
                  size,
                  "",
                  0,
                  null,
                  null,
                  null,
                  false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void orphan(FileEntry entry) {
    leave(entry);
  }

  private void leave(FileEntry entry) {
    if (entry.type() == FileEntry.Type.FOLDER) {
      return;
    }
    bound(unnamed.size(), "files of Storage are no objects of the database");
    unnamed.add(entry.path());
  }

  private static void bound(int many, String what) {
    if (many == MOST_IN_MEMORY) {
      throw new EngineException(
          Reason.TARGET_UNUSABLE,
          "More than " + MOST_IN_MEMORY + " " + what + ": restore them to folders.");
    }
  }

  /** That are to be put: so many. */
  long objects() {
    return objects;
  }

  long bytes() {
    return bytes;
  }

  /** Objects without whole bytes: so many. */
  long without() {
    return without;
  }

  /** Paths that can be no object there. */
  List<String> unfit() {
    return List.copyOf(unfit);
  }

  /** How many are to be put into each bucket. */
  Map<String, Long> buckets() {
    return Collections.unmodifiableMap(buckets);
  }

  boolean isUnnamed(String path) {
    return unnamed.contains(path);
  }
}
