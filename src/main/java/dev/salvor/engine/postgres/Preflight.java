package dev.salvor.engine.postgres;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is asked of one database before its dump: whatever would let rows be missing, or let pg_dump
 * fail after an hour, is refused at once and with its remedy.
 *
 * @param tables that a dump would hold, with rows of their own
 * @param anyRow whether one of them has a row; read by looking, not by statistics
 */
public record Preflight(int tables, boolean anyRow, List<String> warnings) {
  /** Names in a message; the rest is a number. */
  private static final int NAMED = 5;

  /**
   * What can be dumped of a database of which somebody else keeps some to himself.
   *
   * @param schemas that are his
   */
  public static DumpSelection readable(
      PostgresSession session, DumpSelection selection, List<String> schemas) {
    return selection.passingOver(PassedOver.list(session, schemas));
  }

  /**
   * Asks. Read only; takes no lock that lasts.
   *
   * @throws EngineException INSUFFICIENT_PRIVILEGE, ROW_SECURITY, INVALID_SPEC
   */
  public static Preflight of(PostgresSession session, DumpSelection selection) {
    for (var required : selection.required()) {
      if (!session.truth(required.query())) {
        throw new EngineException(
            Reason.INVALID_SPEC,
            "nothing in database " + session.database() + " matches " + required.pattern());
      }
    }
    refuseMissingRights(session, selection);
    refuseRowSecurity(session, selection);
    var warnings = new ArrayList<String>();
    if (!selection.passedOver().isEmpty()) {
      warnings.add(
          "not kept, for role "
              + session.server().user()
              + " may not read it: "
              + named(selection.passedOver().stream().map(DumpSelection.Relation::text).toList()));
    }
    if (selection.wholeDatabase()) {
      refuseLargeObjects(session);
      warnings.addAll(
          new CatalogueReader(session, selection)
              .leftOut().stream()
                  .filter(left -> left.startsWith("subscription "))
                  .map(
                      left ->
                          left
                              + " of "
                              + session.database()
                              + " is not in the dump: only a superuser may read it")
                  .toList());
    }
    var tables =
        SourceTable.list(session, selection).stream().filter(SourceTable::comparable).toList();
    return new Preflight(tables.size(), anyRow(session, tables), List.copyOf(warnings));
  }

  private static void refuseMissingRights(PostgresSession session, DumpSelection selection) {
    // LOCK asks for SELECT; pg_dump asks for it on sequences too. A schema that may not be used
    // hides what is in it.
    var forbidden =
        session.rows(
            "SELECT CASE WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE on"
                + " schema ' || n.nspname ELSE 'SELECT on ' || CASE WHEN c.relkind = 'S' THEN"
                + " 'sequence ' ELSE 'table ' END || n.nspname || '.' || c.relname END FROM"
                + " pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND "
                + SourceTable.IN_DUMP
                + " AND "
                + selection.relations()
                + " AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND CASE WHEN"
                + " c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') ELSE"
                + " pg_catalog.has_table_privilege(c.oid, 'SELECT') END) GROUP BY 1 ORDER BY 1",
            row -> row.getString(1));
    if (!forbidden.isEmpty()) {
      throw new EngineException(
          Reason.INSUFFICIENT_PRIVILEGE,
          "role "
              + session.server().user()
              + " lacks, in database "
              + session.database()
              + ": "
              + named(forbidden)
              + ". GRANT pg_read_all_data TO it, or back up as the owner");
    }
  }

  private static void refuseRowSecurity(PostgresSession session, DumpSelection selection) {
    var hidden =
        session.rows(
            "SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c JOIN"
                + " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r',"
                + " 'p') AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AND "
                + selection.relations()
                + " ORDER BY 1",
            row -> row.getString(1));
    if (!hidden.isEmpty()) {
      throw new EngineException(
          Reason.ROW_SECURITY,
          "row security hides rows of "
              + named(hidden)
              + " in database "
              + session.database()
              + " from role "
              + session.server().user());
    }
  }

  private static void refuseLargeObjects(PostgresSession session) {
    var unreadable = LargeObjectReader.unreadable(session);
    if (unreadable > 0) {
      throw new EngineException(
          Reason.INSUFFICIENT_PRIVILEGE,
          "role "
              + session.server().user()
              + " may not read "
              + unreadable
              + " large objects of database "
              + session.database()
              + ": pg_read_all_data does not cover them. Back up as their owner or a superuser, or"
              + " GRANT SELECT ON LARGE OBJECT");
    }
  }

  private static boolean anyRow(PostgresSession session, List<SourceTable> tables) {
    for (var table : tables) {
      if (table.unlogged() && session.server().standby()) {
        continue;
      }
      if (session.truth("SELECT EXISTS (SELECT FROM ONLY " + table.qualified() + ")")) {
        return true;
      }
    }
    return false;
  }

  private static String named(List<String> names) {
    var shown = String.join(", ", names.subList(0, Math.min(NAMED, names.size())));
    return names.size() <= NAMED ? shown : shown + " and " + (names.size() - NAMED) + " more";
  }
}
