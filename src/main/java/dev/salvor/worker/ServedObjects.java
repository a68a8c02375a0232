package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.engine.objectstore.Fetched;
import dev.salvor.engine.objectstore.ObjectBucket;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.supabase.ObjectReader;
import dev.salvor.engine.supabase.ObjectReader.Served;
import dev.salvor.plan.proof.ServedAnswers;
import dev.salvor.plan.proof.ServedAnswers.Answer;
import dev.salvor.plan.proof.ServedBytes;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The objects that rows of a dump name, by Storage's own S3 protocol. That knows no versions: it
 * gives whatever bears the name now, so what came is held to the row, and is gone where it is
 * another's (ADR 31).
 */
final class ServedObjects implements StagingList, AutoCloseable {
  /** Longer than any path of a file: what is cut to it is refused as one. */
  private static final int LONGEST = 4_096;

  private static final int LONGEST_ETAG = 255;

  private final WorkerContext context;
  private final ObjectBucket storage;
  private final String endpoint;
  private final ServedRows rows;
  private final StorageLayout layout;
  private final ServerConnection server;
  private @Nullable RunSession session;
  private final ServedAnswers answers = new ServedAnswers();
  private @Nullable String over;

  /**
   * Of one snapshot.
   *
   * @param storage any bucket of it
   * @param endpoint of it, for messages
   * @param rows as they were {@link #note}d; closed with this
   * @param server that has them
   */
  ServedObjects(
      WorkerContext context,
      ObjectBucket storage,
      String endpoint,
      ServedRows rows,
      StorageLayout layout,
      ServerConnection server) {
    this.context = context;
    this.storage = storage;
    this.endpoint = endpoint;
    this.rows = rows;
    this.layout = layout;
    this.server = server;
  }

  /**
   * Of a row, also where it has no metadata: an upload that ended may have left it so. A bucket's
   * name has no slash.
   */
  static void note(ServedRows rows, StoredObject object, Served served) throws IOException {
    var key = served.bucket() + "/" + served.name();
    rows.add(
        new BucketObject(
            cut(key),
            size(object),
            served.etag().length() > LONGEST_ETAG ? "" : served.etag(),
            served.modified()),
        // Of a name that was cut nothing is fetched.
        key.length() > LONGEST ? cut(key) : cut(served.path()));
  }

  private static long size(StoredObject object) {
    if (object.fate() == StoredObject.Fate.PENDING) {
      return ServedBytes.NO_METADATA;
    }
    return object.size() == null ? ServedBytes.NO_SIZE : object.size();
  }

  private static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
  }

  @Override
  public void show(Shown shown) throws IOException {
    rows.show(shown::object);
  }

  @Override
  public Fetched fetch(
      BucketObject row, String path, Path file, ObjectBucket.Arriving arriving, long most)
      throws IOException {
    if (isOver()) {
      return new Fetched.Unreadable("it was not asked for any more", Fetched.Cause.SERVER);
    }
    var isSized = row.sizeBytes() >= 0;
    var slash = row.key().indexOf('/');
    var came =
        storage
            .beside(row.key().substring(0, slash))
            .ask(row.key().substring(slash + 1), file, arriving, isSized ? row.sizeBytes() : most);
    return switch (came) {
      case Fetched.Whole whole -> {
        note(Answer.SERVED, "");
        yield isOf(row, path, whole) ? named(row, whole) : new Fetched.Gone();
      }
      case Fetched.Gone gone -> {
        note(Answer.SERVED, "");
        yield gone;
      }
      case Fetched.TooLarge large -> {
        note(Answer.SERVED, "");
        // More than its row says: it is another's.
        yield isSized ? new Fetched.Gone() : large;
      }
      case Fetched.Unreadable unreadable -> {
        note(answer(unreadable.cause()), unreadable.why());
        // Whose upload has not ended, Storage need not have.
        yield row.sizeBytes() == ServedBytes.NO_METADATA
                && unreadable.cause() == Fetched.Cause.OBJECT
            ? new Fetched.Gone()
            : unreadable;
      }
      case Fetched.Failed failed -> {
        if (failed.failure().reason() == Reason.SOURCE_MISSING) {
          // Its bucket went with all that was in it.
          note(Answer.OF_THE_OBJECT, "");
          yield new Fetched.Gone();
        }
        var why = failed.failure().failure().message();
        note(answer(failed.cause()), why);
        yield new Fetched.Unreadable(why, failed.cause());
      }
    };
  }

  private static Answer answer(Fetched.Cause cause) {
    return switch (cause) {
      case OBJECT -> Answer.OF_THE_OBJECT;
      case DENIED -> Answer.DENIED;
      case KEYS -> Answer.KEYS_UNKNOWN;
      case SERVER -> Answer.FAILED;
      case SILENCE -> Answer.SILENT;
    };
  }

  /** Where the answer does not tell, the database does: it has the row still, afterwards. */
  private boolean isOf(BucketObject row, String path, Fetched.Whole came) {
    return switch (ServedBytes.of(
        row.sizeBytes(), row.etag(), came.object().sizeBytes(), came.object().etag(), came.md5())) {
      case OF_THE_ROW -> true;
      case OF_ANOTHER -> false;
      case UNKNOWN -> isStill(row, path);
    };
  }

  private synchronized boolean isStill(BucketObject row, String path) {
    var slash = row.key().indexOf('/');
    var bucket = row.key().substring(0, slash);
    var name = row.key().substring(slash + 1);
    if (session != null) {
      try {
        return ObjectReader.of(session.session(), layout).isStill(bucket, name, path);
      } catch (EngineException e) {
        // A session that waited for long may have been ended.
        session.close();
      }
    }
    var open = RunSession.open(server, SupabaseSource.DATABASE, context);
    session = open;
    return ObjectReader.of(open.session(), layout).isStill(bucket, name, path);
  }

  /** By what its row says, in which the next backup finds it again. */
  private static Fetched.Whole named(BucketObject row, Fetched.Whole came) {
    return new Fetched.Whole(
        new BucketObject(row.key(), came.object().sizeBytes(), row.etag(), row.modified()),
        came.contentType(),
        came.cacheControl(),
        came.isAsNamed(),
        came.md5());
  }

  private synchronized boolean isOver() {
    return over != null;
  }

  private synchronized void note(Answer answer, String why) {
    if (answers.end(answer) && over == null) {
      over = why;
    }
  }

  @Override
  public boolean goesOnWithout() {
    return true;
  }

  @Override
  public String text() {
    return "Storage at " + endpoint;
  }

  @Override
  public synchronized void close() throws IOException {
    if (over != null) {
      context.warnings().addFirst("Storage was asked for no other object: " + over);
    }
    try (var _ = session) {
      rows.close();
    }
  }
}
