package dev.salvor.engine.supabase;

import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.FileEntry;
import dev.salvor.task.StoredObject;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Brings objects into the order in which a tree is walked, on disk: sorted runs that are merged.
 * Not by the database: the walk's order is that of written bytes, which no collation has.
 */
public final class ObjectSort<T> {
  /** Some ten megabytes in memory, of texts of the usual length. */
  private static final int RUN = 50_000;

  /** Who names an object may give it a name of a thousand letters, and as many for its type. */
  private static final long MOST_LETTERS = 1 << 24;

  private final Path folder;
  private final Class<T> type;
  private final Comparator<T> order;
  private final ToIntFunction<T> letters;
  private final int longest;
  private final List<T> run = new ArrayList<>();
  private final List<Path> runs = new ArrayList<>();
  private long lettersInRun;

  /**
   * A sort.
   *
   * @param folder for the runs; it is there and empty
   * @param path of an object, as {@link FileEntry#path} writes it
   * @param letters of all its texts
   */
  public ObjectSort(
      Path folder, Class<T> type, Function<T, String> path, ToIntFunction<T> letters) {
    this(folder, type, Comparator.comparing(path, FileTree.order()), letters, RUN);
  }

  private ObjectSort(
      Path folder, Class<T> type, Comparator<T> order, ToIntFunction<T> letters, int longest) {
    this.folder = folder;
    this.type = type;
    this.order = order;
    this.letters = letters;
    this.longest = longest;
  }

  /** Of rows; several may name one path. */
  public static ObjectSort<StoredObject> ofRows(Path folder) {
    return ofRows(folder, RUN);
  }

  static ObjectSort<StoredObject> ofRows(Path folder, int longest) {
    return new ObjectSort<>(
        folder,
        StoredObject.class,
        Comparator.comparing(StoredObject::path, FileTree.order())
            .thenComparing(object -> String.valueOf(object.id())),
        // Its other texts are as long as they must be.
        object -> object.path().length() + String.valueOf(object.name()).length(),
        longest);
  }

  /** Adds one. */
  public void add(T object) throws IOException {
    run.add(object);
    lettersInRun += letters.applyAsInt(object);
    if (run.size() == longest || lettersInRun >= MOST_LETTERS) {
      endRun();
    }
  }

  private void endRun() throws IOException {
    run.sort(order);
    var file = folder.resolve("run-" + runs.size());
    try (var writer = new ObjectFile.Writer<T>(file)) {
      run.forEach(writer::write);
    }
    runs.add(file);
    run.clear();
    lettersInRun = 0;
  }

  /** Writes all of them, in order, and removes the runs. */
  public void end(Path sorted) throws IOException {
    endRun();
    var open = new ArrayList<Closeable>();
    try (var writer = new ObjectFile.Writer<T>(sorted)) {
      var heads =
          new PriorityQueue<Head<T>>((one, other) -> order.compare(one.object(), other.object()));
      for (var file : runs) {
        var reader = new ObjectFile.Reader<>(file, type);
        open.add(reader);
        advance(reader, heads);
      }
      while (!heads.isEmpty()) {
        var least = heads.remove();
        writer.write(least.object());
        advance(least.rest(), heads);
      }
    } finally {
      for (var reader : open) {
        reader.close();
      }
    }
    for (var file : runs) {
      Files.delete(file);
    }
  }

  private static <T> void advance(ObjectFile.Reader<T> rest, PriorityQueue<Head<T>> heads) {
    if (rest.hasNext()) {
      heads.add(new Head<>(rest.next(), rest));
    }
  }

  private record Head<T>(T object, ObjectFile.Reader<T> rest) {}
}
