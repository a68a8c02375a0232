package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.postgres.Connected;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.supabase.HostedDatabase;
import dev.salvor.task.HostedProject;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.ManagementStub;
import dev.salvor.testing.ManagementStub.Reply;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A project that Supabase hosts is had back in a new one, by a role that is no superuser. */
@NullUnmarked
@NeedsRoot
class HostedRestoreIT {
  private static final String PROJECT = "abcdefghijklmnopqrst";

  /** What customers have that a project does not have of itself. */
  private static final String SHOP =
      """
      SET ROLE supabase_storage_admin;
      CREATE POLICY "read all" ON storage.objects FOR SELECT TO anon USING (bucket_id = 'avatars');
      RESET ROLE;
      ALTER ROLE anon SET "pgrst.db_plan_enabled" = 'true';
      CREATE SCHEMA extensions;
      GRANT ALL ON SCHEMA extensions TO postgres;
      CREATE EXTENSION hstore SCHEMA extensions;
      INSERT INTO cron.job VALUES (2, '1 * * * *', E'SELECT\\n''a\\\\b''', 'postgres', 'postgres', false, 'odd'),
        (3, '2 * * * *', 'SELECT 2', 'postgres', 'postgres', true, NULL),
        (4, '3 * * * *', 'SELECT 3', 'postgres', 'supabase_admin', true, 'another''s');
      INSERT INTO vault.secrets VALUES (md5('t')::uuid, NULL, 'eA==', 'without a name'),
        (md5('u')::uuid, NULL, 'eA==', 'without a name');
      CREATE OR REPLACE VIEW vault.decrypted_secrets AS SELECT id, name, description, secret,
        '%s-' || coalesce(name, 'odd') AS decrypted_secret FROM vault.secrets;
      GRANT CREATE ON SCHEMA public TO my_api;
      GRANT my_api TO postgres;
      SET ROLE postgres;
      CREATE SCHEMA app;
      CREATE TYPE app.mood AS ENUM ('sad', 'ok');
      CREATE TABLE app.notes (id int PRIMARY KEY, mood app.mood, tags extensions.hstore, object uuid
        REFERENCES storage.objects, body text) PARTITION BY RANGE (id);
      CREATE TABLE app.notes_1 PARTITION OF app.notes FOR VALUES FROM (0) TO (1000);
      INSERT INTO app.notes SELECT n, 'ok', 'a=>1', md5('o1')::uuid, E'line\\nof\\t\\\\' || n FROM generate_series(1, 50) n;
      CREATE TABLE app.files (object uuid CONSTRAINT there REFERENCES storage.objects ON DELETE CASCADE);
      INSERT INTO app.files SELECT md5('o1')::uuid;
      CREATE TABLE public.secrets (id int PRIMARY KEY, "select" text, word text GENERATED ALWAYS AS (lower("select")) STORED);
      INSERT INTO public.secrets VALUES (1, 'Hidden');
      CREATE TABLE public.owned (id serial PRIMARY KEY);
      INSERT INTO public.owned DEFAULT VALUES;
      CREATE TABLE public.diary (id int PRIMARY KEY, who text);
      INSERT INTO public.diary VALUES (1, 'somebody');
      ALTER TABLE public.diary ENABLE ROW LEVEL SECURITY;
      GRANT SELECT ON public.diary TO authenticated;
      CREATE VIEW public.diaries AS SELECT * FROM public.diary;
      CREATE SCHEMA supabase_migrations;
      CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[]);
      INSERT INTO supabase_migrations.schema_migrations VALUES ('20261101', '{CREATE TABLE a}');
      RESET ROLE;
      ALTER TABLE public.owned OWNER TO my_api;
      SET ROLE my_api;
      GRANT SELECT ON public.owned TO postgres;
      RESET ROLE;
      ALTER VIEW public.diaries OWNER TO authenticated;
      CREATE EXTENSION citext SCHEMA public;
      GRANT EXECUTE ON FUNCTION public.citext_hash(public.citext) TO my_api;
      CREATE TRIGGER as_it_was BEFORE UPDATE ON auth.users FOR EACH ROW
        EXECUTE FUNCTION suppress_redundant_updates_trigger();
      SET ROLE postgres;
      CREATE TABLE public."DATABASE x" (id int);
      RESET ROLE;
      ALTER DATABASE postgres SET work_mem TO '5MB';
      ALTER ROLE authenticated SET search_path TO api, public;
      GRANT USAGE ON SCHEMA auth TO my_api;
      ALTER PUBLICATION supabase_realtime ADD TABLE auth.identities;
      DO $$ BEGIN EXECUTE format('GRANT SELECT ON LARGE OBJECT %%1$s TO anon', oid) FROM pg_largeobject_metadata;
        EXECUTE format('ALTER LARGE OBJECT %%1$s OWNER TO my_api', oid) FROM pg_largeobject_metadata; END $$;
      GRANT USAGE ON SCHEMA public TO authenticated, my_api;
      GRANT CREATE ON SCHEMA public TO service_role WITH GRANT OPTION;
      REVOKE ALL ON SCHEMA public FROM PUBLIC;
      """
          .formatted(SelfHostedSupabase.VAULT_SECRET);

  /** A schema of a customer's own role, with a table of another in it. */
  private static final String OFFICE =
      """
      CREATE ROLE clerk;
      CREATE ROLE guest;
      CREATE SCHEMA office AUTHORIZATION clerk;
      CREATE TABLE office.desks (id serial PRIMARY KEY);
      INSERT INTO office.desks DEFAULT VALUES;
      ALTER TABLE office.desks OWNER TO clerk;
      CREATE TABLE office.lent (id int);
      ALTER TABLE office.lent OWNER TO guest;
      SET ROLE clerk;
      GRANT USAGE ON SCHEMA office TO anon;
      GRANT ALL ON SCHEMA office TO postgres;
      RESET ROLE;
      GRANT SELECT ON office.desks, office.lent, office.desks_id_seq TO postgres;
      GRANT DELETE ON office.lent TO anon;
      """;

  /** A statement of several, which drivers split. */
  private static final String ATOMIC =
      "CREATE FUNCTION public.danger() RETURNS int LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC"
          + " SELECT 1; SELECT 2; END";

  private static SelfHostedSupabase supabase;
  private static ManagementStub stub;
  private static Path folder;
  private static SupabaseWorld world;
  private static String point;

  private SelfHostedSupabase target;
  private ManagementStub there;
  private HostedTargetWorld restore;

  @BeforeAll
  static void backUp() throws IOException {
    supabase = SelfHostedSupabase.startHosted();
    supabase
        .server()
        .execute(
            "postgres",
            SHOP,
            ATOMIC,
            "ALTER FUNCTION public.danger() OWNER TO postgres",
            "REVOKE ALL ON FUNCTION public.danger() FROM PUBLIC");
    stub = ManagementStub.start(PROJECT, SupabaseWorld.TOKEN);
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "hosted");
    world =
        new SupabaseWorld(folder, supabase)
            .hosted(new HostedProject(PROJECT, stub.endpoint(), null));
    world.stores.acknowledge = List.of("storage-elsewhere");
    point = world.succeed().recoveryPoint();
  }

  @AfterAll
  static void stop() {
    stub.close();
    supabase.close();
    Script.run("rm -rf \"$1\"", folder);
  }

  @BeforeEach
  void make() {
    target = SelfHostedSupabase.startNew();
    there = ManagementStub.startNew(HostedTargetWorld.PROJECT, SupabaseWorld.TOKEN);
    restore = new HostedTargetWorld(world, target.server(), there);
  }

  @AfterEach
  void remove() {
    there.close();
    target.close();
  }

  private String ask(String sql) {
    return target.server().query("postgres", sql);
  }

  private static Reason reason(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).reason();
  }

  private void isNew() {
    assertThat(ask("SELECT count(*) FROM auth.users")).isEqualTo("0");
    assertThat(ask("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
        .isEqualTo("0");
    assertThat(ask("SELECT count(*) FROM pg_roles WHERE rolname = 'my_api'")).isEqualTo("0");
    assertThat(ask("SELECT count(*) FROM vault.secrets")).isEqualTo("0");
  }

  @Test
  void allThatIsTheCustomersIsThereAndEqual() {
    // Supabase's hook lets its customers' role do that.
    target
        .server()
        .execute("postgres", "GRANT SET ON PARAMETER \"pgrst.db_plan_enabled\" TO postgres");
    var restored = restore.succeed(point);

    assertThat(restored.comparison()).as(restored.toString()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(ask("SELECT count(*) FROM public.posts")).isEqualTo("1000");
    assertThat(ask("SELECT count(*) FROM auth.users")).isEqualTo("200");
    assertThat(ask("SELECT count(*) FROM storage.buckets")).isEqualTo("2");
    assertThat(ask("SELECT body FROM app.notes WHERE id = 7")).isEqualTo("line\nof\t\\7");
    assertThat(ask("SELECT polname FROM pg_policy WHERE polrelid = 'storage.objects'::regclass"))
        .isEqualTo("read all");
    assertThat(
            ask(
                "SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger WHERE tgrelid ="
                    + " 'auth.users'::regclass AND NOT tgisinternal"))
        .isEqualTo("as_it_was,welcome");
    assertThat(ask("SELECT string_agg(tablename, ',') FROM pg_publication_tables"))
        .isEqualTo("posts");
    assertThat(
            ask(
                "SELECT string_agg(concat_ws('/', jobname, schedule, command, active), '|' ORDER BY"
                    + " schedule) FROM cron.job"))
        .isEqualTo(
            "nightly/0 3 * * */SELECT 1/t|odd/1 * * * */SELECT\n'a\\b'/f|2 * * * */SELECT 2/t");
    assertThat(ask("SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'stripe'"))
        .isEqualTo(SelfHostedSupabase.VAULT_SECRET + "-stripe");
    assertThat(ask("SELECT convert_from(lo_get(oid), 'UTF8') FROM pg_largeobject_metadata"))
        .isEqualTo("a large object of the customer");
    assertThat(ask("SELECT count(*) FROM public.activity")).isEqualTo("200");
    assertThat(ask("SELECT nextval('public.posts_id_seq')")).isEqualTo("1001");
    assertThat(ask("SELECT version FROM supabase_migrations.schema_migrations"))
        .isEqualTo("20261101");
    assertThat(ask("SELECT tableowner FROM pg_tables WHERE tablename = 'owned'"))
        .isEqualTo("my_api");
    assertThat(
            ask("SELECT setconfig::text FROM pg_db_role_setting WHERE setrole = 'anon'::regrole"))
        .contains("pgrst.db_plan_enabled");
    // The foreign key is there, and lies about nothing.
    assertThat(ask("SELECT convalidated FROM pg_constraint WHERE conname = 'there'"))
        .isEqualTo("f");
    assertThat(restored.leftOut())
        .anyMatch(said -> said.startsWith("objects of Storage: neither their bytes"))
        .contains(
            // Its extension is PostgreSQL's own superuser's.
            "acl public.FUNCTION citext_hash(public.citext): not all of it, for another gave it")
        .contains("event trigger issue_net_access", "cron job another's, which is supabase_admin's")
        .contains(
            "fk constraint app.notes notes_object_fkey: add it when the objects that it refers to"
                + " are there")
        .anyMatch(said -> said.contains("app.files there") && said.contains("NOT VALID"))
        .anyMatch(said -> said.contains("secret of Edge Functions STRIPE_KEY"));
  }

  /** A new project gives its roles all rights on what is made. */
  @Test
  void nobodyHasARightThatHeHadNotAtTheSource() {
    restore.succeed(point);

    for (var role : List.of("anon", "authenticated", "service_role", "my_api")) {
      for (var table : List.of("public.secrets", "public.posts", "app.notes", "public.activity")) {
        for (var right : List.of("SELECT", "INSERT", "DELETE")) {
          var sql = "SELECT has_table_privilege('%s', '%s', '%s')".formatted(role, table, right);
          assertThat(ask(sql)).as(sql).isEqualTo(supabase.server().query("postgres", sql));
        }
      }
      var sql = "SELECT has_function_privilege('%s', 'public.danger()', 'EXECUTE')".formatted(role);
      assertThat(ask(sql)).as(sql).isEqualTo("f");
    }
    assertThat(ask("SELECT count(*) FROM pg_default_acl WHERE defaclrole = 'postgres'::regrole"))
        .isEqualTo("0");
  }

  /** A new project lets all its roles use schema public, and a dump says only who may. */
  @Test
  void nobodyMayDoMoreInASchemaThatWasThere() {
    target
        .server()
        .execute(
            "postgres",
            "GRANT ALL ON SCHEMA public TO anon WITH GRANT OPTION",
            "SET ROLE anon; GRANT CREATE ON SCHEMA public TO authenticated; RESET ROLE",
            "GRANT USAGE ON SCHEMA public TO service_role");
    var restored = restore.succeed(point);

    assertThat(restored.comparison()).as(restored.toString()).isEqualTo(VerdictOutcome.VERIFIED);
    var sql =
        "SELECT string_agg(concat_ws(' ', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE"
            + " grantee::regrole::text END, privilege_type, is_grantable), ',' ORDER BY"
            + " grantee::regrole::text, privilege_type) FROM pg_namespace n,"
            + " aclexplode(n.nspacl) WHERE nspname = 'public' AND grantee NOT IN (nspowner,"
            + " 'postgres'::regrole)";
    assertThat(ask(sql))
        .isEqualTo(supabase.server().query("postgres", sql))
        .isEqualTo("authenticated USAGE f,my_api CREATE f,my_api USAGE f,service_role CREATE t");
  }

  @Test
  void aRightThatCannotBeTakenIsSaidAndNothingIsProven() {
    target
        .server()
        .execute(
            "postgres",
            "ALTER DATABASE postgres OWNER TO supabase_admin",
            "GRANT CREATE ON DATABASE postgres TO postgres");
    restore.byApi = List.of();
    var restored = restore.succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(restored.leftOut())
        .contains("rights on schema public: USAGE of PUBLIC was not at the source");
  }

  @Test
  void aTableThatCannotBeReadThereIsNotProven() {
    target
        .server()
        .execute(
            "postgres",
            """
            CREATE FUNCTION pgsodium.spoil() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
              REVOKE SELECT ON public.secrets FROM postgres; END $$;
            CREATE EVENT TRIGGER spoil ON ddl_command_end WHEN TAG IN ('REFRESH MATERIALIZED VIEW')
              EXECUTE FUNCTION pgsodium.spoil();
            """);
    var report = restore.run(point);

    assertThat(((TaskResult.Restored) SupabaseWorld.succeeded(report)).comparison())
        .isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(report.warnings().getFirst())
        .isEqualTo("could not be read there, and was not compared: public.secrets");
  }

  /** Among them what only a table called so would hide. */
  @Test
  void whatIsNotRestoredIsSaid() {
    // Of another version, which lacks what the point has a right on.
    target
        .server()
        .execute(
            "postgres",
            "CREATE EXTENSION citext SCHEMA public",
            "ALTER EXTENSION citext DROP FUNCTION public.citext_hash(public.citext)",
            "ALTER EXTENSION citext DROP OPERATOR CLASS public.citext_ops USING hash",
            "ALTER EXTENSION citext DROP OPERATOR FAMILY public.citext_ops USING hash",
            "DROP OPERATOR FAMILY public.citext_ops USING hash CASCADE",
            "DROP FUNCTION public.citext_hash(public.citext)");
    restore.byApi = List.of();
    var restored = restore.succeed(point);

    assertThat(restored.leftOut())
        .contains(
            "settings that a restore leaves as they are: role authenticated search_path, database"
                + " work_mem",
            "acl public.FUNCTION citext_hash(public.citext)");
    assertThat(ask("SELECT count(*) FROM pg_class WHERE relname = 'DATABASE x'")).isEqualTo("1");
    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void aTriggerOfTheSameNameIsNotTakenForThePoints() {
    target
        .server()
        .execute(
            "postgres",
            "CREATE TRIGGER welcome AFTER INSERT ON auth.users FOR EACH STATEMENT EXECUTE FUNCTION"
                + " suppress_redundant_updates_trigger()");
    var report = restore.run(point);

    assertThat(reason(report)).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(report.failure().message()).contains("trigger auth.users welcome");
    isNew();
  }

  /** Each is there as often as it was. */
  @Test
  void aSecretThatIsThereOnceIsNotTwo() {
    target
        .server()
        .execute(
            "postgres",
            """
            CREATE OR REPLACE FUNCTION vault.create_secret(new_secret text, new_name text, new_description text)
            RETURNS uuid SECURITY DEFINER LANGUAGE sql AS $$
              INSERT INTO vault.secrets (secret, name, description)
                SELECT encode(convert_to($1, 'UTF8'), 'base64'), $2, $3 WHERE $2 IS NOT NULL
                  OR NOT EXISTS (SELECT FROM vault.secrets WHERE name IS NULL);
              SELECT gen_random_uuid() $$
            """);
    var report = restore.run(point);

    assertThat(reason(report)).isEqualTo(Reason.FACTS_DIFFER);
    assertThat(report.failure().message()).contains("secret of Vault without a name");
    isNew();
  }

  /** Whoever owns an extension's functions gave it, and alone may take it. */
  @Test
  void aRightOfAllOnWhatAnExtensionBringsIsNotProven() throws IOException {
    var elsewhere = Files.createTempDirectory(Path.of("target").toRealPath(), "taken");
    try (var made = SelfHostedSupabase.startHosted()) {
      made.server()
          .execute(
              "postgres",
              "CREATE EXTENSION citext SCHEMA public",
              "REVOKE ALL ON FUNCTION public.citext_hash(public.citext) FROM PUBLIC");
      var keeping =
          new SupabaseWorld(elsewhere, made).hosted(new HostedProject(PROJECT, null, null));
      var restoring = new HostedTargetWorld(keeping, target.server(), there);
      restoring.byApi = List.of();
      var kept = keeping.succeed().recoveryPoint();

      // At once, and where it is there already.
      for (var time = 0; time < 2; time++) {
        var report = restoring.run(kept);
        assertThat(((TaskResult.Restored) SupabaseWorld.succeeded(report)).comparison())
            .isEqualTo(VerdictOutcome.UNPROVEN);
        assertThat(report.warnings().getFirst())
            .isEqualTo("rights could not be taken: acl public.FUNCTION citext_hash(public.citext)");
      }
    } finally {
      Script.run("rm -rf \"$1\"", elsewhere);
    }
  }

  /** A log of what is made would have all that a restore makes. */
  @Test
  void eventTriggersAnswerToNothingThatIsRestored() throws IOException {
    var elsewhere = Files.createTempDirectory(Path.of("target").toRealPath(), "log");
    try (var made = SelfHostedSupabase.startHosted()) {
      made.server()
          .execute(
              "postgres",
              """
              ALTER ROLE postgres SUPERUSER;
              SET ROLE postgres;
              CREATE TABLE public.ddl (tag text);
              CREATE FUNCTION public.log() RETURNS event_trigger LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO public.ddl VALUES (tg_tag); END $$;
              CREATE EVENT TRIGGER log ON ddl_command_end EXECUTE FUNCTION public.log();
              CREATE TABLE public.logged (id int);
              COMMENT ON EVENT TRIGGER log IS 'of all';
              RESET ROLE;
              ALTER TABLE public.logged OWNER TO my_api;
              GRANT SELECT ON public.logged TO postgres;
              CREATE VIEW public.theirs AS SELECT 1 AS one;
              CREATE FUNCTION public.elevated() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
              ALTER FUNCTION public.elevated() OWNER TO supabase_auth_admin;
              CREATE VIEW public.mine WITH (security_invoker = true) AS SELECT 1 AS one;
              GRANT SELECT ON public.theirs, public.mine TO postgres;
              ALTER ROLE postgres NOSUPERUSER;
              """);
      // What stands in for Supabase's hook.
      target.server().execute("postgres", "ALTER ROLE postgres SUPERUSER");
      var keeping =
          new SupabaseWorld(elsewhere, made).hosted(new HostedProject(PROJECT, null, null));
      var restoring = new HostedTargetWorld(keeping, target.server(), there);
      restoring.byApi = List.of();
      var report = restoring.run(keeping.succeed().recoveryPoint());
      var restored = (TaskResult.Restored) SupabaseWorld.succeeded(report);

      for (var sql :
          List.of(
              "SELECT string_agg(tag, ',' ORDER BY tag) FROM public.ddl",
              "SELECT obj_description(oid) FROM pg_event_trigger WHERE evtname = 'log'")) {
        assertThat(ask(sql)).as(sql).isEqualTo(made.server().query("postgres", sql)).isNotEmpty();
      }
      // What acted with the rights of a role of Supabase's.
      assertThat(restored.comparison()).isEqualTo(VerdictOutcome.UNPROVEN);
      assertThat(report.warnings().getFirst())
          .isEqualTo(
              "acts with other rights than at the source: function public.elevated()"
                  + " (supabase_auth_admin); view public.theirs (supabase_admin)");
      assertThat(restored.leftOut()).anyMatch(said -> said.startsWith("whose rights it acts with"));
    } finally {
      Script.run("rm -rf \"$1\"", elsewhere);
    }
  }

  /** Of postgres it would show all rows to everybody, and what an owner gave would be gone. */
  @Test
  void whatARoleOwnsItOwnsAgainAndNoSchemaIsOpenedForThat() {
    var restored = restore.succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    for (var sql :
        List.of(
            "SELECT viewowner FROM pg_views WHERE viewname = 'diaries'",
            "SELECT has_table_privilege('postgres', 'public.owned', 'SELECT')",
            "SELECT has_schema_privilege('authenticated', 'public', 'CREATE')",
            "SELECT has_schema_privilege('my_api', 'public', 'CREATE')")) {
      assertThat(ask(sql)).as(sql).isEqualTo(supabase.server().query("postgres", sql));
    }
    assertThat(restored.leftOut()).noneMatch(said -> said.contains("diaries"));
  }

  private static final List<String> OF_THE_OFFICE =
      List.of(
          "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'office'",
          "SELECT string_agg(tableowner || ' ' || tablename, ',' ORDER BY tablename) FROM pg_tables"
              + " WHERE schemaname = 'office'",
          "SELECT relowner::regrole FROM pg_class WHERE relname = 'desks_id_seq'",
          "SELECT string_agg(concat_ws(' ', r.rolname, s, p, has_schema_privilege(r.oid, s, p)),"
              + " ',' ORDER BY r.rolname, p) FROM pg_roles r, unnest('{CREATE,USAGE}'::text[]) p,"
              + " (VALUES ('office')) v(s) WHERE r.rolname IN ('clerk', 'guest', 'anon',"
              + " 'postgres')",
          "SELECT has_table_privilege('postgres', 'office.lent', 'SELECT') AND"
              + " has_table_privilege('anon', 'office.lent', 'DELETE') AND NOT"
              + " has_table_privilege('anon', 'office.lent', 'SELECT')");

  /** Who owns a schema may make things in it, and who had something in it no more than before. */
  @ParameterizedTest
  @CsvSource({"15, false", "15, true", "17, false", "17, true"})
  void aSchemaOfARoleIsItsAgainWithWhatOthersHaveInIt(int major, boolean isMember)
      throws IOException {
    var elsewhere = Files.createTempDirectory(Path.of("target").toRealPath(), "office");
    try (var made = SelfHostedSupabase.startHosted(major);
        var into = SelfHostedSupabase.startNew(major)) {
      made.server().execute("postgres", OFFICE);
      if (isMember) {
        made.server().execute("postgres", "GRANT clerk, guest TO postgres");
      }
      var keeping =
          new SupabaseWorld(elsewhere, made).hosted(new HostedProject(PROJECT, null, null));
      var restoring = new HostedTargetWorld(keeping, into.server(), there);
      restoring.byApi = List.of();
      var restored = restoring.succeed(keeping.succeed().recoveryPoint());

      assertThat(restored.comparison()).as(restored.toString()).isEqualTo(VerdictOutcome.VERIFIED);
      for (var sql : OF_THE_OFFICE) {
        assertThat(into.server().query("postgres", sql))
            .as(sql)
            .isEqualTo(made.server().query("postgres", sql));
      }
    } finally {
      Script.run("rm -rf \"$1\"", elsewhere);
    }
  }

  /** Only Supabase makes those of its names, and each version of it others. */
  @Test
  void whatNamesARoleThatTheProjectLacksEndsNoRestoreInTheMiddle() throws IOException {
    var elsewhere = Files.createTempDirectory(Path.of("target").toRealPath(), "lacking");
    try (var made = SelfHostedSupabase.startHosted()) {
      made.server()
          .execute(
              "postgres",
              "CREATE ROLE supabase_reports",
              "SET ROLE postgres",
              "CREATE SCHEMA app",
              "CREATE TABLE app.notes (id int)",
              "GRANT USAGE ON SCHEMA app TO supabase_reports",
              "GRANT SELECT ON app.notes TO supabase_reports, anon",
              "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO supabase_reports",
              "CREATE POLICY theirs ON app.notes TO supabase_reports USING (true)");
      var keeping =
          new SupabaseWorld(elsewhere, made).hosted(new HostedProject(PROJECT, null, null));
      var restoring = new HostedTargetWorld(keeping, target.server(), there);
      restoring.byApi = List.of();
      var withPolicy = keeping.succeed().recoveryPoint();
      target.server().execute("postgres", "INSERT INTO auth.users (id) VALUES (gen_random_uuid())");

      assertThat(restoring.run(withPolicy).failure().message())
          .contains(
              "2 things stand in the way", "policy app.notes theirs needs role supabase_reports");

      target.server().execute("postgres", "DELETE FROM auth.users");
      made.server().execute("postgres", "DROP POLICY theirs ON app.notes");
      var restored = restoring.succeed(keeping.succeed().recoveryPoint());
      assertThat(restored.leftOut())
          .anyMatch(
              said ->
                  said.startsWith("rights of roles that the project does not have: ")
                      && said.contains("acl app.TABLE notes (supabase_reports)"));
      assertThat(ask("SELECT has_table_privilege('anon', 'app.notes', 'SELECT')")).isEqualTo("t");
    } finally {
      Script.run("rm -rf \"$1\"", elsewhere);
    }
  }

  /** Nobody keeps what was set, and no restore takes it back. */
  @Test
  void settingsOfAProjectThatIsThereAreSetByATokenAlone() {
    restore.database = false;
    restore.byApi = List.of("configuration");
    var report = restore.run(point);

    assertThat(reason(report)).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(report.failure().message())
        .contains("auth.site_url", "Nothing was touched", "overwrite-settings-");
    assertThat(there.asked("PATCH /config/auth")).isZero();

    accept(report);
    restore.succeed(point);
    assertThat(there.document("/config/auth")).contains("https://shop.example");
  }

  /** Whoever may read objects by it is not whom the point's let read. */
  @Test
  void policiesOnStorageAreWhatSomebodyHasMade() {
    target
        .server()
        .execute("postgres", "CREATE POLICY \"read all\" ON storage.objects USING (true)");
    var report = restore.run(point);

    assertThat(reason(report)).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(report.failure().message()).contains("policy storage.objects read all");
    isNew();
  }

  private void accept(TaskReport refused) {
    var message = refused.failure().message();
    restore.acknowledge = List.of(message.substring(message.indexOf("overwrite-settings-")));
  }

  @Test
  void functionsAreDeployedAndSettingsAreSetAndNoSecretIsWrittenBack() {
    var restored = restore.succeed(point);

    assertThat(restored.coverage())
        .contains("2 of 2 Edge Functions by their sources", "2 of 2 settings");
    assertThat(there.document("/config/auth"))
        .contains("https://shop.example", "\"smtp_pass\":null", "\"jwt_exp\":3600");
    assertThat(there.document("/postgrest")).contains("1000");
    assertThat(restored.leftOut())
        .contains(
            "to enter anew: password of role reporting, secret of Edge Functions STRIPE_KEY,"
                + " private keys by which Auth signs, setting auth.smtp_pass",
            "settings that no restore sets (see the dashboard): postgres, pooler,"
                + " network-restrictions, ssl-enforcement");
    assertThat(there.asked("POST /functions/deploy")).isEqualTo(2);
  }

  @Test
  void thePlanTouchesNothing() {
    restore.effect = Task.Effect.PLAN_ONLY;
    var planned = restore.succeed(point);

    assertThat(planned.plan())
        .anyMatch(
            step ->
                step.contains("make roles my_api, reporting")
                    && step.contains("3 secrets of Vault"))
        .contains("deploy Edge Functions hello, pay, and compare them")
        .contains("set auth.site_url, postgrest.max_rows");
    assertThat(there.asked("POST /functions/deploy")).isZero();
    isNew();
  }

  /** A column that was changed lies behind those that were not; rows name them in their order. */
  @Test
  void columnsAreReadInTheirOrder() {
    target.server().execute("postgres", "ALTER TABLE auth.identities ALTER id SET STATISTICS 7");
    var server = Connected.to(target.server(), "postgres", "p1");
    try (var session = PostgresSession.open(server, "postgres", "look")) {
      session.execute("SET enable_indexscan = off; SET enable_bitmapscan = off");

      assertThat(HostedDatabase.read(session).columns().get("auth.identities"))
          .containsExactly("id", "user_id", "provider");
    }
  }

  @Test
  void aProjectInUseIsNeverReplaced() {
    target
        .server()
        .execute(
            "postgres",
            "INSERT INTO auth.users (id) VALUES (gen_random_uuid())",
            "CREATE TABLE public.mine (id int)");
    var report = restore.run(point);

    assertThat(reason(report)).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(report.failure().message())
        .contains("public.mine", "rows of auth.users", "Nothing was touched");
    assertThat(ask("SELECT count(*) FROM auth.users")).isEqualTo("1");
    assertThat(there.asked("POST /functions/deploy")).isZero();
  }

  @Test
  void allThatStandsInTheWayIsToldAtOnce() {
    target
        .server()
        .execute(
            "postgres",
            "DELETE FROM auth.schema_migrations WHERE version > '2024100010'",
            "REVOKE INSERT ON auth.identities FROM postgres");
    var report = restore.run(point);

    assertThat(reason(report)).isEqualTo(Reason.TARGET_UNUSABLE);
    assertThat(report.failure().message())
        .contains(
            "2 things stand in the way",
            "auth.schema_migrations is at 2024100010",
            "(auth.identities)");
    isNew();
  }

  @Test
  void aFailureLeavesTheProjectAsItWas() {
    // What the point does not know of: its rows cannot have it.
    target
        .server()
        .execute("postgres", "ALTER TABLE auth.identities ADD COLUMN added text NOT NULL");
    var report = restore.run(point);

    assertThat(report.failure().message())
        .contains("rows of auth.identities", "Nothing was changed");
    isNew();
    assertThat(there.asked("POST /functions/deploy")).isZero();
  }

  @Test
  void aColumnThatIsNotThereIsLeftOutWhereItSaysNothing() {
    target.server().execute("postgres", "ALTER TABLE auth.users DROP COLUMN encrypted_password");
    var report = restore.run(point);

    assertThat(reason(report)).isEqualTo(Reason.TARGET_UNUSABLE);
    assertThat(report.failure().message())
        .contains("Column encrypted_password of auth.users holds values");
    isNew();

    target
        .server()
        .execute(
            "postgres",
            "ALTER TABLE auth.users ADD COLUMN encrypted_password text, ADD COLUMN is_new int");
    target
        .server()
        .execute("postgres", "ALTER TABLE storage.buckets DROP COLUMN allowed_mime_types");
    assertThat(restore.succeed(point).comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(ask("SELECT count(encrypted_password) FROM auth.users")).isEqualTo("200");
    assertThat(ask("SELECT count(*) FROM storage.buckets WHERE file_size_limit = 9"))
        .isEqualTo("1");
  }

  @Test
  void aKilledAttemptIsGoneOnWith() {
    there.answer("POST /functions/deploy", Reply.of(403));
    var report = restore.run(point);

    assertThat(reason(report)).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(report.failure().message())
        .contains(
            "lacks the right edge_functions:write",
            "Restored before that, and equal with the point: database");
    assertThat(ask("SELECT count(*) FROM public.posts")).isEqualTo("1000");

    there.forget();
    // What somebody set since another request was made is not known, whichever attempt it is.
    restore.request = "another";
    restore.attempt = 2;
    assertThat(reason(restore.run(point))).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    restore.request = "hosted-request";
    var restored = restore.succeed(point);
    assertThat(ask("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'salvor%'")).isEqualTo("0");
    assertThat(restored.plan())
        .contains("leave the database, which holds what the recovery point does");
    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    // Nobody was told when it was restored.
    assertThat(restored.leftOut())
        .contains(
            "event trigger issue_net_access", "cron job another's, which is supabase_admin's");
    assertThat(ask("SELECT count(*) FROM public.posts")).isEqualTo("1000");
    assertThat(ask("SELECT count(*) FROM vault.secrets")).isEqualTo("3");
    assertThat(there.asked("POST /functions/deploy")).isEqualTo(2);

    // Also where somebody has begun to use it: then it is not what it was.
    target.server().execute("postgres", "DELETE FROM cron.job WHERE jobname = 'odd'");
    assertThat(reason(restore.run(point))).isEqualTo(Reason.TARGET_NOT_EMPTY);
  }

  /** Also when all of it but its end is done. */
  @Test
  void oneThatIsEndedLeavesTheProjectAsItWas() {
    for (var step : List.of(Step.RESTORE, Step.COMPARE)) {
      world.at(step, world.stores::interrupt);

      assertThat(reason(restore.run(point))).isEqualTo(Reason.INTERRUPTED);
      isNew();
    }
  }

  @Test
  void partsAreRestoredByThemselves() {
    restore.database = false;
    restore.byApi = List.of("functions");
    var restored = restore.succeed(point);

    assertThat(restored.coverage()).isEqualTo("2 of 2 Edge Functions by their sources");
    assertThat(there.document("/config/auth")).contains("localhost:3000");
    isNew();

    there.answer("/functions/hello/body", Reply.body("another").with("Content-Type", "text/plain"));
    var report = restore.run(point);
    assertThat(reason(report)).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(report.failure().message()).contains("(hello)");
  }

  @Test
  void anotherProjectsServerIsRefused() {
    target
        .server()
        .execute("postgres", "CREATE ROLE \"postgres.%s\" LOGIN PASSWORD 'p1'".formatted(PROJECT));
    restore.project = "bcdefghijklmnopqrstu";
    restore.user = "postgres." + PROJECT;
    restore.byApi = List.of();

    assertThat(restore.run(point).failure().message())
        .contains("the connection leads to project " + PROJECT + ", not to bcdefghijklmnopqrstu");
    isNew();
  }

  @Test
  void aPointOfASelfHostedProjectGivesItsDatabase() throws IOException {
    var other = Files.createTempDirectory(Path.of("target").toRealPath(), "own");
    try (var own = SelfHostedSupabase.start()) {
      var keeping = new SupabaseWorld(other, own);
      var made = keeping.succeed().recoveryPoint();
      var into = new HostedTargetWorld(keeping, target.server(), there);

      assertThat(into.run(made).failure().message())
          .contains("does not hold functions, configuration");
      into.byApi = List.of();
      var restored = into.succeed(made);

      assertThat(restored.comparison()).isEqualTo(VerdictOutcome.UNPROVEN);
      assertThat(restored.leftOut())
          .contains("secrets of Vault: the point does not hold what they are");
      assertThat(ask("SELECT count(*) FROM public.posts")).isEqualTo("1000");
      assertThat(ask("SELECT count(*) FROM auth.identities")).isEqualTo("200");
    } finally {
      Script.run("rm -rf \"$1\"", other);
    }
  }
}
