package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.SupabaseState.Fact;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what a Supabase has beyond its tables. The same reader reads the source, in the snapshot of
 * its dump, and a restored copy. The bootstrap superuser is left out: a server has it before
 * anything is restored, and it stays as it is.
 */
public final class StateReader {
  private static final String LOGIN = "login of role";

  /** Roles that every Supabase makes, and whose passwords it sets itself. */
  private static final String OF_SUPABASE =
      "supabase_.*|pgsodium_.*|cli_login_.*|postgres|authenticator|pgbouncer|dashboard_user"
          + "|pgtle_admin";

  /** Roles that tokens name. */
  private static final Set<String> TOKENS = Set.of("anon", "authenticated", "service_role");

  /** The kinds of {@link #ROLES}. */
  private static final Set<String> OF_A_ROLE =
      Set.of("role", LOGIN, "password of role", "membership of role", "setting of role");

  /** Named by the table first, or last. */
  private static final Set<String> OF_A_TABLE =
      Set.of("policy", "row security of table", "trigger", "table of publication");

  /** Passwords stand in the first alone, and only a superuser may read it. */
  private static final String WITH_PASSWORDS = "pg_catalog.pg_authid";

  private static final String WITHOUT_PASSWORDS = "pg_catalog.pg_roles";

  private static final String OF_ROLES =
      " FROM pg_catalog.pg_authid r WHERE r.oid <> 10 AND r.rolname !~ '^pg_'";

  private static final String PASSWORDS =
      "SELECT 'password of role', r.rolname, NULL" + OF_ROLES + " AND r.rolpassword IS NOT NULL";

  private static final List<String> ROLES =
      List.of(
          "SELECT 'role', r.rolname, pg_catalog.md5(pg_catalog.concat_ws(',', r.rolsuper,"
              + " r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,"
              + " r.rolconnlimit))"
              + OF_ROLES,
          "SELECT '" + LOGIN + "', r.rolname, NULL" + OF_ROLES + " AND r.rolcanlogin",
          PASSWORDS,
          "SELECT 'membership of role', r.rolname || ' in ' ||"
              + " pg_catalog.pg_get_userbyid(m.roleid),"
              + " pg_catalog.bool_or(m.admin_option)::pg_catalog.text FROM"
              + " pg_catalog.pg_auth_members m JOIN pg_catalog.pg_authid r ON r.oid = m.member"
              + " WHERE r.oid <> 10 AND m.roleid <> 10 AND r.rolname !~ '^pg_' GROUP BY r.rolname,"
              + " m.roleid",
          // Its value may be a secret.
          "SELECT 'setting of role', r.rolname || ': ' || pg_catalog.split_part(c.setting, '=', 1),"
              + " pg_catalog.md5(c.setting) FROM pg_catalog.pg_db_role_setting s JOIN"
              + " pg_catalog.pg_authid r ON r.oid = s.setrole AND r.oid <> 10 CROSS JOIN LATERAL"
              + " pg_catalog.unnest(s.setconfig) c(setting) WHERE s.setdatabase = 0");

  private static final String NO_MEMBER =
      " NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid ="
          + " 'pg_catalog.%s'::pg_catalog.regclass AND x.objid = %s AND x.deptype = 'e')";

  private static final String OF_TABLES =
      " JOIN pg_catalog.pg_class c ON c.oid = %s JOIN pg_catalog.pg_namespace n ON n.oid ="
          + " c.relnamespace AND"
          + NO_MEMBER.formatted("pg_class", "c.oid");

  private static final List<String> DATABASE =
      List.of(
          "SELECT 'policy', n.nspname || '.' || c.relname || ' ' || p.polname,"
              + " pg_catalog.md5(pg_catalog.concat_ws('/', p.polcmd, p.polpermissive,"
              + " pg_catalog.pg_get_expr(p.polqual, p.polrelid), '',"
              + " pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), (SELECT"
              + " pg_catalog.string_agg(CASE o WHEN 0 THEN 'public' ELSE"
              + " pg_catalog.pg_get_userbyid(o) END, ',' ORDER BY pg_catalog.pg_get_userbyid(o))"
              + " FROM pg_catalog.unnest(p.polroles) o))) FROM pg_catalog.pg_policy p"
              + OF_TABLES.formatted("p.polrelid"),
          "SELECT 'row security of table', n.nspname || '.' || c.relname,"
              + " c.relforcerowsecurity::pg_catalog.text FROM pg_catalog.pg_class c JOIN"
              + " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity AND"
              + NO_MEMBER.formatted("pg_class", "c.oid"),
          "SELECT 'trigger', n.nspname || '.' || c.relname || ' ' || t.tgname,"
              + " pg_catalog.md5(pg_catalog.concat_ws('/', t.tgenabled,"
              + " pg_catalog.pg_get_triggerdef(t.oid))) FROM"
              + " pg_catalog.pg_trigger t"
              + OF_TABLES.formatted("t.tgrelid")
              + " WHERE NOT t.tgisinternal AND t.tgparentid = 0",
          "SELECT 'function', n.nspname || '.' || p.proname || '(' ||"
              + " pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',"
              + " pg_catalog.md5(pg_catalog.pg_get_functiondef(p.oid)) FROM pg_catalog.pg_proc p"
              + " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind <> 'a'"
              + " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND"
              + NO_MEMBER.formatted("pg_proc", "p.oid"),
          "SELECT 'publication', p.pubname, pg_catalog.concat_ws(',', p.puballtables, p.pubinsert,"
              + " p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot) FROM"
              + " pg_catalog.pg_publication p",
          "SELECT 'table of publication', p.pubname || ': ' || n.nspname || '.' || c.relname, NULL"
              + " FROM pg_catalog.pg_publication_rel l JOIN pg_catalog.pg_publication p ON p.oid ="
              + " l.prpubid JOIN pg_catalog.pg_class c ON c.oid = l.prrelid JOIN"
              + " pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
          "SELECT 'event trigger', e.evtname, pg_catalog.md5(pg_catalog.concat_ws('/', e.evtevent,"
              + " pg_catalog.pg_get_userbyid(e.evtowner), e.evtenabled, e.evttags,"
              + " e.evtfoid::pg_catalog.regprocedure)) FROM pg_catalog.pg_event_trigger e WHERE"
              + NO_MEMBER.formatted("pg_event_trigger", "e.oid"),
          "SELECT '"
              + SupabaseState.SETTING
              + "', pg_catalog.split_part(c.setting, '=', 1),"
              + " pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to("
              + "pg_catalog.substr(c.setting, pg_catalog.strpos(c.setting, '=') + 1), 'UTF8')),"
              + " 'hex') FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON"
              + " d.oid = s.setdatabase AND d.datname = pg_catalog.current_database() CROSS JOIN"
              + " LATERAL pg_catalog.unnest(s.setconfig) c(setting) WHERE s.setrole = 0 AND"
              + " c.setting LIKE 'app.settings.%'");

  /** Rows of extensions' tables, which facts of tables leave out. */
  private static final List<Rows> ROWS =
      List.of(
          new Rows(
              "cron.job",
              "SELECT 'cron job', coalesce(pg_catalog.to_jsonb(j)->>'jobname', 'number ' ||"
                  + " j.jobid), pg_catalog.md5((pg_catalog.to_jsonb(j) - 'jobid' - 'nodename' -"
                  + " 'nodeport')::pg_catalog.text) FROM cron.job j"),
          new Rows(
              "vault.secrets",
              "SELECT 'secret of Vault', v.id::pg_catalog.text,"
                  + " pg_catalog.md5(pg_catalog.to_jsonb(v)::pg_catalog.text) FROM vault.secrets"
                  + " v"),
          migrations("auth.schema_migrations", "version"),
          migrations("storage.migrations", "id"),
          migrations("supabase_migrations.schema_migrations", "version"));

  private record Rows(String table, String query) {}

  private static Rows migrations(String table, String column) {
    return new Rows(
        table,
        "SELECT '"
            + SupabaseState.NEWEST_MIGRATION
            + "', '%1$s', pg_catalog.max(%2$s)::pg_catalog.text FROM %1$s"
                .formatted(table, column));
  }

  private StateReader() {}

  /** Reads it: of a role that is no superuser what that may see. */
  public static SupabaseState read(PostgresSession session) {
    var facts = new ArrayList<>(roles(session));
    DATABASE.forEach(query -> facts.addAll(facts(session, query)));
    ROWS.stream()
        .filter(rows -> ProjectDatabase.isReadable(session, rows.table()))
        .forEach(rows -> facts.addAll(facts(session, rows.query())));
    return new SupabaseState(facts);
  }

  /**
   * The same without what is not so any more of roles: they are dumped later than the database, and
   * what changed between proves nothing.
   *
   * @param session after they were dumped
   */
  public static SupabaseState stillSo(SupabaseState state, PostgresSession session) {
    var now = Set.copyOf(roles(session));
    return new SupabaseState(
        state.facts().stream()
            .filter(fact -> !OF_A_ROLE.contains(fact.kind()) || now.contains(fact))
            .toList());
  }

  /**
   * The same without what hangs on tables that are not in the dump.
   *
   * @param tables by schema and name, with a dot between
   */
  public static SupabaseState without(SupabaseState state, Collection<String> tables) {
    return new SupabaseState(
        state.facts().stream()
            .filter(fact -> !OF_A_TABLE.contains(fact.kind()) || !isOf(fact.name(), tables))
            .toList());
  }

  private static boolean isOf(String name, Collection<String> tables) {
    return tables.stream()
        .anyMatch(
            table ->
                name.equals(table) || name.startsWith(table + " ") || name.endsWith(": " + table));
  }

  /** Whether a Supabase has a role of that name of itself, and nobody else may make it. */
  public static boolean isOfSupabase(String role) {
    return role.matches(OF_SUPABASE) || TOKENS.contains(role);
  }

  /** Whether it is one of those that requests come as, by their tokens. */
  public static boolean isOfTokens(String role) {
    return TOKENS.contains(role);
  }

  /** Roles that may log in and that no Supabase has of itself. */
  public static List<String> loginsMade(SupabaseState state) {
    return state.facts().stream()
        .filter(fact -> fact.kind().equals(LOGIN))
        .map(Fact::name)
        .filter(name -> !name.matches(OF_SUPABASE))
        .toList();
  }

  /** SHA-256 of the secret that the database knows, where it knows one. */
  public static Optional<String> jwtSecret(SupabaseState state) {
    return Optional.ofNullable(state.digest(SupabaseState.SETTING, SupabaseState.JWT_SECRET));
  }

  /**
   * Whether it is a matter of the place and not of the project: a restore leaves roles that exist,
   * and the settings of a database that it replaces, as they are there.
   */
  public static boolean isOfThePlace(Fact fact) {
    return OF_A_ROLE.contains(fact.kind()) || fact.kind().equals(SupabaseState.SETTING);
  }

  private static List<Fact> roles(PostgresSession session) {
    var seesPasswords =
        session.truth("SELECT pg_catalog.has_table_privilege('" + WITH_PASSWORDS + "', 'SELECT')");
    return ROLES.stream()
        .filter(query -> seesPasswords || !query.equals(PASSWORDS))
        .map(query -> seesPasswords ? query : query.replace(WITH_PASSWORDS, WITHOUT_PASSWORDS))
        .flatMap(query -> facts(session, query).stream())
        .toList();
  }

  private static List<Fact> facts(PostgresSession session, String query) {
    return session.rows(
        query + " ORDER BY 1, 2",
        row -> new Fact(row.getString(1), row.getString(2), row.getString(3)));
  }
}
