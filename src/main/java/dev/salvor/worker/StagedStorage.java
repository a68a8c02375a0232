package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.engine.objectstore.Fetched;
import dev.salvor.engine.restic.NewSnapshot;
import dev.salvor.engine.restic.StagedFiles;
import dev.salvor.engine.restic.Stored;
import dev.salvor.engine.volume.StagingFolder;
import dev.salvor.plan.StableHash;
import dev.salvor.task.Step;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Lays the objects of a bucket out as files and stores them, in turns that fit into the scratch
 * space. What the newest point holds already is laid out hollow: the engine takes its bytes from
 * there and is held to it (ADR 27).
 */
final class StagedStorage {
  /** The tree's root in its snapshot: by it the next backup finds what it has. */
  static final String ROOT = SupabaseSource.STORAGE;

  private static final String PATH = "/" + ROOT;

  /** As many connections as the JDK keeps open to one server (http.maxConnections). */
  private static final int AT_ONCE = 5;

  /** Fetches that wait for their turn. */
  private static final int MOST_ASKED = 500;

  /** Of objects that are not kept, so many are told by name. */
  private static final int MOST_NAMED = 100;

  /** A turn may fetch so many at once of which nobody knows how large they are. */
  private static final int UNSIZED_AT_ONCE = 8;

  /** Of files without bytes a turn has as many: their names are in memory. */
  private static final long MOST_IN_A_TURN = 100_000;

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final StagingList list;

  /** A folder that holds nothing but the tree. */
  private final Path above;

  private final Path root;

  /**
   * For one point.
   *
   * @param above a folder in which the tree is laid out
   */
  StagedStorage(WorkerContext context, RecoveryPoints points, StagingList list, Path above) {
    this.context = context;
    this.points = points;
    this.list = list;
    this.above = above;
    this.root = above.resolve(ROOT);
    try {
      Files.createDirectories(root);
    } catch (IOException e) {
      throw StagingRoom.unusable(root, e);
    }
  }

  /**
   * What was staged.
   *
   * @param files that are laid out
   * @param leftOut so many could not be kept
   * @param named the first of them, and why
   * @param unfit of the left-out ones so many can be no file, whatever is done here
   * @param gone so many were not there any more when their turn came
   * @param otherwiseNamed of so many the ETag is not the MD5 of their bytes
   */
  record Staged(
      Stored stored,
      long files,
      long leftOut,
      List<String> named,
      long unfit,
      long gone,
      long otherwiseNamed) {}

  /**
   * Fetches what is not held yet, and stores all. Where the engine does not find what it was to
   * take from before, all is fetched anew.
   *
   * @param point whose part it becomes
   * @param notes the file to write, by which the next backup knows what it need not fetch
   * @throws EngineException as the list; SCRATCH_FULL; INCOMPLETE_BACKUP
   */
  Staged store(String point, Path notes) {
    var before = StagedBefore.of(points, PATH);
    try {
      return store(before, point, notes);
    } catch (EngineException e) {
      if (before.snapshot() == null || e.reason() != Reason.INCOMPLETE_BACKUP) {
        throw e;
      }
      context
          .warnings()
          .add("all objects are fetched anew from " + list.text() + ": " + e.failure().message());
      Folders.delete(root);
      return store(StagedBefore.NOTHING, point, notes);
    }
  }

  private Staged store(StagedBefore before, String point, Path notes) {
    try (var fetching = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory());
        var written = new StagedFile(notes);
        var queue = new FetchQueue(context.scratch().resolve("objects-to-fetch"));
        var large = new FetchQueue(context.scratch().resolve("objects-to-fetch-alone"))) {
      Files.createDirectories(root);
      var turn = new Turn(before, point, fetching, written, queue, large);
      try {
        list.show(turn::add);
        queue.show(first(point, queue), turn::fetch);
        turn.alone();
        large.show(0, turn::fetch);
        return turn.end();
      } finally {
        fetching.shutdownNow();
      }
    } catch (IOException e) {
      throw StagingRoom.unusable(root, e);
    }
  }

  /**
   * Where some may be left, elsewhere for each point: none is for ever behind those after which
   * nothing is asked for. Else as they are listed, of which the first has a path.
   */
  private long first(String point, FetchQueue queue) {
    return list.goesOnWithout() ? StableHash.of(point).below(queue.objects() + 1) : 0;
  }

  /** An object that is being fetched, for which there is room. */
  private record Asked(
      BucketObject listed, String path, Path file, long room, Future<Fetched> fetched) {}

  /** One layout of all objects: what is full is stored, and becomes hollow, whenever it is much. */
  private final class Turn {
    private final StagingFolder folder = new StagingFolder(root);
    private final StagingRoom room = StagingRoom.of(context, above);
    private final StagedBefore before;
    private final String point;
    private final ExecutorService fetching;
    private final StagedFile written;
    private final FetchQueue queue;
    private final FetchQueue large;
    private final List<Asked> asked = new ArrayList<>();
    private final Set<Path> full = new HashSet<>();
    private final Set<String> fullPaths = new HashSet<>();
    private final List<String> named = new ArrayList<>();
    private final AtomicLong arrived = new AtomicLong();
    private @Nullable String parent;
    private long leftOut;
    private long hollow;
    private long held;
    private boolean isAlone;
    private long unfit;
    private long noRoom;
    private long addedBytes;
    private long otherwiseNamed;
    private long gone;
    private boolean anythingCame;

    Turn(
        StagedBefore before,
        String point,
        ExecutorService fetching,
        StagedFile written,
        FetchQueue queue,
        FetchQueue large) {
      this.before = before;
      this.point = point;
      this.fetching = fetching;
      this.written = written;
      this.queue = queue;
      this.large = large;
      this.parent = before.snapshot();
    }

    /**
     * Lays it out where it is held, and else has it wait: the snapshot of the first turn becomes
     * the parent of the next, and must have all that is held.
     */
    void add(BucketObject listed, String path) {
      if (path.endsWith("/") && listed.sizeBytes() == 0) {
        // What some programs make for a folder: nothing is in it.
        return;
      }
      var file = folder.place(path);
      if (file.isEmpty()) {
        leaveOutForGood(path, "is no path that a file can have");
        return;
      }
      if (!list.goesOnWithout()) {
        room.layOne();
      }
      try {
        var dress = before.of(path, listed);
        if (dress.isEmpty()) {
          queue.add(listed, path);
        } else if (list.goesOnWithout() && !room.layHeld()) {
          leaveOutForRoom(path);
        } else if (make(file.get(), path)) {
          layHollow(file.get(), StagedObject.known(path, listed, dress.get()));
        }
      } catch (IOException e) {
        throw StagingRoom.unusable(file.get(), e);
      }
    }

    /** Of what waited. */
    void fetch(BucketObject listed, String path) throws IOException {
      var file = folder.place(path).orElseThrow();
      if (list.goesOnWithout() && !room.hasRoomFor(listed.sizeBytes())) {
        leaveOut(path, "has " + listed.sizeBytes() + " bytes, more than the scratch space");
        return;
      }
      // What was sent to be fetched alone is counted.
      if (list.goesOnWithout() && !isAlone && !room.layNew()) {
        leaveOutForRoom(path);
        return;
      }
      var most = most(listed);
      makeRoom(most, path);
      if (make(file, path)) {
        ask(listed, path, file, most);
      }
    }

    /** What it may bring; where no row says it, a share of what a turn holds. */
    private long most(BucketObject listed) {
      return listed.sizeBytes() >= 0
          ? listed.sizeBytes()
          : room.ofATurn() / (isAlone ? 1 : UNSIZED_AT_ONCE);
    }

    /** From now on each has the room of a turn. */
    void alone() throws IOException {
      await();
      isAlone = true;
    }

    /** False where it is left out. */
    private boolean make(Path file, String path) throws IOException {
      try {
        folder.make(file);
        return true;
      } catch (FileAlreadyExistsException e) {
        leaveOutForGood(path, "is a file and a folder, or is listed twice");
        return false;
      }
    }

    private void layHollow(Path file, StagedObject object) throws IOException {
      folder.resize(file, object.size());
      folder.dress(file, object.time(), object.dress().attributes());
      written.write(object);
      hollow++;
    }

    private void makeRoom(long most, String path) throws IOException {
      if (held + most > room.ofATurn()) {
        // Most have less than they might.
        await();
      }
      if (held + most > room.ofATurn() || full.size() >= MOST_IN_A_TURN) {
        storeAndHollow();
      }
      room.requireFor(most, path);
      held += most;
    }

    private void ask(BucketObject listed, String path, Path file, long most) throws IOException {
      asked.add(
          new Asked(
              listed,
              path,
              file,
              most,
              fetching.submit(
                  () ->
                      list.fetch(
                          listed,
                          path,
                          file,
                          more -> context.progress().bytes(arrived.addAndGet(more), null),
                          most))));
      if (asked.size() >= MOST_ASKED) {
        await();
      }
    }

    private void await() throws IOException {
      for (var each : asked) {
        held -= each.room();
        switch (result(each.fetched())) {
          case Fetched.Whole whole -> keepOrLeaveOut(each, whole);
          case Fetched.Gone _ -> {
            Files.delete(each.file());
            gone++;
          }
          case Fetched.TooLarge(var bytes) -> {
            Files.delete(each.file());
            fetchAlone(each, bytes);
          }
          case Fetched.Unreadable(var why, _) -> {
            Files.delete(each.file());
            leaveOut(each.path(), "cannot be read: " + why);
          }
          case Fetched.Failed(var failure, _) -> throw failure;
        }
      }
      if (!asked.isEmpty()) {
        context.progress().step(Step.FETCH, hollow + full.size() + " objects");
        asked.clear();
      }
    }

    private void fetchAlone(Asked each, @Nullable Long bytes) throws IOException {
      if (isAlone) {
        leaveOut(
            each.path(), "has more bytes than the " + each.room() + " for which there is room");
        return;
      }
      var row = each.listed();
      large.add(
          new BucketObject(
              row.key(), bytes == null ? row.sizeBytes() : bytes, row.etag(), row.modified()),
          each.path());
    }

    private void keepOrLeaveOut(Asked each, Fetched.Whole whole) throws IOException {
      var object = StagedObject.of(each.path(), whole);
      if (object.dress().isTooLong()) {
        Files.delete(each.file());
        leaveOutForGood(each.path(), "has a content type or cache control that no file can have");
      } else {
        keep(each, whole, object);
      }
    }

    private void keep(Asked each, Fetched.Whole whole, StagedObject object) throws IOException {
      anythingCame = true;
      if (whole.isAsNamed() && isHeld(each.path(), whole.object())) {
        layHollow(each.file(), object);
        return;
      }
      var time = whole.isAsNamed() ? object.time() : object.timeOnlyIn(point);
      folder.dress(each.file(), time, object.dress().attributes());
      if (whole.isAsNamed()) {
        written.write(object);
      } else {
        // The next backup is to know nothing of it, and to fetch it again.
        otherwiseNamed++;
      }
      held += whole.object().sizeBytes();
      full.add(each.file());
      fullPaths.add(PATH + "/" + each.path());
    }

    /**
     * Whether the next snapshot's parent has it, though the list called it another: the engine
     * would not read it, since size and time are the same.
     */
    private boolean isHeld(String path, BucketObject fetched) {
      return Objects.equals(parent, before.snapshot()) && before.of(path, fetched).isPresent();
    }

    /** What was fetched so far is in the repository then, and its room is free. */
    private void storeAndHollow() throws IOException {
      await();
      if (!full.isEmpty()) {
        // A point of its own that nobody closes: maintenance finds it as it finds all leftovers.
        store(points.trees(points.newId()));
        for (var file : full) {
          folder.hollow(file);
        }
        hollow += full.size();
        full.clear();
        fullPaths.clear();
      }
      held = 0;
    }

    private Stored store(NewSnapshot about) {
      var stored =
          points
              .repository()
              .backupStaged(
                  new NewSnapshot(about.host(), about.tags(), parent),
                  above,
                  ROOT,
                  new StagedFiles(fullPaths, hollow),
                  (done, total) -> {});
      parent = stored.snapshot();
      addedBytes += stored.addedBytes();
      return stored;
    }

    Staged end() throws IOException {
      await();
      if (leftOut > 0 && !anythingCame && hollow == 0) {
        throw new EngineException(
            Reason.SOURCE_UNREACHABLE,
            "nothing can be read of " + list.text() + ": " + TreesBackup.some(named));
      }
      if (noRoom > 0) {
        context.warnings().addFirst(room.text(noRoom));
      }
      var files = hollow + full.size();
      var stored = store(points.trees(point));
      if (otherwiseNamed > 0) {
        context
            .warnings()
            .add(
                otherwiseNamed
                    + " objects have an ETag that is not the MD5 of their bytes: they are kept as"
                    + " the bucket gave them, and fetched again by each backup");
      }
      return new Staged(
          new Stored(stored.snapshot(), stored.sizeBytes(), addedBytes),
          files,
          leftOut,
          List.copyOf(named),
          unfit,
          gone,
          otherwiseNamed);
    }

    private void leaveOutForRoom(String path) {
      noRoom++;
      leaveOut(path, "has no room in the scratch space");
    }

    private void leaveOutForGood(String path, String why) {
      unfit++;
      leaveOut(path, why);
    }

    private void leaveOut(String path, String why) {
      leftOut++;
      if (named.size() < MOST_NAMED) {
        named.add("'" + path + "' " + why);
      }
    }
  }

  private static Fetched result(Future<Fetched> fetched) throws IOException {
    try {
      return fetched.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Reason.INTERRUPTED, "the run was ended from outside", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case EngineException failed -> throw failed;
        case IOException failed -> throw failed;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }
}
