package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketWriter;
import dev.salvor.engine.objectstore.FoundObject;
import dev.salvor.engine.objectstore.NewObject;
import dev.salvor.engine.objectstore.PartSizes;
import dev.salvor.engine.objectstore.PutObject;
import dev.salvor.engine.supabase.ObjectSort;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.TarStream;
import dev.salvor.task.FileEntry;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts the files of a stored tree into a bucket while the engine reads them out: small ones several
 * at once, large ones in parts and one after the other. Nothing of it is on the disk, and few
 * pieces of it are in memory. Each is asked for afterwards, with its type. What is there already,
 * byte for byte and of the same type, is not put again.
 */
final class BucketUpload implements AutoCloseable {
  /** As many connections as the JDK keeps open to one server (http.maxConnections). */
  private static final int AT_ONCE = 5;

  /** What a header of HTTP can be (RFC 9110, 5.5) in the letters that all servers take. */
  private static final Pattern HEADER =
      Pattern.compile("[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?");

  /** Of objects without their types so many are named. */
  private static final int NAMED = 3;

  private static final List<String> UNTYPED =
      List.of("", "application/octet-stream", "binary/octet-stream");

  /** What Storage itself says of an object of which nobody said for how long it may be kept. */
  private static final List<String> UNTOLD = List.of("", "no-cache");

  private final WorkerContext context;
  private final StoredTree tree;
  private final ObjectPlaces places;
  private final boolean isEmpty;
  private final BiConsumer<@Nullable String, @Nullable String> begun;
  private final Set<String> laidOver;
  private final ObjectSort<TargetObject> sort;
  private final ExecutorService putting =
      Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory());
  private final Semaphore free = new Semaphore(AT_ONCE);
  private final AtomicReference<@Nullable Exception> failed = new AtomicReference<>();
  private final AtomicLong arrived = new AtomicLong();

  /** Those that are there otherwise, and were read only to see that. */
  private final List<Item> again = new ArrayList<>();

  /** The first of those that lack a type or a cache control, and how many there are. */
  private final List<String> undressed = new ArrayList<>();

  private long bare;
  private volatile boolean isOver;
  private boolean cameToItsEnd;

  /**
   * A file on its way.
   *
   * @param bare whether its type or cache control can be none of an object
   */
  private record Item(
      String path, Layer layer, BucketWriter writer, NewObject object, boolean bare) {}

  /**
   * For one tree.
   *
   * @param isEmpty whether nothing was in the bucket before
   * @param begun is told key and id of what is put in parts; nulls when that has ended
   */
  BucketUpload(
      WorkerContext context,
      StoredTree tree,
      ObjectPlaces places,
      boolean isEmpty,
      BiConsumer<@Nullable String, @Nullable String> begun) {
    this.context = context;
    this.tree = tree;
    this.places = places;
    this.isEmpty = isEmpty;
    this.begun = begun;
    this.laidOver = tree.laidOver(FileEntry.Type.FILE);
    try {
      this.sort = TargetBucket.sort(context);
    } catch (IOException e) {
      throw TargetBucket.unnotable(e);
    }
  }

  /**
   * Puts all.
   *
   * @return what is there now of it, in the order of the tree
   * @throws EngineException as {@link BucketWriter}; STORE_DAMAGED, CORRUPT_RECOVERY_POINT
   */
  Path run() {
    var chosen = tree.chosen();
    var layers = tree.layers();
    (chosen == null
            ? Set.of(places.root())
            : chosen.folders(tree.laidOver(FileEntry.Type.FOLDER)::contains))
        .forEach(folder -> put(layers.getFirst(), folder));
    // What is laid over another has few files.
    layers.stream().skip(1).forEach(layer -> put(layer, places.root()));
    again.forEach(this::putAgain);
    if (isBare()) {
      context
          .warnings()
          .add(
              bare
                  + " objects are there without their type or cache control, which no server takes:"
                  + " "
                  + String.join("; ", undressed)
                  + (bare > NAMED ? "; and others" : ""));
    }
    try {
      return TargetBucket.sorted(context, sort);
    } catch (IOException e) {
      throw TargetBucket.unnotable(e);
    }
  }

  private void put(Layer layer, String folder) {
    cameToItsEnd = false;
    tree.points()
        .repository()
        .dump(
            layer.snapshot() + ":" + layer.path() + "/" + folder,
            "/",
            archive -> take(layer, FileTree.written(folder), archive));
    awaitAll();
    if (!cameToItsEnd) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT, "what is stored of Storage ends before its end");
    }
  }

  /** Whether something could not be said of an object in its head: nothing proves it then. */
  boolean isBare() {
    return bare > 0;
  }

  /** The engine is asked anew where another had the repository, and has written nothing then. */
  private void take(Layer layer, String folder, InputStream archive) throws IOException {
    try {
      TarStream.read(archive, (file, body) -> file(layer, folder + "/" + file.path(), file, body));
      cameToItsEnd = true;
    } catch (EOFException e) {
      // How the engine ended says why, if it was not at its end.
      cameToItsEnd = false;
    }
  }

  private void file(Layer layer, String path, TarStream.File file, InputStream body)
      throws IOException {
    refuseWhereOver();
    if (!isMeant(path) || (laidOver.contains(path) && !layer.equals(tree.layers().getLast()))) {
      return;
    }
    var place = places.of(path);
    if (place.isEmpty() || file.sizeBytes() > PartSizes.LARGEST_BODY) {
      // Named by the plan, and accepted.
      return;
    }
    var type = TargetObject.type(file.attributes());
    var cache = TargetObject.cache(file.attributes());
    var object = new NewObject(place.get().key(), file.sizeBytes(), header(type), header(cache));
    var isBare =
        !Objects.equals(type, object.contentType())
            || !Objects.equals(cache, object.cacheControl());
    if (isBare) {
      bare++;
      if (undressed.size() < NAMED) {
        undressed.add(path);
      }
    }
    var item = new Item(path, layer, place.get().writer(), object, isBare);
    if (!PartSizes.of(file.sizeBytes()).isWhole()) {
      putLarge(item, body);
      return;
    }
    free.acquireUninterruptibly();
    try {
      var bytes = body.readNBytes((int) file.sizeBytes());
      putting.execute(() -> putSmall(item, bytes));
    } catch (IOException | RuntimeException e) {
      free.release();
      throw e;
    }
  }

  private boolean isMeant(String path) {
    var chosen = tree.chosen();
    return chosen == null || chosen.has(path);
  }

  private void refuseWhereOver() throws IOException {
    switch (failed.get()) {
      case EngineException known -> throw known;
      case RuntimeException other -> throw other;
      case IOException broken -> throw broken;
      case null, default -> {
        if (isOver) {
          throw new IOException("the run is over");
        }
      }
    }
  }

  private static @Nullable String header(@Nullable String value) {
    return value == null || !HEADER.matcher(value).matches() ? null : value;
  }

  private void putSmall(Item item, byte[] bytes) {
    try {
      if (failed.get() != null || isOver) {
        return;
      }
      var there = there(item);
      if (there != null && isDressedAs(there, item.object())) {
        var known = BucketWriter.named(there, new ByteArrayInputStream(bytes));
        if (known.isPresent()) {
          count(bytes.length);
          note(item, there, known.get());
          return;
        }
      }
      requireReplaceable(item, there);
      put(item, new ByteArrayInputStream(bytes));
    } catch (IOException | RuntimeException e) {
      failed.compareAndSet(null, e);
    } finally {
      free.release();
    }
  }

  private void putLarge(Item item, InputStream body) throws IOException {
    // A part takes as much room as all small ones.
    free.acquireUninterruptibly(AT_ONCE);
    try {
      refuseWhereOver();
      var there = there(item);
      if (there == null || !isDressedAs(there, item.object())) {
        requireReplaceable(item, there);
        put(item, body);
        return;
      }
      var known = BucketWriter.named(there, body);
      if (known.isPresent()) {
        count(item.object().sizeBytes());
        note(item, there, known.get());
      } else {
        requireReplaceable(item, there);
        // Its bytes have gone by.
        again.add(item);
      }
    } finally {
      free.release(AT_ONCE);
    }
  }

  private @Nullable FoundObject there(Item item) {
    return isEmpty ? null : item.writer().find(item.object().key()).orElse(null);
  }

  private void requireReplaceable(Item item, @Nullable FoundObject there) {
    if (there != null && !places.replaces()) {
      throw new EngineException(
          Reason.TARGET_NOT_EMPTY,
          "'"
              + item.object().key()
              + "' is there already and is another, and nothing is replaced: delete it there, and"
              + " create the request anew.");
    }
  }

  private void putAgain(Item asked) {
    var within = asked.layer().path() + "/" + FileTree.text(asked.path()).orElseThrow();
    cameToItsEnd = false;
    tree.points()
        .repository()
        .dump(
            asked.layer().snapshot(),
            within,
            body -> {
              try {
                put(asked, body);
                cameToItsEnd = true;
              } catch (EOFException e) {
                cameToItsEnd = false;
              }
            });
    if (!cameToItsEnd) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          "what is stored of " + asked.path() + " ends before its end");
    }
  }

  private void put(Item item, InputStream body) throws IOException {
    var writer = item.writer();
    var object = item.object();
    var put = writer.put(object, body, this::count, id -> begun.accept(object.key(), id));
    if (!PartSizes.of(object.sizeBytes()).isWhole()) {
      begun.accept(null, null);
    }
    var there =
        writer
            .find(object.key())
            .orElseThrow(() -> lost(object, "it is not there, though it was put"));
    // Not every server lists what it said when it was given the bytes.
    if (!there.etag().equals(put.etag()) && !writer.holds(object.key(), put.md5())) {
      throw lost(object, "it became another at once");
    }
    if (!isDressedAs(there, object)) {
      throw lost(
          object,
          "it is there as "
              + there.contentType()
              + " ("
              + there.cacheControl()
              + "), and not as "
              + object.contentType()
              + " ("
              + object.cacheControl()
              + ")");
    }
    note(item, there, put);
  }

  private static EngineException lost(NewObject object, String why) {
    return new EngineException(Reason.RESTORE_FAILED, "'" + object.key() + "': " + why + ".");
  }

  private static boolean isDressedAs(FoundObject there, NewObject object) {
    var type = Objects.requireNonNullElse(there.contentType(), "");
    var cache = Objects.requireNonNullElse(there.cacheControl(), "");
    return there.sizeBytes() == object.sizeBytes()
        && (object.contentType() == null
            ? UNTYPED.contains(type)
            : type.equals(object.contentType()))
        && (object.cacheControl() == null
            ? UNTOLD.contains(cache)
            : cache.equals(object.cacheControl()));
  }

  private void count(long more) {
    context.progress().bytes(arrived.addAndGet(more), tree.facts().bytes());
  }

  private void note(Item item, FoundObject there, PutObject put) throws IOException {
    synchronized (sort) {
      sort.add(TargetObject.put(item.path(), item.object(), there, put, item.bare()));
    }
  }

  private void awaitAll() {
    free.acquireUninterruptibly(AT_ONCE);
    free.release(AT_ONCE);
    switch (failed.get()) {
      case null -> {}
      case EngineException known -> throw known;
      case IOException unnotable -> throw TargetBucket.unnotable(unnotable);
      case Exception other -> throw new IllegalStateException(other);
    }
  }

  /** Whatever is still being put is not waited for. */
  @Override
  public void close() {
    isOver = true;
    putting.shutdownNow();
  }
}
