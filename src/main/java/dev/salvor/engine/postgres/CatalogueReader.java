package dev.salvor.engine.postgres;

import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.DatabaseProperties;
import java.util.ArrayList;
import java.util.List;

/** What a database's catalogue says beside its tables. */
final class CatalogueReader {
  private static final int LOCALE_PROVIDER_SINCE = 150_000;
  private static final int LOCALE_RENAMED_SINCE = 170_000;

  /** Extensions by which SQL in the database reaches other hosts or runs by itself. */
  private static final String REACHING =
      "'dblink', 'http', 'pg_net', 'pgsql_http', 'pg_cron', 'aws_s3', 'aws_lambda', 'plproxy'";

  /** User mappings that pg_dump writes without what they log in by, and says nothing. */
  private static final String HIDDEN_OPTIONS =
      "SELECT 'options of user mapping ' || u.usename || ' of server ' || u.srvname FROM"
          + " pg_catalog.pg_user_mappings u JOIN pg_catalog.pg_foreign_server s ON s.oid = u.srvid"
          + " WHERE NOT CASE WHEN u.umuser = 0 THEN pg_catalog.pg_has_role(s.srvowner, 'USAGE')"
          + " ELSE u.usename = current_user AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR"
          + " pg_catalog.has_server_privilege(s.oid, 'USAGE')) END ORDER BY 1";

  private final PostgresSession session;
  private final DumpSelection selection;

  CatalogueReader(PostgresSession session, DumpSelection selection) {
    this.session = session;
    this.selection = selection;
  }

  /**
   * Properties. The ACL is what holds, also where it was never set, so that a revoked default
   * shows. A setting is {@code name=value}, or that behind a role in double quotes and a space.
   *
   * @param database any of the server: these catalogues are shared
   */
  DatabaseProperties properties(String database) {
    var version = session.server().version();
    var provider = version >= LOCALE_PROVIDER_SINCE ? "d.datlocprovider" : "'c'";
    var locale =
        version >= LOCALE_RENAMED_SINCE
            ? "d.datlocale"
            : version >= LOCALE_PROVIDER_SINCE ? "d.daticulocale" : "NULL";
    var acl =
        session.rows(
            "SELECT a::pg_catalog.text FROM pg_catalog.pg_database d CROSS JOIN LATERAL"
                + " pg_catalog.unnest(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a"
                + " WHERE d.datname = ? ORDER BY a::pg_catalog.text COLLATE \"C\"",
            row -> row.getString(1),
            database);
    var settings =
        session.rows(
            "SELECT s.setting FROM (SELECT CASE WHEN s.setrole = 0 THEN '' ELSE '\"' ||"
                + " pg_catalog.replace(r.rolname, '\"', '\"\"') || '\" ' END || c.setting AS"
                + " setting FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON"
                + " d.oid = s.setdatabase LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole"
                + " CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c(setting) WHERE d.datname ="
                + " ?) s ORDER BY s.setting COLLATE \"C\"",
            row -> row.getString(1),
            database);
    return session
        .first(
            "SELECT pg_catalog.pg_get_userbyid(d.datdba),"
                + " pg_catalog.pg_encoding_to_char(d.encoding), "
                + provider
                + ", "
                + locale
                + ", d.datcollate, d.datctype, t.spcname, d.datconnlimit,"
                + " pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database"
                + " d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname ="
                + " ?",
            row ->
                new DatabaseProperties(
                    row.getString(1),
                    row.getString(2),
                    switch (row.getString(3)) {
                      case "i" -> "icu";
                      case "b" -> "builtin";
                      default -> "libc";
                    },
                    row.getString(4),
                    row.getString(5),
                    row.getString(6),
                    row.getString(7),
                    row.getInt(8),
                    acl,
                    settings,
                    row.getString(9)),
            database)
        .orElseThrow();
  }

  long oid() {
    return session
        .first(
            "SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
            row -> row.getLong(1))
        .orElseThrow();
  }

  List<DatabaseFacts.Extension> extensions() {
    return session.rows(
        "SELECT x.extname, x.extversion FROM pg_catalog.pg_extension x ORDER BY 1",
        row -> new DatabaseFacts.Extension(row.getString(1), row.getString(2)));
  }

  List<DatabaseFacts.MaterializedView> materializedViews() {
    return session.rows(
        "SELECT n.nspname, c.relname, c.relispopulated FROM pg_catalog.pg_class c JOIN"
            + " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND NOT "
            + SourceTable.EXTENSION_MEMBER
            + " AND "
            + selection.relations()
            + " ORDER BY 1, 2",
        row ->
            new DatabaseFacts.MaterializedView(
                row.getString(1), row.getString(2), row.getBoolean(3)));
  }

  /** Names, sorted; none where the dump is of a part of the database, and holds none. */
  List<String> eventTriggers() {
    return selection.wholeDatabase()
        ? session.rows(
            "SELECT e.evtname FROM pg_catalog.pg_event_trigger e WHERE NOT EXISTS (SELECT FROM"
                + " pg_catalog.pg_depend d WHERE d.classid ="
                + " 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND"
                + " d.deptype = 'e') ORDER BY e.evtname COLLATE \"C\"",
            row -> row.getString(1))
        : List.of();
  }

  /** What could act on others when it is restored; each begins with its kind. */
  List<String> reach() {
    return session.rows(
        "SELECT 'foreign server ' || s.srvname || ' (' || w.fdwname || ')' FROM"
            + " pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid ="
            + " s.srvfdw UNION ALL SELECT 'extension ' || x.extname FROM pg_catalog.pg_extension x"
            + " WHERE x.extname IN ("
            + REACHING
            + ") UNION ALL SELECT 'language ' || l.lanname FROM pg_catalog.pg_language l WHERE"
            + " l.lanispl AND NOT l.lanpltrusted UNION ALL SELECT 'subscription ' || s.subname FROM"
            + " pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
            + " WHERE d.datname = pg_catalog.current_database() ORDER BY 1",
        row -> row.getString(1));
  }

  /** What the dump does not hold, by kind and name. */
  List<String> leftOut() {
    var left = new ArrayList<String>();
    if (selection.partial()) {
      left.add("what include and exclude leave out");
    }
    selection
        .passedOver()
        .forEach(relation -> left.add("what the role may not read: " + relation.text()));
    left.addAll(
        session.rows(
            "SELECT 'rows of foreign table ' || n.nspname || '.' || c.relname FROM"
                + " pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind = 'f' AND "
                + selection.relations()
                + " ORDER BY 1",
            row -> row.getString(1)));
    if (selection.wholeDatabase() && !session.isSuperuser()) {
      left.addAll(
          session.rows(
              "SELECT 'subscription ' || s.subname FROM pg_catalog.pg_subscription s JOIN"
                  + " pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname ="
                  + " pg_catalog.current_database() ORDER BY 1",
              row -> row.getString(1)));
      left.addAll(session.rows(HIDDEN_OPTIONS, row -> row.getString(1)));
    }
    if (session.server().standby()) {
      left.addAll(
          session.rows(
              "SELECT 'rows of unlogged table ' || n.nspname || '.' || c.relname FROM"
                  + " pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid ="
                  + " c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND "
                  + selection.relations()
                  + " ORDER BY 1",
              row -> row.getString(1)));
    }
    return left;
  }

  /**
   * Roles that own or are granted something in this database, or have settings in it. Predefined
   * roles are in every cluster and are not recorded.
   */
  List<String> roles() {
    return session.rows(
        "SELECT DISTINCT r.rolname FROM pg_catalog.pg_roles r JOIN (SELECT s.refobjid AS oid FROM"
            + " pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.datname ="
            + " pg_catalog.current_database() WHERE s.refclassid ="
            + " 'pg_catalog.pg_authid'::pg_catalog.regclass AND (s.dbid = d.oid OR (s.dbid = 0 AND"
            + " s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND s.objid = d.oid))"
            + " UNION ALL SELECT s.setrole FROM pg_catalog.pg_db_role_setting s JOIN"
            + " pg_catalog.pg_database d ON d.oid = s.setdatabase WHERE d.datname ="
            + " pg_catalog.current_database() UNION ALL SELECT d.datdba FROM pg_catalog.pg_database"
            + " d WHERE d.datname = pg_catalog.current_database()) o ON o.oid = r.oid ORDER BY 1",
        row -> row.getString(1));
  }
}
