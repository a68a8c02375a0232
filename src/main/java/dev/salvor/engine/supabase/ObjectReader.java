package dev.salvor.engine.supabase;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the rows of Storage's objects, and says where their bytes must lie. */
public final class ObjectReader {
  private static final String TABLE = "storage.objects";
  private static final int FETCHED_AT_ONCE = 10_000;
  private static final int ASKED_AT_ONCE = 1000;

  /** Of bytes that were sent in one piece. ETags by time, or of several pieces, look otherwise. */
  private static final Pattern MD5 = Pattern.compile("\"?([0-9a-f]{32})\"?");

  /** As which Storage gives out a file that does not say its type: nothing is lost then. */
  private static final String UNTYPED = "application/octet-stream";

  /** Later times are none that a file can have everywhere. */
  private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");

  private final PostgresSession session;
  private final StorageLayout layout;
  private final String query;

  /** Who is given objects. */
  @FunctionalInterface
  public interface Given {
    void object(StoredObject object, Served served) throws IOException;
  }

  /**
   * How Storage's S3 protocol gives the same object. All of it is a user's, and of any length.
   *
   * @param path of its file, as its bucket's keys are; one that would lead out of its bucket's
   *     folder as it was put together, and no file's
   * @param etag without quotes; empty: the row has none
   * @param modified in whole seconds
   */
  public record Served(String bucket, String name, String path, String etag, Instant modified) {}

  private record Row(StoredObject object, Served served) {}

  private ObjectReader(PostgresSession session, StorageLayout layout, String query) {
    this.session = session;
    this.layout = layout;
    this.query = query;
  }

  /**
   * In a session of the project's database.
   *
   * @throws EngineException INVALID_SPEC if it has no such table
   */
  public static ObjectReader of(PostgresSession session, StorageLayout layout) {
    if (!ProjectDatabase.exists(session, TABLE)) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          "database " + session.database() + " has no table " + TABLE + ": leave out storage.");
    }
    return new ObjectReader(session, layout, query(hasVersions(session)));
  }

  /** The column came by a migration. */
  private static boolean hasVersions(PostgresSession session) {
    return session.truth(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid ="
            + " pg_catalog.to_regclass('"
            + TABLE
            + "') AND attname = 'version' AND NOT attisdropped)");
  }

  private static String query(boolean hasVersions) {
    return "SELECT id::pg_catalog.text, bucket_id, name, "
        + (hasVersions ? "version" : "NULL::pg_catalog.text")
        + ", metadata IS NULL, CASE WHEN metadata->>'size' ~ '^[0-9]{1,18}$' THEN"
        + " (metadata->>'size')::pg_catalog.int8 END, metadata->>'eTag', metadata->>'mimetype',"
        + " metadata->>'lastModified' FROM "
        + TABLE;
  }

  /**
   * Reads all, in no order and a few at once. Within an open transaction.
   *
   * @throws IOException as {@link Given}
   */
  public void readAll(Given given) throws IOException {
    session.execute("DECLARE salvor_objects NO SCROLL CURSOR FOR " + query);
    List<Row> some;
    do {
      some = session.rows("FETCH " + FETCHED_AT_ONCE + " FROM salvor_objects", this::row);
      for (var row : some) {
        given.object(row.object(), row.served());
      }
    } while (!some.isEmpty());
    session.execute("CLOSE salvor_objects");
  }

  /** Those of some ids that are there now. */
  public List<StoredObject> now(Collection<String> ids) {
    var found = new ArrayList<StoredObject>();
    var all = List.copyOf(ids);
    for (var from = 0; from < all.size(); from += ASKED_AT_ONCE) {
      var some = all.subList(from, Math.min(all.size(), from + ASKED_AT_ONCE));
      found.addAll(
          session.rows(
              query + " WHERE id = ANY (pg_catalog.string_to_array(?, ',')::pg_catalog.uuid[])",
              this::object,
              String.join(",", some)));
    }
    return found;
  }

  /** Whether the bytes of an object are those of the same path now. */
  public boolean isStill(String bucket, String name, String path) {
    return session
        .rows(query + " WHERE bucket_id = ? AND name = ?", this::row, bucket, name)
        .stream()
        .anyMatch(row -> row.served().path().equals(path));
  }

  private Row row(ResultSet row) throws SQLException {
    var bucket = text(row.getString(2));
    var name = text(row.getString(3));
    return new Row(
        object(row),
        new Served(
            bucket,
            name,
            served(layout, bucket, name, row.getString(4)),
            text(row.getString(7)).replace("\"", ""),
            instant(text(row.getString(9)))));
  }

  private static Instant instant(String text) {
    try {
      var said = Instant.parse(text).truncatedTo(ChronoUnit.SECONDS);
      return said.isBefore(Instant.EPOCH) || said.isAfter(LATEST) ? Instant.EPOCH : said;
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  private StoredObject object(ResultSet row) throws SQLException {
    var isPending = row.getBoolean(5);
    var type = row.getString(8);
    var bucket = text(row.getString(2));
    var name = text(row.getString(3));
    return new StoredObject(
        path(layout, bucket, name, row.getString(4)),
        row.getObject(6, Long.class),
        md5(row.getString(7)),
        (type == null || type.equals(UNTYPED)) ? null : Boolean.TRUE,
        isPending ? StoredObject.Fate.PENDING : null,
        row.getString(1),
        row.getString(4) != null,
        isJoined(name) ? null : bucket + "/" + name);
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static @Nullable String md5(@Nullable String tag) {
    var digits = MD5.matcher(text(tag));
    return digits.matches() ? digits.group(1) : null;
  }

  /** As the service puts it together, and as a tree's entries are written. */
  static String path(StorageLayout layout, String bucket, String name, @Nullable String version) {
    return FileTree.written(joinedByNode(joined(layout, bucket, name, version)));
  }

  /** Whether a name is that of its path. */
  private static boolean isJoined(String name) {
    return joinedByNode(name).equals(name);
  }

  /** Where the file backend has it: two of one path differ in their versions, which are UUIDs. */
  static String served(StorageLayout layout, String bucket, String name, @Nullable String version) {
    var joined = joined(layout, bucket, name, version);
    var path = joinedByNode(joined);
    return path.startsWith(layout.bucket() + "/" + layout.tenant() + "/" + bucket + "/")
        ? path
        : joined;
  }

  /** As Node's path.join, which the service uses. */
  private static String joinedByNode(String path) {
    var names = new ArrayDeque<String>();
    for (var each : path.split("/", -1)) {
      if (each.equals("..") && !names.isEmpty()) {
        names.removeLast();
      } else if (!each.isEmpty() && !each.equals(".")) {
        names.addLast(each);
      }
    }
    return String.join("/", names);
  }

  private static String joined(
      StorageLayout layout, String bucket, String name, @Nullable String version) {
    var suffix =
        version == null
            ? ""
            : switch (layout.versions()) {
              case FOLDER -> "/" + version;
              case SUFFIX -> "-$v-" + version;
              case UNKNOWN -> throw new IllegalStateException("refused by the planner");
            };
    return layout.bucket() + "/" + layout.tenant() + "/" + bucket + "/" + name + suffix;
  }
}
