package dev.salvor.engine.postgres;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What a role may not read in schemas that somebody else manages, and what of these schemas could
 * not be restored without it: tables that refer to it, views of it, its partitions.
 */
final class PassedOver {
  private PassedOver() {}

  /**
   * Lists it. A sequence that a table owns is dumped with its table, so that goes with it.
   *
   * @param schemas in which alone anything is passed over; what the role lacks elsewhere is for
   *     {@link Preflight} to refuse
   */
  static List<DumpSelection.Relation> list(PostgresSession session, List<String> schemas) {
    var managed =
        schemas.stream().map(PostgresSession::literal).collect(Collectors.joining(", ", "(", ")"));
    return session.rows(
        """
        WITH RECURSIVE unreadable(oid) AS (
          SELECT c.oid
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN %1$s
          WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND %2$s
            AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                     AND CASE WHEN c.relkind = 'S'
                              THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                              ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END)
          UNION
          SELECT d.oid FROM unreadable u CROSS JOIN LATERAL (
            SELECT o.refobjid FROM pg_catalog.pg_depend o
            JOIN pg_catalog.pg_class s ON s.oid = o.objid AND s.relkind = 'S'
            WHERE o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = u.oid
              AND o.refclassid = o.classid AND o.deptype IN ('a', 'i') AND o.refobjsubid > 0
            UNION ALL
            SELECT k.conrelid FROM pg_catalog.pg_constraint k
            WHERE k.contype = 'f' AND k.confrelid = u.oid
            UNION ALL
            SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = u.oid
            UNION ALL
            SELECT r.ev_class FROM pg_catalog.pg_depend v
            JOIN pg_catalog.pg_rewrite r ON r.oid = v.objid
            WHERE v.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
              AND v.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
              AND v.refobjid = u.oid) d(oid))
        SELECT n.nspname, c.relname
        FROM pg_catalog.pg_class c
        JOIN unreadable u ON u.oid = c.oid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN %1$s
        WHERE %2$s
        ORDER BY 1, 2
        """
            .formatted(managed, SourceTable.IN_DUMP),
        row -> new DumpSelection.Relation(row.getString(1), row.getString(2)));
  }
}
