package dev.salvor.engine.postgres;

import dev.salvor.engine.EngineException;
import dev.salvor.task.DatabaseFacts.SchemaFacts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts what makes up a schema and digests its definitions, as far as a dump of the selection
 * holds them: no members of extensions, no invalid indexes, nothing that a partition has from its
 * parent twice, no owners and grants.
 */
final class SchemaFactsReader {
  private static final String NO_MEMBER =
      "NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid ="
          + " 'pg_catalog.%s'::pg_catalog.regclass AND e.objid = %s.oid AND e.deptype = 'e')";

  private final PostgresSession session;
  private final List<String> warnings;

  /** Subqueries that a selection fixes: relations, functions, types of their own. */
  private final String relations;

  private final String functions;
  private final String types;

  SchemaFactsReader(PostgresSession session, DumpSelection selection, List<String> warnings) {
    this.session = session;
    this.warnings = warnings;
    this.relations =
        "(SELECT c.oid, c.relkind, n.nspname || '.' || c.relname AS name FROM pg_catalog.pg_class c"
            + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r',"
            + " 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND NOT "
            + SourceTable.EXTENSION_MEMBER
            + " AND "
            + selection.relations()
            + ") r";
    var inSchema = selection.tablesOnly() ? "false" : selection.schemas();
    this.functions =
        "(SELECT p.oid, p.prokind FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid"
            + " = p.pronamespace WHERE "
            + NO_MEMBER.formatted("pg_proc", "p")
            + " AND "
            + inSchema
            + ") f";
    this.types =
        "(SELECT t.oid, n.nspname || '.' || t.typname AS name, t.typtype, t.typbasetype,"
            + " t.typtypmod, t.typrelid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON"
            + " n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid WHERE"
            + " (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')) AND "
            + NO_MEMBER.formatted("pg_type", "t")
            + " AND "
            + inSchema
            + ") t";
  }

  SchemaFacts read() {
    return new SchemaFacts(
        count("SELECT count(*) FROM " + relations + " WHERE r.relkind = 'v'"),
        count("SELECT count(*) FROM " + functions),
        count("SELECT count(*) FROM " + indexes(true)),
        count("SELECT count(*) FROM " + constraints()),
        count("SELECT count(*) FROM " + triggers()),
        count("SELECT count(*) FROM " + policies()),
        count("SELECT count(*) FROM " + types),
        count("SELECT count(*) FROM " + indexes(false)),
        digest());
  }

  private int count(String sql) {
    return (int) session.number(sql);
  }

  private String indexes(boolean valid) {
    return relations
        + " JOIN pg_catalog.pg_index i ON i.indrelid = r.oid AND "
        + (valid ? "" : "NOT ")
        + "i.indisvalid";
  }

  /** Of tables, and of domains. A partition's share of its parent's foreign key is the parent's. */
  private String constraints() {
    return "(SELECT k.oid, k.conname, r.name FROM "
        + relations
        + " JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid WHERE k.contype IN ('c', 'f',"
        + " 'p', 'u', 'x') AND k.conparentid = 0 UNION ALL SELECT k.oid, k.conname, t.name FROM "
        + types
        + " JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid WHERE k.contype = 'c') k";
  }

  private String triggers() {
    return relations
        + " JOIN pg_catalog.pg_trigger g ON g.tgrelid = r.oid AND NOT g.tgisinternal AND"
        + " g.tgparentid = 0";
  }

  private String policies() {
    return relations + " JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid";
  }

  private @Nullable String digest() {
    session.execute("SAVEPOINT digest");
    try {
      var digest =
          session.text(
              "SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(x.line, E'\\n' ORDER BY x.line"
                  + " COLLATE \"C\"), '')) FROM ("
                  + String.join(" UNION ALL ", definitions())
                  + ") x(line)");
      session.execute("RELEASE SAVEPOINT digest");
      return digest;
    } catch (EngineException e) {
      if (SqlFailures.endsSession(SqlFailures.state(e))) {
        throw e;
      }
      session.execute("ROLLBACK TO SAVEPOINT digest");
      warnings.add(
          "definitions of " + session.database() + " are not digested: " + e.failure().message());
      return null;
    }
  }

  /** Of each, one line that names it and says what it is. */
  private List<String> definitions() {
    return List.of(
        // Numbered anew: a dropped column leaves a hole that a restored table does not have.
        line(
            "'column', r.name, pg_catalog.row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum),"
                + " a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,"
                + " a.attidentity, a.attgenerated, pg_catalog.pg_get_expr(d.adbin, d.adrelid)",
            relations
                + " JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT"
                + " a.attisdropped LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND"
                + " d.adnum = a.attnum"),
        line(
            "'relation', r.relkind, r.name, CASE WHEN r.relkind IN ('v', 'm') THEN"
                + " pg_catalog.pg_get_viewdef(r.oid) END",
            relations),
        line(
            "'function', CASE WHEN f.prokind = 'a' THEN"
                + " f.oid::pg_catalog.regprocedure::pg_catalog.text ELSE"
                + " pg_catalog.pg_get_functiondef(f.oid) END",
            functions),
        line("'index', pg_catalog.pg_get_indexdef(i.indexrelid)", indexes(true)),
        line(
            "'constraint', k.name, k.conname, pg_catalog.pg_get_constraintdef(k.oid)",
            constraints()),
        line("'trigger', g.tgenabled, pg_catalog.pg_get_triggerdef(g.oid)", triggers()),
        line(
            "'policy', r.name, p.polname, p.polcmd, p.polpermissive,"
                + " pg_catalog.pg_get_expr(p.polqual, p.polrelid), '/',"
                + " pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)",
            policies()),
        line(
            "'type', t.typtype, t.name, (SELECT pg_catalog.string_agg(l.enumlabel, ',' ORDER BY"
                + " l.enumsortorder) FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid), CASE"
                + " WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)"
                + " END, (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname,"
                + " pg_catalog.format_type(a.atttypid, a.atttypmod)), ',' ORDER BY a.attnum) FROM"
                + " pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND"
                + " NOT a.attisdropped)",
            types));
  }

  private static String line(String words, String from) {
    return "SELECT pg_catalog.concat_ws(' ', " + words + ") FROM " + from;
  }
}
