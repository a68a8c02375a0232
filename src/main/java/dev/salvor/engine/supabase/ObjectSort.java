package dev.salvor.engine.supabase;

import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.StoredObject;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Brings objects into the order in which a tree is walked, on disk: sorted runs that are merged.
 * Not by the database: the walk's order is that of written bytes, which no collation has.
 */
public final class ObjectSort {
  /** Some ten megabytes in memory. */
  private static final int RUN = 50_000;

  private static final Comparator<StoredObject> ORDER =
      Comparator.comparing(StoredObject::path, FileTree.order())
          .thenComparing(object -> String.valueOf(object.id()));

  private final Path folder;
  private final int longest;
  private final List<StoredObject> run = new ArrayList<>();
  private final List<Path> runs = new ArrayList<>();

  /**
   * A sort.
   *
   * @param folder for the runs; it is there and empty
   */
  public ObjectSort(Path folder) {
    this(folder, RUN);
  }

  ObjectSort(Path folder, int longest) {
    this.folder = folder;
    this.longest = longest;
  }

  /** Adds one. */
  public void add(StoredObject object) throws IOException {
    run.add(object);
    if (run.size() == longest) {
      endRun();
    }
  }

  private void endRun() throws IOException {
    run.sort(ORDER);
    var file = folder.resolve("run-" + runs.size());
    try (var writer = new ObjectFile.Writer(file)) {
      run.forEach(writer::write);
    }
    runs.add(file);
    run.clear();
  }

  /** Writes all of them, in order, and removes the runs. */
  public void end(Path sorted) throws IOException {
    endRun();
    var open = new ArrayList<Closeable>();
    try (var writer = new ObjectFile.Writer(sorted)) {
      var heads = new PriorityQueue<Head>(Comparator.comparing(Head::object, ORDER));
      for (var file : runs) {
        var reader = new ObjectFile.Reader(file);
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

  private static void advance(ObjectFile.Reader rest, PriorityQueue<Head> heads) {
    if (rest.hasNext()) {
      heads.add(new Head(rest.next(), rest));
    }
  }

  private record Head(StoredObject object, ObjectFile.Reader rest) {}
}
