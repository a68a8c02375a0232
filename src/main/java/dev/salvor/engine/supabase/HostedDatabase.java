package dev.salvor.engine.supabase;

import dev.salvor.api.HostedSupabase;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the database of a hosted project has, as far as a restore into it depends on that. Names of
 * relations, functions and types are {@code schema.name}; of triggers and policies {@code
 * schema.table name}.
 *
 * @param user that is connected
 * @param roles of the server
 * @param available extensions that could be made
 * @param writable tables into which this role may copy rows
 * @param settable sequences that this role may set
 * @param columns of tables in schemas of Supabase's, those that rows may have
 * @param widths of these tables: how many columns there are, with those that are generated
 * @param customers what the customers themselves have there, for people; empty: nobody has used it
 * @param lacking rights that a restore needs and this role has not, for people
 */
public record HostedDatabase(
    String user,
    Set<String> roles,
    Set<String> schemas,
    Set<String> relations,
    Set<String> functions,
    Set<String> types,
    Set<String> triggers,
    Set<String> policies,
    Set<String> publications,
    Set<String> eventTriggers,
    Set<String> extensions,
    Set<String> available,
    Set<String> writable,
    Set<String> settable,
    Map<String, List<String>> columns,
    Map<String, Integer> widths,
    List<String> customers,
    List<String> lacking) {
  /** Supabase's command line makes it, as its customers' role. */
  private static final String MIGRATIONS = "supabase_migrations";

  /** Most of a kind that are named. */
  private static final int NAMED = 8;

  private static final String SCHEMAS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

  private static final String NO_MEMBER =
      " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid ="
          + " 'pg_catalog.%s'::pg_catalog.regclass AND x.objid = %s AND x.deptype = 'e')";

  private static final String RELATIONS =
      "SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c JOIN"
          + " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE "
          + SCHEMAS;

  private static final String FUNCTIONS =
      "SELECT n.nspname || '.' || p.proname FROM pg_catalog.pg_proc p JOIN"
          + " pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE "
          + SCHEMAS;

  private static final String TYPES =
      "SELECT n.nspname || '.' || t.typname FROM pg_catalog.pg_type t JOIN"
          + " pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE "
          + SCHEMAS;

  /** Whether Supabase makes and changes what is in a schema. */
  public static boolean isManaged(String schema) {
    return HostedSupabase.MANAGED_SCHEMAS.contains(schema) && !schema.equals(MIGRATIONS);
  }

  /** The same as it was when it was new, to choose from a dump what it must hold now. */
  public HostedDatabase asNew() {
    return new HostedDatabase(
        user,
        roles,
        schemas.stream()
            .filter(name -> isManaged(name) || name.equals("public"))
            .collect(Collectors.toSet()),
        relations,
        functions,
        types,
        Set.of(),
        Set.of(),
        publications.stream().filter("supabase_realtime"::equals).collect(Collectors.toSet()),
        Set.of(),
        extensions,
        available,
        writable,
        settable,
        columns,
        widths,
        List.of(),
        lacking);
  }

  /** Schemas in which Supabase makes and changes what there is. */
  public static List<String> managedSchemas() {
    return HostedSupabase.MANAGED_SCHEMAS.stream().filter(HostedDatabase::isManaged).toList();
  }

  /** Looks; changes nothing. */
  public static HostedDatabase read(PostgresSession session) {
    return new HostedDatabase(
        session.text("SELECT current_user"),
        set(session, "SELECT rolname FROM pg_catalog.pg_roles"),
        set(session, "SELECT nspname FROM pg_catalog.pg_namespace"),
        set(session, RELATIONS),
        set(session, FUNCTIONS),
        set(session, TYPES),
        set(session, ofTables("t.tgname", "pg_trigger t", "t.tgrelid")),
        set(session, ofTables("p.polname", "pg_policy p", "p.polrelid")),
        set(session, "SELECT pubname FROM pg_catalog.pg_publication"),
        set(session, "SELECT evtname FROM pg_catalog.pg_event_trigger"),
        set(session, "SELECT extname FROM pg_catalog.pg_extension"),
        set(session, "SELECT name FROM pg_catalog.pg_available_extensions"),
        set(
            session,
            RELATIONS
                + " AND c.relkind IN ('r', 'p') AND pg_catalog.has_table_privilege(c.oid,"
                + " 'INSERT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')"),
        set(
            session,
            RELATIONS
                + " AND CASE WHEN c.relkind = 'S' THEN"
                + " pg_catalog.has_sequence_privilege(c.oid, 'UPDATE') END"),
        columns(session),
        widths(session),
        customers(session),
        lacking(session));
  }

  private static String ofTables(String name, String catalogue, String table) {
    return "SELECT n.nspname || '.' || c.relname || ' ' || "
        + name
        + " FROM pg_catalog."
        + catalogue
        + " JOIN pg_catalog.pg_class c ON c.oid = "
        + table
        + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
  }

  private static Map<String, List<String>> columns(PostgresSession session) {
    var columns = new HashMap<String, List<String>>();
    session.rows(
        "SELECT n.nspname || '.' || c.relname, a.attname FROM pg_catalog.pg_attribute a JOIN"
            + " pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid"
            + " = c.relnamespace WHERE n.nspname IN ("
            + managed()
            + ") AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND"
            + " a.attgenerated = '' ORDER BY a.attrelid, a.attnum",
        row ->
            columns
                .computeIfAbsent(row.getString(1), _ -> new ArrayList<>())
                .add(row.getString(2)));
    return columns;
  }

  private static Map<String, Integer> widths(PostgresSession session) {
    var widths = new HashMap<String, Integer>();
    session.rows(
        "SELECT n.nspname || '.' || c.relname, pg_catalog.count(*) FROM pg_catalog.pg_attribute a"
            + " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON"
            + " n.oid = c.relnamespace WHERE n.nspname IN ("
            + managed()
            + ") AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1",
        row -> widths.put(row.getString(1), row.getInt(2)));
    return widths;
  }

  private static String managed() {
    return managedSchemas().stream()
        .map(PostgresSession::literal)
        .collect(Collectors.joining(", "));
  }

  /**
   * What customers have in it, for people: a restore is for a project that nobody has used, for
   * nothing is to be lost or mixed.
   */
  public static List<String> customers(PostgresSession session) {
    var found = new ArrayList<String>();
    var own = " AND n.nspname NOT IN (" + managed() + ")";
    named(
        session,
        RELATIONS
            + own
            + " AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
            + NO_MEMBER.formatted("pg_class", "c.oid"),
        found);
    named(session, FUNCTIONS + own + NO_MEMBER.formatted("pg_proc", "p.oid"), found);
    named(
        session,
        TYPES
            + own
            + " AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND EXISTS (SELECT FROM"
            + " pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c')))"
            + NO_MEMBER.formatted("pg_type", "t.oid"),
        found);
    // Supabase makes none on them, and one of theirs opens them to whom the point's would not.
    session
        .rows(
            ofTables("p.polname", "pg_policy p", "p.polrelid")
                + " WHERE n.nspname IN ('auth', 'storage', 'realtime') ORDER BY 1 LIMIT "
                + NAMED,
            row -> row.getString(1))
        .forEach(policy -> found.add("policy " + policy));
    session
        .rows(
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c"
                + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname ="
                + " 'auth' AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations' ORDER"
                + " BY 1",
            row -> row.getString(1))
        .forEach(table -> counted(session, table, found));
    for (var table : List.of("storage.buckets", "storage.objects", "cron.job", "vault.secrets")) {
      counted(session, table, found);
    }
    if (session.truth("SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)")) {
      found.add("large objects");
    }
    return List.copyOf(found);
  }

  private static void named(PostgresSession session, String query, List<String> found) {
    found.addAll(session.rows(query + " ORDER BY 1 LIMIT " + NAMED, row -> row.getString(1)));
  }

  private static void counted(PostgresSession session, String table, List<String> found) {
    if (ProjectDatabase.isReadable(session, table)
        && session.truth("SELECT EXISTS (SELECT FROM " + table + ")")) {
      found.add("rows of " + table);
    }
  }

  private static List<String> lacking(PostgresSession session) {
    var lacking = new ArrayList<String>();
    if (!session.truth(
        "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')")) {
      lacking.add("CREATE on the database");
    }
    if (!session.truth("SELECT pg_catalog.has_schema_privilege('public', 'CREATE')")) {
      lacking.add("CREATE on schema public");
    }
    // Supabase lets its customers' role set it by a hook, of which no catalogue knows.
    session.execute("BEGIN");
    try {
      session.execute("SET LOCAL session_replication_role = replica");
    } catch (EngineException e) {
      lacking.add("SET session_replication_role");
    } finally {
      session.execute("ROLLBACK");
    }
    return lacking;
  }

  private static Set<String> set(PostgresSession session, String query) {
    return Set.copyOf(session.rows(query, row -> row.getString(1)));
  }
}
