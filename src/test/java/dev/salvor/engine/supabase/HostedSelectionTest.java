package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.postgres.restore.DumpContents;
import dev.salvor.engine.postgres.restore.DumpEntry;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.DatabaseFacts.SchemaFacts;
import dev.salvor.task.DatabaseProperties;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What of a dump goes into a project in which Supabase has made its part already. */
class HostedSelectionTest {
  private final List<DumpEntry> entries = new ArrayList<>();
  private Set<String> relations =
      Set.of("auth.users", "auth.refresh_tokens_id_seq", "storage.objects", "storage.buckets");
  private Set<String> writable = Set.of("auth.users", "storage.buckets");
  private Set<String> available = Set.of("pgmq");
  private Set<String> policies = Set.of();
  private Set<String> triggers = Set.of();

  private DumpEntry add(String type, String schema, String tag, DumpEntry... needs) {
    return add(type, schema, tag, "postgres", "", needs);
  }

  private DumpEntry add(
      String type, String schema, String tag, String owner, String definition, DumpEntry... needs) {
    var entry =
        new DumpEntry(
            entries.size() + 1,
            type,
            schema,
            tag,
            owner,
            definition.isEmpty() ? type + " " + tag : definition,
            type.equals("TABLE DATA") ? "" : "DROP " + type + " " + tag + ";",
            type.equals("TABLE DATA") ? "COPY " + schema + "." + tag + " (id) FROM stdin;\n" : "",
            List.of(needs).stream().map(DumpEntry::id).toList());
    entries.add(entry);
    return entry;
  }

  private HostedSelection select() {
    var there =
        new HostedDatabase(
            "postgres",
            Set.of("postgres", "anon", "supabase_admin"),
            Set.of("public", "auth", "storage", "extensions"),
            relations,
            Set.of("auth.uid", "supabase_functions.http_request"),
            Set.of(),
            triggers,
            policies,
            Set.of("supabase_realtime"),
            Set.of(),
            Set.of("pg_cron"),
            available,
            writable,
            Set.of("auth.refresh_tokens_id_seq"),
            Map.of(),
            Map.of(),
            List.of(),
            List.of());
    return HostedSelection.of(
        new DumpContents("1.16", entries), there, StateReader::isOfSupabase, facts());
  }

  private static DatabaseFacts facts() {
    return new DatabaseFacts(
        "postgres",
        Instant.EPOCH,
        new DatabaseProperties(
            "postgres",
            "UTF8",
            "libc",
            null,
            "C",
            "C",
            "pg_default",
            -1,
            List.of(),
            List.of(),
            null),
        List.of(
            new DatabaseFacts.Table("storage", "objects", 1, 5L, null),
            new DatabaseFacts.Table("auth", "empty", 1, 0L, null)),
        List.of(),
        List.of(),
        List.of(),
        null,
        0,
        null,
        new SchemaFacts(0, 0, 0, 0, 0, 0, 0, 0, null),
        List.of(),
        List.of(),
        null);
  }

  private static List<String> names(List<DumpEntry> entries) {
    return entries.stream().map(DumpEntry::text).toList();
  }

  @Test
  void ofSupabasesSchemasComeRowsOfTheCustomersAlone() {
    add("SCHEMA", "", "auth");
    add("TABLE", "auth", "users");
    add("ACL", "auth", "TABLE users");
    for (var table : List.of("users", "schema_migrations", "empty")) {
      add("TABLE DATA", "auth", table);
    }
    for (var table : List.of("buckets", "objects", "migrations")) {
      add("TABLE DATA", "storage", table);
    }
    add("TABLE", "realtime", "messages_2026_11_22");
    add("TABLE DATA", "cron", "job");
    add("TABLE DATA", "vault", "secrets");
    add("SEQUENCE SET", "auth", "refresh_tokens_id_seq");
    var selection = select();

    assertThat(selection.definitions()).isEmpty();
    assertThat(selection.tables()).containsExactlyInAnyOrder("auth.users", "storage.buckets");
    assertThat(names(selection.after())).containsExactly("sequence set auth.refresh_tokens_id_seq");
    assertThat(selection.rights()).isEmpty();
    assertThat(selection.jobs()).hasSize(1);
    assertThat(selection.leftOut()).singleElement().asString().startsWith("objects of Storage");
  }

  @Test
  void whatTheRoleMayNotWriteIsToldBefore() {
    writable = Set.of("auth.users");
    add("TABLE DATA", "auth", "users");
    add("TABLE DATA", "storage", "buckets");

    assertThat(select().denied()).containsExactly("storage.buckets");
  }

  /** An older version of a service may have had triggers that the one there has not. */
  @Test
  void customersTriggersAndPoliciesComeAndSupabasesOwnDoNot() {
    var own = add("FUNCTION", "storage", "update_updated_at_column()");
    var hook = add("FUNCTION", "supabase_functions", "http_request()");
    var customers = add("FUNCTION", "public", "welcome()");
    add("TABLE DATA", "auth", "users");
    add("TRIGGER", "storage", "objects update_objects", own);
    add("TRIGGER", "auth", "users hook", hook);
    add("TRIGGER", "auth", "users welcome", customers);
    add("TRIGGER", "cron", "job odd", customers);
    add("POLICY", "storage", "objects read");
    add("POLICY", "storage", "objects there");
    add("POLICY", "cron", "job cron_job_policy");
    add("ROW SECURITY", "storage", "objects");
    add("TRIGGER", "auth", "users built_in");
    add("TRIGGER", "auth", "users services");
    policies = Set.of("storage.objects there");
    triggers = Set.of("auth.users services");

    assertThat(names(select().after()))
        .containsExactly(
            "trigger auth.users hook",
            "trigger auth.users welcome",
            "policy storage.objects read",
            "trigger auth.users built_in");
    assertThat(select().leftOut()).contains("trigger cron.job odd");
    // Of one that is there nobody knows what it is.
    triggers = Set.of("auth.users welcome");
    assertThat(select().clashing())
        .containsExactly("trigger auth.users welcome", "policy storage.objects there");
  }

  @Test
  void whatHangsOnWhatIsNotThereIsToldBefore() {
    var lacking = add("TABLE", "storage", "mine");
    add("VIEW", "public", "of_mine", lacking);
    var server = add("SERVER", "", "elsewhere");
    add("CAST", "", "odd", server);
    var selection = select();

    assertThat(selection.unmet())
        .containsExactly(
            "view public.of_mine needs table storage.mine", "cast odd needs server elsewhere");
    assertThat(selection.leftOut())
        .contains(
            "server elsewhere", "in schemas of Supabase's, which the project lacks: storage.mine");
  }

  /** Its own roles only Supabase makes; of the customers' those are made that are named. */
  @Test
  void rolesThatTheProjectLacksAreToldBefore() {
    var table = add("TABLE", "app", "notes");
    var rights =
        """
        SET SESSION AUTHORIZATION clerk;
        GRANT SELECT(id) ON TABLE app.notes TO supabase_reports WITH GRANT OPTION;
        RESET SESSION AUTHORIZATION;
        REVOKE ALL ON TABLE app.notes FROM dashboard_user;
        GRANT ALL ON TABLE app.notes TO anon;
        GRANT SELECT ON TABLE app.notes TO "My ""own"", PUBLIC";
        GRANT SELECT ON TABLE app.notes TO PUBLIC;
        """;
    add("ACL", "app", "TABLE notes", "postgres", rights, table);
    var defaults = "ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app ";
    add(
        "DEFAULT ACL",
        "app",
        "DEFAULT PRIVILEGES FOR TABLES",
        "postgres",
        defaults + "GRANT ALL ON TABLES TO supabase_reports;\n");
    add(
        "POLICY",
        "app",
        "notes to",
        "postgres",
        "CREATE POLICY \"a TO b\" ON app.\"no tes\" AS RESTRICTIVE FOR SELECT TO reader, pg_none,"
            + " anon USING ((name = ' TO x'));",
        table);
    add("POLICY", "app", "notes all", "postgres", "CREATE POLICY all ON app.notes;", table);
    var selection = select();

    assertThat(selection.unmet()).containsExactly("policy app.notes to needs role pg_none");
    assertThat(selection.leftOut())
        .containsExactly(
            "rights of roles that the project does not have: acl app.TABLE notes (dashboard_user,"
                + " supabase_reports), default acl app.DEFAULT PRIVILEGES FOR TABLES"
                + " (supabase_reports)");
    assertThat(selection.rights().getFirst().definition())
        .isEqualTo(
            """
            SET SESSION AUTHORIZATION clerk;
            RESET SESSION AUTHORIZATION;
            GRANT ALL ON TABLE app.notes TO anon;
            GRANT SELECT ON TABLE app.notes TO "My ""own"", PUBLIC";
            GRANT SELECT ON TABLE app.notes TO PUBLIC;
            """);
    assertThat(selection.rights().getLast().definition()).isEmpty();
    assertThat(selection.neededRoles())
        .containsExactly("My \"own\", PUBLIC", "anon", "pg_none", "reader");
  }

  @Test
  void extensionsThatAreLackingAreMadeOrTold() {
    var schema = add("SCHEMA", "", "pgmq");
    add("EXTENSION", "", "pgmq", schema);
    add("EXTENSION", "", "pg_cron");
    add("COMMENT", "", "EXTENSION pgmq");
    add("EXTENSION", "", "plv8");
    var selection = select();

    assertThat(names(selection.definitions())).containsExactly("schema pgmq", "extension pgmq");
    assertThat(selection.unavailable()).containsExactly("plv8");
  }

  @Test
  void publicationsOfSupabasesAreThere() {
    var table = add("TABLE", "public", "posts");
    var realtime = add("PUBLICATION", "", "supabase_realtime");
    var messages = add("PUBLICATION", "", HostedSelection.MESSAGES);
    var own = add("PUBLICATION", "", "own");
    add("PUBLICATION TABLE", "public", "supabase_realtime posts", realtime, table);
    add("PUBLICATION TABLE", "public", HostedSelection.MESSAGES + " posts", messages, table);
    add("PUBLICATION TABLE", "realtime", "own messages", own);

    assertThat(names(select().definitions()))
        .containsExactly(
            "table public.posts",
            "publication own",
            "publication table public.supabase_realtime posts");
    assertThat(select().leftOut()).containsExactly("publication table realtime.own messages");
  }

  /** What Supabase's superuser owned is the customers' afterwards, and that is said. */
  @Test
  void ownersAreRolesOfTheCustomersOwn() {
    add("TABLE", "public", "posts");
    add("TABLE", "public", "theirs", "supabase_admin", "");
    add("VIEW", "public", "seen", "authenticated", "");
    add("TABLE", "public", "api", "my_api", "");
    add("INDEX", "public", "api_key", "my_api", "");
    add("DEFAULT ACL", "public", "DEFAULT PRIVILEGES FOR TABLES", "supabase_admin", "x");
    add("DEFAULT ACL", "public", "DEFAULT PRIVILEGES FOR TABLES", "postgres", "y");
    add("EVENT TRIGGER", "", "issue_pg_net_access", "supabase_admin", "");
    add("EVENT TRIGGER", "", "mine");
    var selection = select();

    assertThat(selection.owners())
        .containsExactly(
            new HostedSelection.Owned("authenticated", "public", "ALTER VIEW seen OWNER TO "),
            new HostedSelection.Owned("my_api", "public", "ALTER TABLE api OWNER TO "));
    assertThat(selection.roles()).containsExactly("authenticated", "my_api");
    assertThat(selection.leftOut())
        .containsExactly("owner of (it will be postgres): table public.theirs (supabase_admin)");
    assertThat(selection.rights()).extracting(DumpEntry::definition).containsExactly("y");
    assertThat(names(selection.last())).containsExactly("event trigger mine");
  }

  @Test
  void rightsOfRolesOfOnesOwnOnSupabasesTablesAreSaid() {
    add(
        "ACL",
        "auth",
        "TABLE users",
        "supabase_auth_admin",
        "GRANT SELECT ON TABLE auth.users TO my_api;");
    add(
        "ACL",
        "auth",
        "TABLE sessions",
        "supabase_auth_admin",
        "GRANT ALL ON TABLE auth.sessions TO postgres;\n"
            + "GRANT ALL ON TABLE auth.sessions TO dashboard_user;");

    add("ACL", "", "SCHEMA auth", "supabase_admin", "GRANT USAGE ON SCHEMA auth TO my_api;");
    add("ACL", "", "SCHEMA cron", "supabase_admin", "GRANT USAGE ON SCHEMA cron TO postgres;");

    assertThat(select().leftOut())
        .containsExactly(
            "rights of roles of your own on auth.TABLE users",
            "rights of roles of your own on SCHEMA auth");
  }

  /** All rows of the one that reads as whom it belongs to, and no more than the reader's. */
  @Test
  void whatActsWithOtherRightsIsNamed() {
    add("VIEW", "public", "elevated", "supabase_admin", "CREATE VIEW elevated AS SELECT 1");
    add(
        "VIEW",
        "public",
        "readers",
        "supabase_admin",
        "CREATE VIEW readers WITH (security_invoker='true') AS SELECT 1");
    add("VIEW", "public", "own", "my_api", "CREATE VIEW own AS SELECT 1");
    add("MATERIALIZED VIEW", "public", "filled", "authenticator", "");
    add("FUNCTION", "public", "definers()", "pgbouncer", "CREATE FUNCTION SECURITY DEFINER AS");
    add("PROCEDURE", "public", "done()", "pgbouncer", "CREATE PROCEDURE SECURITY DEFINER AS");
    add("FUNCTION", "public", "callers()", "pgbouncer", "CREATE FUNCTION AS");

    assertThat(select().powers())
        .containsExactly(
            "view public.elevated (supabase_admin)",
            "materialized view public.filled (authenticator)",
            "function public.definers() (pgbouncer)",
            "procedure public.done() (pgbouncer)");
    assertThat(select().leftOut())
        .anyMatch(said -> said.startsWith("whose rights it acts with (it will be postgres"));
  }

  @Test
  void whoHasLargeObjectsIsSaid() {
    add("BLOB METADATA", "", "4711", "postgres", "");
    assertThat(select().leftOut()).isEmpty();
    add("BLOB METADATA", "", "4712", "my_api", "");
    add("ACL", "", "LARGE OBJECT 4711", "postgres", "GRANT SELECT ON LARGE OBJECT 4711 TO anon;");

    assertThat(select().leftOut())
        .containsExactly(
            "owners of large objects: they will be postgres's", "rights on large objects");
  }

  @Test
  void aTableMayBeCalledAsWhatIsSaidOfADatabase() {
    add("TABLE", "public", "DATABASE x");
    add("TABLE DATA", "public", "DATABASE x");
    add("ACL", "", "DATABASE postgres", "postgres", "GRANT CONNECT ON DATABASE postgres TO anon;");

    assertThat(names(select().definitions())).containsExactly("table public.DATABASE x");
    assertThat(select().tables()).containsExactly("public.DATABASE x");
    assertThat(select().rights()).isEmpty();
  }
}
