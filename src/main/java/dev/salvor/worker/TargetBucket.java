package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.engine.objectstore.BucketWriter;
import dev.salvor.engine.objectstore.ObjectBucket;
import dev.salvor.engine.objectstore.PartSizes;
import dev.salvor.engine.objectstore.StoreMarker;
import dev.salvor.engine.supabase.ObjectSort;
import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.plan.restore.BucketState;
import dev.salvor.plan.restore.BucketState.History;
import dev.salvor.plan.restore.BucketState.Presence;
import dev.salvor.task.FileEntry;
import dev.salvor.task.Manifest;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StorageTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bucket that Storage's objects are restored to. All of it that concerns a restore is below the
 * tenant, but for the marker.
 */
record TargetBucket(WorkerContext context, Task.RestoreSupabase task, StorageTarget target) {
  /** Of files that can be no objects so many are named. */
  private static final int NAMED = 3;

  /**
   * As it was found.
   *
   * @param found whosever marker is there
   * @param marker what an earlier attempt of this request left
   * @param listing what is below the tenant, in the order of the stored tree
   */
  record Seen(
      BucketState state,
      Optional<BucketMarker.Found> found,
      Optional<BucketMarker> marker,
      Path listing) {}

  String text() {
    return target.text();
  }

  String tenant() {
    return target.layout().tenant();
  }

  /**
   * Its objects.
   *
   * @throws EngineException CREDENTIALS_MISSING
   */
  ObjectBucket open() {
    return new ObjectBucket(StoreAccess.storage(context.credentials(), target.bucket()));
  }

  /**
   * How files of a point and objects of this bucket go together. A safety point says nothing of its
   * layout: what it keeps is of this very place.
   */
  StorageKeys keys(Manifest manifest) {
    var storage =
        manifest.content() instanceof Manifest.Supabase project ? project.facts().storage() : null;
    var layout = Optional.ofNullable(storage).map(StorageFacts::layout).orElse(target.layout());
    return new StorageKeys(layout, target.layout());
  }

  /**
   * Looks at it and touches nothing.
   *
   * @throws EngineException as {@link BucketWriter}
   */
  Seen look(StoredTree tree, StorageKeys keys) {
    try (var bucket = open()) {
      var writer = new BucketWriter(bucket);
      var listed = list(bucket, keys);
      var found = BucketMarker.read(writer, tenant());
      var fit = new Fit(keys);
      FileTree.showStored(tree.entries(), fit::look);
      var presence =
          found.isPresent()
              ? begun(found.get().marker())
              : listed.objects() == 0
                  ? Presence.EMPTY
                  : context.header().attempt() > 1 && isDone(tree, keys, listed.file())
                      ? Presence.DONE
                      : Presence.FULL;
      return new Seen(
          new BucketState(
              presence,
              manner(),
              obstacles(listed),
              fit.fitting,
              fit.unfitting,
              fit.unfit,
              writer.keepsVersions() ? History.VERSIONS : History.NONE),
          found,
          found.map(BucketMarker.Found::marker).filter(this::isOfThis),
          listed.file());
    } catch (IOException e) {
      throw unnotable(e);
    }
  }

  BucketState.Manner manner() {
    return target.only().isEmpty() ? BucketState.Manner.MIRRORED : BucketState.Manner.ADDED;
  }

  /**
   * Sees to it that nobody else began to restore to it, and that these keys may put objects there
   * and delete them, before a database goes.
   *
   * @throws EngineException as {@link BucketWriter}; RESTORE_FAILED
   */
  void requireWritable(Seen planned) {
    try (var bucket = open()) {
      var writer = new BucketWriter(bucket);
      BucketHold.requireAsPlanned(writer, this, planned.found());
      BucketMarker.of(task.requestUid(), null).probe(writer, tenant());
    }
  }

  /**
   * Sees to it that no restore to a bucket is under way or was left unfinished.
   *
   * @throws EngineException INCOMPLETE_BACKUP
   */
  static void refuseUnfinished(ObjectBucket bucket, String tenant) {
    if (isUnfinished(new BucketWriter(bucket), tenant)) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP,
          "a restore to "
              + bucket.place()
              + " is under way or was left unfinished ("
              + BucketMarker.key(tenant)
              + " in it says which): end it, or remove that object.");
    }
  }

  /** Keys that may read what is below the tenant alone have seen none. */
  private static boolean isUnfinished(BucketWriter writer, String tenant) {
    try {
      return BucketMarker.read(writer, tenant).isPresent();
    } catch (EngineException e) {
      if (e.reason() != Reason.INSUFFICIENT_PRIVILEGE) {
        throw e;
      }
      return false;
    }
  }

  private Presence begun(@Nullable BucketMarker marker) {
    return marker == null
        ? Presence.MARKED
        : isOfThis(marker) ? Presence.BEGUN : Presence.BEGUN_BY_OTHER;
  }

  private boolean isOfThis(BucketMarker marker) {
    return marker.request().equals(task.requestUid());
  }

  private List<String> obstacles(Listed listed) {
    var found = new ArrayList<String>();
    if (task.repository().store().place() instanceof StoreTarget.Bucket store
        && store.hasWithin(task.repository().path(), target.bucket(), tenant())) {
      found.add("the store lies among the objects of Storage there");
    }
    if (listed.store() != null) {
      found.add("there is a store in it (" + listed.store() + "), which would be removed");
    }
    return found;
  }

  /**
   * What lies there.
   *
   * @param file in the order of the stored tree
   * @param store the marker of a store among them; null: none
   */
  record Listed(Path file, long objects, @Nullable String store) {}

  /** Lists what is below the tenant. */
  Listed list(ObjectBucket bucket, StorageKeys keys) {
    try {
      var listing = new Listing(sort(context), keys);
      new BucketWriter(bucket).list(keys.prefix(), listing::add);
      return new Listed(sorted(context, listing.sort), listing.objects, listing.store);
    } catch (UncheckedIOException | IOException e) {
      throw unnotable(e);
    }
  }

  /** Whether two lists have the same objects. */
  static boolean isSame(Path before, Path now) {
    try (var were = TargetObject.read(before);
        var are = TargetObject.read(now)) {
      while (were.hasNext() && are.hasNext()) {
        if (!were.next().isStill(are.next())) {
          return false;
        }
      }
      return !were.hasNext() && !are.hasNext();
    } catch (UncheckedIOException | IOException e) {
      throw unnotable(e);
    }
  }

  static ObjectSort<TargetObject> sort(WorkerContext context) throws IOException {
    return new ObjectSort<>(
        Files.createTempDirectory(context.scratch(), "objects-there"),
        TargetObject.class,
        TargetObject::path,
        TargetObject::letters);
  }

  static Path sorted(WorkerContext context, ObjectSort<TargetObject> sort) throws IOException {
    var file = Files.createTempFile(context.scratch(), "objects-there", ".jsonl");
    sort.end(file);
    return file;
  }

  static EngineException unnotable(Exception e) {
    return new EngineException(
        Reason.SCRATCH_FULL, "what was seen of Storage's objects cannot be noted: " + e, e);
  }

  /** Counts and keeps what is listed. */
  private static final class Listing {
    private final ObjectSort<TargetObject> sort;
    private final StorageKeys keys;
    private long objects;
    private @Nullable String store;

    Listing(ObjectSort<TargetObject> sort, StorageKeys keys) {
      this.sort = sort;
      this.keys = keys;
    }

    void add(BucketObject object) {
      if (object.key().endsWith("/") && object.sizeBytes() == 0) {
        // What some programs make for a folder: nothing is in it.
        return;
      }
      objects++;
      if (object.key().endsWith("/" + StoreMarker.KEY)) {
        store = object.key();
      }
      try {
        sort.add(TargetObject.listed(path(object.key()), object));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** One that no file of a tree becomes is none of the tree's: two could have one path. */
    private String path(String key) {
      var path = keys.path(key);
      return keys.key(path).equals(new StorageKeys.Key.Fits(key))
          ? path
          : FileTree.written("../" + key);
    }
  }

  /** Which files become objects. */
  private static final class Fit {
    private final StorageKeys keys;
    private final List<String> unfit = new ArrayList<>();
    private long fitting;
    private long unfitting;

    Fit(StorageKeys keys) {
      this.keys = keys;
    }

    void look(FileEntry entry) {
      if (entry.type() == FileEntry.Type.FOLDER
          || entry.unsteady() == FileEntry.Unsteady.VANISHED) {
        return;
      }
      var why = why(keys, entry);
      if (why.isEmpty()) {
        fitting++;
        return;
      }
      unfitting++;
      if (unfit.size() < NAMED) {
        unfit.add(entry.path() + " " + why.get());
      }
    }
  }

  /** Why an entry is no object; empty where it is one. */
  private static Optional<String> why(StorageKeys keys, FileEntry entry) {
    if (entry.type() != FileEntry.Type.FILE) {
      return Optional.of("is no file");
    }
    if (entry.size() != null && entry.size() > PartSizes.LARGEST_BODY) {
      return Optional.of("has more than " + PartSizes.LARGEST_BODY + " bytes");
    }
    return keys.key(entry.path()) instanceof StorageKeys.Key.Unfit(var why)
        ? Optional.of(why)
        : Optional.empty();
  }

  /** Whether an entry of a stored tree becomes an object. */
  static boolean fits(StorageKeys keys, FileEntry entry) {
    return why(keys, entry).isEmpty();
  }

  /** Whether all files are there, of their sizes, and nothing else; says nothing of bytes. */
  private static boolean isDone(StoredTree tree, StorageKeys keys, Path listing)
      throws IOException {
    return BucketComparison.of(tree, keys, listing, TargetObject::sized).differences().isEmpty();
  }
}
