package dev.salvor.engine.postgres;

import dev.salvor.task.DatabaseFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Sequences stand outside of every snapshot: what pg_dump writes is a value between one read before
 * it and one read after it.
 */
final class SequenceReader {
  /** Sequences whose values one statement selects. */
  private static final int CHUNK = 200;

  private SequenceReader() {}

  /** A sequence whose value is not yet known. */
  private record Listed(String schema, String name, boolean lost, @Nullable String column) {}

  /**
   * As they are at this moment. Their values are selected as pg_dump does, under a lock that only
   * DROP waits for: pg_sequence_last_value would let every ALTER SEQUENCE wait until the end of the
   * transaction, whatever savepoint is rolled back.
   */
  static List<DatabaseFacts.Sequence> read(PostgresSession session, DumpSelection selection) {
    var listed =
        session.rows(
            listQuery(selection.relations(), SourceTable.EXTENSION_MEMBER),
            row ->
                new Listed(
                    row.getString(1), row.getString(2), row.getBoolean(3), row.getString(4)));
    var sequences = new ArrayList<DatabaseFacts.Sequence>();
    for (var from = 0; from < listed.size(); from += CHUNK) {
      var chunk = listed.subList(from, Math.min(from + CHUNK, listed.size()));
      var sql = new StringJoiner(" UNION ALL ", "", " ORDER BY 1");
      for (var i = 0; i < chunk.size(); i++) {
        sql.add(valueQuery(i, chunk.get(i)));
      }
      var values =
          session.rows(
              sql.toString(),
              row -> {
                var value = row.getLong(2);
                return row.wasNull() ? Optional.<Long>empty() : Optional.of(value);
              });
      for (var i = 0; i < chunk.size(); i++) {
        var sequence = chunk.get(i);
        var value = values.get(i).orElse(null);
        sequences.add(
            new DatabaseFacts.Sequence(
                sequence.schema(), sequence.name(), value, value, sequence.column()));
      }
    }
    return sequences;
  }

  /** A sequence of an identity column goes with its table, each other one where its name says. */
  private static String listQuery(String dumped, String extensionMember) {
    return """
    SELECT n.nspname, c.relname,
           c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery(),
           o.name
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
      SELECT d.deptype, t.dumped,
             tn.nspname || '.' || tc.relname || '.' || a.attname AS name
      FROM pg_catalog.pg_depend d
      JOIN pg_catalog.pg_class tc ON tc.oid = d.refobjid
      JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = tc.oid AND a.attnum = d.refobjsubid
      CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM pg_catalog.pg_class c
                       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                       WHERE c.oid = tc.oid AND %1$s) AS dumped) t
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
      LIMIT 1) o ON true
    WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND NOT %2$s
      AND CASE WHEN o.deptype = 'i' THEN o.dumped
               ELSE (%1$s) OR coalesce(o.dumped, false) END
    ORDER BY 1, 2
    """
        .formatted(dumped, extensionMember);
  }

  /** A standby has lost what is unlogged. */
  private static String valueQuery(int position, Listed sequence) {
    return sequence.lost()
        ? "SELECT " + position + ", NULL::pg_catalog.int8"
        : "SELECT "
            + position
            + ", CASE WHEN s.is_called THEN s.last_value END FROM "
            + PostgresSession.identifier(sequence.schema())
            + "."
            + PostgresSession.identifier(sequence.name())
            + " s";
  }

  /** The range from what was read before to what was read after. */
  static List<DatabaseFacts.Sequence> range(
      List<DatabaseFacts.Sequence> before, List<DatabaseFacts.Sequence> after) {
    var later = new HashMap<String, DatabaseFacts.Sequence>();
    after.forEach(sequence -> later.put(key(sequence), sequence));
    var ranges = new ArrayList<DatabaseFacts.Sequence>();
    for (var sequence : before) {
      var last = later.getOrDefault(key(sequence), sequence);
      ranges.add(
          new DatabaseFacts.Sequence(
              sequence.schema(),
              sequence.name(),
              lesser(sequence.lowest(), last.highest()),
              greater(sequence.lowest(), last.highest()),
              sequence.column()));
    }
    return ranges;
  }

  private static String key(DatabaseFacts.Sequence sequence) {
    return PostgresSession.identifier(sequence.schema())
        + "."
        + PostgresSession.identifier(sequence.name());
  }

  /** Null, never called, comes before every value. */
  private static @Nullable Long lesser(@Nullable Long before, @Nullable Long after) {
    return before == null || after == null ? null : Long.valueOf(Math.min(before, after));
  }

  private static @Nullable Long greater(@Nullable Long before, @Nullable Long after) {
    if (before == null || after == null) {
      return before == null ? after : before;
    }
    return Math.max(before, after);
  }
}
