package dev.salvor.engine.postgres.restore;

import dev.salvor.api.FactsMode;
import dev.salvor.engine.postgres.FactsReader;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.task.DatabaseFacts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a restored database can be asked: the facts that the source was asked for, and besides what
 * only a comparison needs.
 *
 * @param roles of its server
 * @param columnMaximum by schema.sequence: the largest value of the column that owns it
 * @param versionDependentTables schema.table of those whose text may change with the major version
 */
public record CopyFacts(
    int serverVersion,
    DatabaseFacts facts,
    List<String> roles,
    Map<String, Long> columnMaximum,
    Set<String> versionDependentTables) {

  private static final String OWNED_SEQUENCES =
      """
      SELECT sn.nspname || '.' || s.relname,
             pg_catalog.format('SELECT max(%I)::bigint FROM %I.%I', a.attname, tn.nspname,
                               t.relname)
      FROM pg_catalog.pg_class s
      JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
      JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0 AND NOT q.seqcycle
      JOIN pg_catalog.pg_depend d ON d.objid = s.oid
        AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
      JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p')
      JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        AND a.atttypid IN (20, 21, 23)
      -- Only where an index answers at once.
      WHERE s.relkind = 'S' AND pg_catalog.has_table_privilege(t.oid, 'SELECT')
        AND pg_catalog.has_schema_privilege(tn.oid, 'USAGE') AND EXISTS (
        SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = t.oid AND i.indisvalid
          AND i.indkey[0] = a.attnum AND i.indpred IS NULL)
      """;

  private static final String VERSION_DEPENDENT =
      """
      SELECT DISTINCT n.nspname || '.' || c.relname
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
      LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
      WHERE c.relkind IN ('r', 'p')
        AND (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
        AND (t.typtype NOT IN ('b', 'e', 'd') OR t.typnamespace <> 'pg_catalog'::regnamespace
          OR coalesce(b.typname, e.typname, t.typname) IN ('float4', 'float8', 'json', 'jsonb',
             'xml', 'money', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle',
             'tsvector', 'tsquery', 'jsonpath'))
      """;

  /** Asks. The session must not be in a transaction. */
  public static CopyFacts read(PostgresSession session, FactsMode mode) {
    return read(session, FactsReader.of(session, mode));
  }

  /** Asks what facts do not say. */
  public static CopyFacts read(PostgresSession session, DatabaseFacts facts) {
    var maxima = new HashMap<String, Long>();
    for (var sequence :
        session.rows(OWNED_SEQUENCES, row -> Map.entry(row.getString(1), row.getString(2)))) {
      session
          .first(
              sequence.getValue(),
              row -> {
                var value = row.getLong(1);
                return row.wasNull() ? Long.MIN_VALUE : value;
              })
          .filter(value -> value > Long.MIN_VALUE)
          .ifPresent(value -> maxima.put(sequence.getKey(), value));
    }
    return new CopyFacts(
        session.server().version(),
        facts,
        session.rows("SELECT rolname FROM pg_catalog.pg_roles", row -> row.getString(1)),
        Map.copyOf(maxima),
        Set.copyOf(session.rows(VERSION_DEPENDENT, row -> row.getString(1))));
  }
}
