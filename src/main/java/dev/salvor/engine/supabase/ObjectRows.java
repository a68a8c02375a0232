package dev.salvor.engine.supabase;

import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.SqlFailures;
import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Rows of Storage's objects, which Storage has made anew with their bytes: what no upload carries
 * is taken from the rows of a dump. A bucket and a name say which row is which.
 */
public final class ObjectRows {
  /** By their ids other tables refer to them; by their owners policies let people in. */
  private static final List<String> CARRIED =
      List.of(
          "id",
          "owner",
          "owner_id",
          "user_metadata",
          "created_at",
          "updated_at",
          "last_accessed_at");

  private static final String STAGED = "pg_temp.salvor_objects";
  private static final String SAME = " s.bucket_id = o.bucket_id AND s.name = o.name";

  /** Refused. */
  private static final String NOT_ALLOWED = "42501";

  /** Rows that refer to nothing, a table of another role, one that somebody holds. */
  private static final Set<String> UNVALIDATED = Set.of("23503", NOT_ALLOWED, "55P03");

  private final PostgresSession session;

  public ObjectRows(PostgresSession session) {
    this.session = session;
  }

  /**
   * What came of it.
   *
   * @param rows so many are as they were, by their buckets
   * @param leftOut for people
   */
  public record Carried(Map<String, Long> rows, List<String> leftOut) {
    public Carried {
      rows = Map.copyOf(rows);
      leftOut = List.copyOf(leftOut);
    }
  }

  /**
   * Writes what no upload carries, in one transaction: all of it, or nothing.
   *
   * @param data of the table in a dump
   * @throws EngineException as the rows are given; RESTORE_FAILED
   */
  public Carried carry(DumpEntry data, HostedScript.Rows rows) {
    session.execute("BEGIN");
    try {
      var columns = CopiedRows.columns(data.copy());
      stage(columns, data, rows);
      var leftOut = new ArrayList<String>();
      write(columns, leftOut);
      var counted = counted();
      session.execute("COMMIT");
      return new Carried(counted, leftOut);
    } catch (EngineException e) {
      rollBack();
      throw e;
    }
  }

  private void rollBack() {
    try {
      session.execute("ROLLBACK");
    } catch (EngineException gone) {
      // The server does it by itself when the session ends.
      return;
    }
  }

  private void stage(List<String> columns, DumpEntry data, HostedScript.Rows rows) {
    var names = columns.stream().map(PostgresSession::identifier).toList();
    session.execute(
        "CREATE TEMPORARY TABLE salvor_objects ("
            + names.stream().map(name -> name + " text").collect(Collectors.joining(", "))
            + ") ON COMMIT DROP");
    HostedScript.give(
        DataScript.into(
            session, data, "COPY " + STAGED + " (" + String.join(", ", names) + ") FROM stdin"),
        rows,
        List.of(data));
    session.execute("CREATE INDEX ON " + STAGED + " (bucket_id, name); ANALYZE " + STAGED);
  }

  private void write(List<String> columns, List<String> leftOut) {
    var types = types();
    var lacking = new TreeSet<String>();
    var writable = new ArrayList<String>();
    for (var column : CARRIED) {
      if (!columns.contains(column)) {
        continue;
      }
      if (types.containsKey(column)) {
        writable.add(column);
      } else if (session.truth(
          "SELECT EXISTS (SELECT FROM " + STAGED + " WHERE " + column + " IS NOT NULL)")) {
        lacking.add(column);
      }
    }
    session.execute("SAVEPOINT carry");
    try {
      // Else its own trigger would make them new.
      session.execute("SET LOCAL session_replication_role = replica");
      session.execute(
          "UPDATE storage.objects o SET "
              + writable.stream()
                  .map(column -> column + " = s." + column + "::" + types.get(column))
                  .collect(Collectors.joining(", "))
              + " FROM "
              + STAGED
              + " s WHERE"
              + SAME);
      session.execute("SET LOCAL session_replication_role = origin");
    } catch (EngineException e) {
      if (!NOT_ALLOWED.equals(SqlFailures.state(e))) {
        throw e;
      }
      session.execute("ROLLBACK TO SAVEPOINT carry");
    }
    for (var column : writable) {
      // Who sees no row has changed none.
      if (session.truth(
          "SELECT EXISTS (SELECT FROM "
              + STAGED
              + " s JOIN storage.objects o ON"
              + SAME
              + " WHERE o."
              + column
              + " IS DISTINCT FROM s."
              + column
              + "::"
              + types.get(column)
              + ")")) {
        lacking.add(column);
      }
    }
    if (!lacking.isEmpty()) {
      leftOut.add("of the rows of Storage's objects: " + String.join(", ", lacking));
    }
  }

  private Map<String, String> types() {
    var types = new HashMap<String, String>();
    session.rows(
        "SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute"
            + " WHERE attrelid = 'storage.objects'::pg_catalog.regclass AND attnum > 0 AND NOT"
            + " attisdropped AND attgenerated = ''",
        row -> types.put(row.getString(1), row.getString(2)));
    return types;
  }

  private Map<String, Long> counted() {
    var counted = new HashMap<String, Long>();
    session.rows(
        "SELECT o.bucket_id, pg_catalog.count(*) FROM storage.objects o JOIN "
            + STAGED
            + " s ON"
            + SAME
            + " GROUP BY 1",
        row -> counted.put(row.getString(1), row.getLong(2)));
    return counted;
  }

  /**
   * Has foreign keys to objects that were made without a look at the rows hold for them, too.
   *
   * @return those that do, as {@link DumpEntry#text} calls them
   */
  public List<String> validate() {
    var validated = new ArrayList<String>();
    for (var key :
        session.rows(
            "SELECT n.nspname, c.relname, k.conname FROM pg_catalog.pg_constraint k JOIN"
                + " pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON"
                + " n.oid = c.relnamespace WHERE k.contype = 'f' AND NOT k.convalidated AND"
                + " k.confrelid = 'storage.objects'::pg_catalog.regclass",
            row -> List.of(row.getString(1), row.getString(2), row.getString(3)))) {
      try {
        session.execute(
            "ALTER TABLE "
                + PostgresSession.identifier(key.get(0))
                + "."
                + PostgresSession.identifier(key.get(1))
                + " VALIDATE CONSTRAINT "
                + PostgresSession.identifier(key.get(2)));
        validated.add("fk constraint " + key.get(0) + "." + key.get(1) + " " + key.get(2));
      } catch (EngineException e) {
        // Of these it was said before that they do not hold yet.
        if (!UNVALIDATED.contains(SqlFailures.state(e))) {
          throw e;
        }
      }
    }
    return validated;
  }
}
