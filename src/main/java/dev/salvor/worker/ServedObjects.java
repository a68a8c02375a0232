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
import dev.salvor.plan.proof.ServedBytes;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The objects that rows of a dump name, by Storage's own S3 protocol. That knows no versions: it
 * gives whatever bears the name now, so what came is held to the row, and is gone where it is
 * another's (ADR 31).
 */
final class ServedObjects implements StagingList, AutoCloseable {
  /** What Storage may answer, and not the machine or the database. */
  private static final Set<Reason> OF_STORAGE =
      EnumSet.of(
          Reason.SOURCE_UNREACHABLE,
          Reason.TLS_FAILED,
          Reason.AUTHENTICATION_FAILED,
          Reason.INSUFFICIENT_PRIVILEGE);

  /** Longer than any path of a file: what is cut to it is refused as one. */
  private static final int LONGEST = 4_096;

  private static final int LONGEST_ETAG = 255;

  /** After so many in a row that could not be had, each tried for long, no other is asked for. */
  private static final int MOST_IN_A_ROW = 100;

  private final WorkerContext context;
  private final ObjectBucket storage;
  private final String endpoint;
  private final FetchQueue rows;
  private final StorageLayout layout;
  private final ServerConnection server;
  private @Nullable RunSession session;
  private int refusedInARow;
  private @Nullable String givenUp;

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
      FetchQueue rows,
      StorageLayout layout,
      ServerConnection server) {
    this.context = context;
    this.storage = storage;
    this.endpoint = endpoint;
    this.rows = rows;
    this.layout = layout;
    this.server = server;
  }

  /** Of a row whose upload has ended. A bucket's name has no slash. */
  static void note(FetchQueue rows, StoredObject object, Served served) throws IOException {
    if (object.fate() != StoredObject.Fate.PENDING) {
      rows.add(
          new BucketObject(
              cut(served.bucket() + "/" + served.name()),
              object.size() == null ? ServedBytes.NO_SIZE : object.size(),
              served.etag().length() > LONGEST_ETAG ? "" : served.etag(),
              served.modified()),
          cut(served.path()));
    }
  }

  private static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
  }

  @Override
  public void show(Shown shown) throws IOException {
    rows.show(shown::object);
  }

  @Override
  public Fetched fetch(BucketObject row, String path, Path file, ObjectBucket.Arriving arriving)
      throws IOException {
    var over = givenUp();
    if (over != null) {
      return new Fetched.Unreadable(over);
    }
    var slash = row.key().indexOf('/');
    Fetched came;
    try {
      came =
          storage
              .beside(row.key().substring(0, slash))
              .fetch(
                  row.key().substring(slash + 1),
                  file,
                  arriving,
                  row.sizeBytes() == ServedBytes.NO_SIZE ? Long.MAX_VALUE : row.sizeBytes());
    } catch (EngineException e) {
      came = instead(e);
    }
    return switch (came) {
      case Fetched.Whole whole -> {
        served();
        yield isOf(row, path, whole) ? named(row, whole) : new Fetched.Gone();
      }
      case Fetched.Gone gone -> {
        served();
        yield gone;
      }
      case Fetched.Unreadable unreadable -> {
        refused(unreadable.why());
        yield unreadable;
      }
    };
  }

  private Fetched instead(EngineException e) {
    if (e.reason() == Reason.SOURCE_MISSING) {
      // Its bucket went with all that was in it.
      return new Fetched.Gone();
    }
    if (!OF_STORAGE.contains(e.reason())) {
      throw e;
    }
    if (e.reason() == Reason.AUTHENTICATION_FAILED) {
      giveUp(e.failure().message());
    }
    return new Fetched.Unreadable(e.failure().message());
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

  private synchronized @Nullable String givenUp() {
    return givenUp;
  }

  private synchronized void giveUp(String why) {
    givenUp = why;
  }

  private synchronized void served() {
    refusedInARow = 0;
  }

  private synchronized void refused(String why) {
    refusedInARow++;
    if (refusedInARow >= MOST_IN_A_ROW && givenUp == null) {
      givenUp = "no other was asked for after " + MOST_IN_A_ROW + " in a row: " + why;
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
    rows.close();
    if (session != null) {
      session.close();
    }
  }
}
