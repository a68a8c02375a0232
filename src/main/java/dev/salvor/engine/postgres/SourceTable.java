package dev.salvor.engine.postgres;

import java.util.List;

/**
 * A table that a dump contains, ordinary or partitioned.
 *
 * @param oid within the database
 * @param kind pg_class.relkind: r or p
 * @param persistence pg_class.relpersistence: p or u
 * @param extensionMember a table of an extension that lets pg_dump take its rows
 */
public record SourceTable(
    long oid,
    String schema,
    String name,
    String kind,
    String persistence,
    boolean extensionMember) {
  /** SQL that is true of a pg_class c that belongs to an extension. */
  static final String EXTENSION_MEMBER =
      "EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid ="
          + " 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.objsubid = 0 AND"
          + " e.deptype = 'e')";

  private static final String EXTENSION_DATA =
      "c.oid IN (SELECT pg_catalog.unnest(x.extconfig) FROM pg_catalog.pg_extension x)";

  /** SQL that is true of a pg_class c that is of no extension, or whose rows it has dumped. */
  static final String IN_DUMP = "(NOT " + EXTENSION_MEMBER + " OR " + EXTENSION_DATA + ")";

  /** Ordered by oid, which is also the order in which they are locked. */
  static List<SourceTable> list(PostgresSession session, DumpSelection selection) {
    return session.rows(
        "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, "
            + EXTENSION_MEMBER
            + " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid ="
            + " c.relnamespace WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND "
            + selection.relations()
            + " AND "
            + IN_DUMP
            + " ORDER BY c.oid",
        row ->
            new SourceTable(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getBoolean(6)));
  }

  /** As SQL names it. */
  public String qualified() {
    return PostgresSession.identifier(schema) + "." + PostgresSession.identifier(name);
  }

  /** As people name it. */
  public String text() {
    return schema + "." + name;
  }

  /** It holds rows of its own, which are compared: members of extensions come with them. */
  public boolean comparable() {
    return kind.equals("r") && !extensionMember;
  }

  boolean unlogged() {
    return persistence.equals("u");
  }
}
