package dev.salvor.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import java.util.function.BiConsumer;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A Supabase project as it lies on a machine that hosts its own: what its images, their migrations
 * and an application leave in a plain PostgreSQL 17, and the folders beside it. It is modelled on
 * what a Supabase was seen to hold, and none of its code is in it.
 */
public final class SelfHostedSupabase implements AutoCloseable {
  public static final String DATABASE = "postgres";

  /** They must be in no report, no log and no output. */
  public static final String JWT_SECRET = "jwt-secret-that-nobody-may-see";

  public static final String ENV_SECRET = "dashboard-password-that-nobody-may-see";

  /** What Vault holds in clear, with the secret's name behind it. */
  public static final String VAULT_SECRET = "vault-value-that-nobody-may-see";

  private static final String ROLES =
      """
      CREATE ROLE postgres LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS PASSWORD 'p1';
      CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS;
      CREATE ROLE authenticator LOGIN NOINHERIT PASSWORD 'p2';
      CREATE ROLE supabase_auth_admin LOGIN NOINHERIT CREATEROLE PASSWORD 'p3';
      CREATE ROLE supabase_storage_admin LOGIN NOINHERIT CREATEROLE PASSWORD 'p4';
      CREATE ROLE my_api;
      GRANT anon, authenticated, service_role, my_api TO authenticator;
      GRANT anon, authenticated, service_role TO postgres WITH ADMIN OPTION;
      ALTER ROLE anon SET statement_timeout = '3s';
      ALTER ROLE authenticator SET search_path = api, "$user";
      ALTER DATABASE postgres SET "app.settings.jwt_secret" TO '%s';
      GRANT CREATE ON DATABASE postgres TO postgres;
      """
          .formatted(JWT_SECRET);

  private static final String SERVICES =
      """
      CREATE SCHEMA auth AUTHORIZATION supabase_auth_admin;
      SET ROLE supabase_auth_admin;
      CREATE TABLE auth.schema_migrations (version text PRIMARY KEY);
      INSERT INTO auth.schema_migrations SELECT '2024' || n FROM generate_series(100000, 100069) n;
      CREATE TABLE auth.users (id uuid PRIMARY KEY, email text UNIQUE, encrypted_password text,
        raw_app_meta_data jsonb, created_at timestamptz, is_sso_user boolean NOT NULL DEFAULT false);
      INSERT INTO auth.users SELECT md5(n::text)::uuid, 'user' || n || '@example.com',
        '$2a$10$' || md5(n::text), '{"provider": "email"}', '2026-01-01'::timestamptz + n * '1 h'::interval
        FROM generate_series(1, 200) n;
      CREATE TABLE auth.identities (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users
        ON DELETE CASCADE, provider text NOT NULL, email text GENERATED ALWAYS AS
        (lower('x@' || provider)) STORED);
      INSERT INTO auth.identities (id, user_id, provider)
        SELECT md5('i' || n)::uuid, md5(n::text)::uuid, 'email' FROM generate_series(1, 200) n;
      CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
        $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
      GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role, postgres;
      GRANT REFERENCES ON auth.users TO postgres;
      RESET ROLE;
      CREATE SCHEMA storage AUTHORIZATION supabase_storage_admin;
      SET ROLE supabase_storage_admin;
      CREATE TABLE storage.migrations (id int PRIMARY KEY, name text, hash text);
      INSERT INTO storage.migrations SELECT n, 'migration-' || n, md5(n::text) FROM generate_series(0, 57) n;
      CREATE TABLE storage.buckets (id text PRIMARY KEY, name text UNIQUE, public boolean,
        file_size_limit bigint, allowed_mime_types text[]);
      INSERT INTO storage.buckets VALUES ('avatars', 'avatars', true, NULL, NULL), ('docs', 'docs', false, 9, NULL);
      CREATE TABLE storage.objects (id uuid PRIMARY KEY, bucket_id text REFERENCES storage.buckets,
        name text, version text, metadata jsonb, owner_id text, UNIQUE (bucket_id, name));
      CREATE FUNCTION storage.protect_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF coalesce(current_setting('storage.allow_delete_query', true), 'false') <> 'true' THEN
        RAISE EXCEPTION 'direct deletion is not allowed'; END IF; RETURN NULL; END $$;
      CREATE TRIGGER protect_delete BEFORE DELETE ON storage.objects FOR EACH STATEMENT
        EXECUTE FUNCTION storage.protect_delete();
      ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
      GRANT USAGE ON SCHEMA storage TO anon, authenticated, service_role, postgres;
      GRANT ALL ON storage.objects, storage.buckets TO anon, authenticated, service_role, postgres;
      RESET ROLE;
      CREATE SCHEMA vault;
      CREATE TABLE vault.secrets (id uuid PRIMARY KEY, name text UNIQUE, secret text NOT NULL);
      INSERT INTO vault.secrets VALUES (md5('s')::uuid, 'stripe', 'Y2lwaGVydGV4dA==');
      CREATE SCHEMA cron;
      CREATE TABLE cron.job (jobid bigint PRIMARY KEY, schedule text, command text, database text,
        username text, active boolean, jobname text);
      INSERT INTO cron.job VALUES (1, '0 3 * * *', 'SELECT 1', 'postgres', 'postgres', true, 'nightly');
      CREATE SCHEMA realtime;
      CREATE TABLE realtime.messages (topic text, inserted_at timestamptz NOT NULL)
        PARTITION BY RANGE (inserted_at);
      CREATE TABLE realtime.messages_2026_11_22 PARTITION OF realtime.messages
        FOR VALUES FROM ('2026-11-22') TO ('2026-11-23');
      INSERT INTO realtime.messages VALUES ('room', '2026-11-22 12:00Z');
      """;

  private static final String APPLICATION =
      """
      GRANT ALL ON SCHEMA public TO postgres;
      SET ROLE postgres;
      CREATE TABLE public.posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        author uuid NOT NULL REFERENCES auth.users, body text);
      INSERT INTO public.posts (author, body)
        SELECT md5((1 + n % 200)::text)::uuid, 'post ' || n FROM generate_series(1, 1000) n;
      ALTER TABLE public.posts ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON public.posts TO authenticated USING (author = auth.uid());
      GRANT SELECT ON public.posts TO anon, authenticated, my_api;
      CREATE MATERIALIZED VIEW public.activity AS SELECT author, count(*) FROM public.posts GROUP BY 1;
      CREATE FUNCTION public.notified() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE DEBUG 'notified'; END $$;
      CREATE FUNCTION public.welcome() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
      RESET ROLE;
      CREATE TRIGGER welcome AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.welcome();
      CREATE PUBLICATION supabase_realtime FOR TABLE public.posts;
      ALTER ROLE postgres SUPERUSER;
      SET ROLE postgres;
      CREATE EVENT TRIGGER issue_net_access ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION')
        EXECUTE FUNCTION public.notified();
      COMMENT ON EVENT TRIGGER issue_net_access IS 'as its image makes it';
      RESET ROLE;
      ALTER ROLE postgres NOSUPERUSER;
      SELECT lo_from_bytea(0, 'a large object');
      """;

  /** The version that an object has when it was replaced. */
  public static final String REPLACED = "00000000-0000-4000-8000-00000000000a";

  /** Bytes first and then rows, as Storage does; each name is a folder, each version a file. */
  private static final String FOLDERS =
      """
      mkdir -p volumes/storage/stub/stub volumes/functions/main volumes/snippets db-config/conf.d
      cd volumes/storage/stub/stub
      for i in 1 2 3 4 5 6 7 8; do mkdir -p "avatars/user $i.png"
        yes "user $i" | head -c 5000 > "avatars/user $i.png/00000000-0000-4000-8000-00000000000$i"; done
      u="docs/$(printf '\\303\\234')ber 100%.txt"; mkdir -p docs/a/.emptyFolderPlaceholder "$u"
      printf abcde > "$u"/00000000-0000-4000-8000-000000000009
      touch docs/a/.emptyFolderPlaceholder/00000000-0000-4000-8000-000000000000; cd ../../../..
      mkdir -p volumes/storage/multiparts/upload; echo unfinished > volumes/storage/multiparts/upload/1
      echo 'Deno.serve(() => new Response("hello"))' > volumes/functions/main/index.ts
      echo 'SELECT 1' > volumes/snippets/one.sql
      head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n' > db-config/pgsodium_root.key
      chmod 600 db-config/pgsodium_root.key; echo 'jit = off' > db-config/conf.d/own.conf
      printf 'JWT_SECRET=%s\\nDASHBOARD_PASSWORD=%s\\n' > .env
      chmod 600 .env; echo 'services: {}' > docker-compose.yml
      """;

  /** One is being uploaded: a row without bytes. */
  private static final String OBJECTS =
      """
      INSERT INTO storage.objects SELECT md5('o' || n)::uuid, 'avatars', 'user ' || n || '.png',
        '00000000-0000-4000-8000-00000000000' || n, jsonb_build_object('size', 5000, 'mimetype', 'image/png',
        'eTag', '"' || md5(left(repeat('user ' || n || chr(10), 1000), 5000)) || '"'), NULL
        FROM generate_series(1, 8) n ON CONFLICT DO NOTHING;
      INSERT INTO storage.objects VALUES
        (md5('u')::uuid, 'docs', U&'\\00DCber 100%.txt', '00000000-0000-4000-8000-000000000009',
          '{"size": 5, "mimetype": "text/plain", "eTag": "\\"ab56b4d92b40713acc5af89985d4b786\\""}'),
        (md5('e')::uuid, 'docs', 'a/.emptyFolderPlaceholder', '00000000-0000-4000-8000-000000000000',
          '{"size": 0, "mimetype": "application/octet-stream", "eTag": "\\"6a-19c\\""}'),
        (md5('p')::uuid, 'docs', 'uploading', NULL, NULL) ON CONFLICT DO NOTHING
      """;

  /** What Supabase lets the role of its customers do, and what it keeps to itself. */
  private static final String HOSTED =
      """
      GRANT SELECT ON ALL TABLES IN SCHEMA auth TO postgres;
      GRANT SELECT ON ALL TABLES IN SCHEMA storage TO postgres;
      GRANT USAGE ON SCHEMA vault, cron, realtime TO postgres;
      GRANT SELECT ON ALL TABLES IN SCHEMA cron, realtime TO postgres;
      ALTER TABLE vault.secrets ADD COLUMN description text;
      ALTER TABLE cron.job ADD COLUMN nodename text DEFAULT 'db.internal', ADD COLUMN nodeport int DEFAULT 6000;
      CREATE VIEW vault.decrypted_secrets AS SELECT id, name, description, secret,
        '%s-' || name AS decrypted_secret FROM vault.secrets;
      GRANT SELECT ON vault.secrets, vault.decrypted_secrets TO postgres;
      CREATE SCHEMA pgsodium;
      CREATE TABLE pgsodium.key (id serial PRIMARY KEY, raw_key bytea);
      INSERT INTO pgsodium.key (raw_key) VALUES ('x');
      CREATE VIEW pgsodium.valid_key AS SELECT id FROM pgsodium.key;
      CREATE TABLE storage.buckets_vectors (id text PRIMARY KEY);
      CREATE TABLE storage.vector_indexes (id text, bucket_id text REFERENCES storage.buckets_vectors);
      ALTER TABLE storage.buckets_vectors ENABLE ROW LEVEL SECURITY;
      CREATE POLICY nobody ON storage.buckets_vectors TO anon USING (false);
      GRANT SELECT ON storage.vector_indexes TO postgres;
      CREATE TABLE storage."Odd.""name""*" (id int);
      CREATE TABLE storage."Odd.""name"" of the customer" (id int);
      GRANT SELECT ON storage."Odd.""name"" of the customer" TO postgres;
      SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
      SET ROLE postgres;
      SELECT lo_from_bytea(0, 'a large object of the customer');
      RESET ROLE;
      CREATE ROLE reporting LOGIN PASSWORD 'p5';
      """
          .formatted(VAULT_SECRET);

  /**
   * What a project is before anybody has used it, and what its customers' role may write there: by
   * functions of cron and Vault, and, where a hook of Supabase's would let it, by what stands in
   * for that here.
   */
  private static final String NEW =
      """
      REVOKE my_api FROM authenticator;
      DROP ROLE my_api;
      ALTER DATABASE postgres OWNER TO postgres;
      SET storage.allow_delete_query = 'true';
      DELETE FROM auth.users; DELETE FROM storage.objects; DELETE FROM storage.buckets;
      DROP TABLE cron.job;
      DROP TABLE vault.secrets;
      GRANT ALL ON ALL TABLES IN SCHEMA auth, storage TO postgres;
      GRANT SET ON PARAMETER session_replication_role TO postgres;
      GRANT supabase_storage_admin TO postgres WITH INHERIT TRUE, SET FALSE;
      GRANT USAGE ON SCHEMA vault, cron, realtime TO postgres;
      GRANT SELECT ON ALL TABLES IN SCHEMA realtime TO postgres;
      GRANT ALL ON SCHEMA public TO postgres WITH GRANT OPTION;
      CREATE SCHEMA extensions;
      GRANT ALL ON SCHEMA extensions TO postgres;
      ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO postgres, anon,
        authenticated, service_role;
      ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON FUNCTIONS TO postgres, anon,
        authenticated, service_role;
      CREATE PUBLICATION supabase_realtime;
      ALTER PUBLICATION supabase_realtime OWNER TO postgres;
      CREATE SEQUENCE cron.jobid_seq START 70;
      CREATE TABLE cron.job (jobid bigint PRIMARY KEY DEFAULT nextval('cron.jobid_seq'), schedule text,
        command text, database text DEFAULT current_database(), username text DEFAULT session_user,
        active boolean DEFAULT true, jobname text, nodename text DEFAULT 'localhost', nodeport int DEFAULT 5432);
      CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint SECURITY DEFINER
        LANGUAGE sql AS $$ INSERT INTO cron.job (jobname, schedule, command) VALUES ($1, $2, $3) RETURNING jobid $$;
      CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint SECURITY DEFINER
        LANGUAGE sql AS $$ INSERT INTO cron.job (schedule, command) VALUES ($1, $2) RETURNING jobid $$;
      CREATE FUNCTION cron.alter_job(job_id bigint, active boolean) RETURNS void SECURITY DEFINER
        LANGUAGE sql AS $$ UPDATE cron.job SET active = $2 WHERE jobid = $1 $$;
      GRANT SELECT ON cron.job TO postgres;
      CREATE TABLE vault.secrets (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text UNIQUE, secret text
        NOT NULL, description text NOT NULL DEFAULT '');
      CREATE VIEW vault.decrypted_secrets AS SELECT id, name, description, secret,
        convert_from(decode(secret, 'base64'), 'UTF8') AS decrypted_secret FROM vault.secrets;
      CREATE FUNCTION vault.create_secret(new_secret text, new_name text, new_description text) RETURNS uuid
        SECURITY DEFINER LANGUAGE sql AS $$ INSERT INTO vault.secrets (secret, name, description)
        VALUES (encode(convert_to($1, 'UTF8'), 'base64'), $2, $3) RETURNING id $$;
      GRANT SELECT ON vault.secrets, vault.decrypted_secrets TO postgres;
      CREATE SCHEMA pgsodium;
      CREATE TABLE pgsodium.key (id serial PRIMARY KEY, raw_key bytea);
      """;

  private final PostgresServer server;

  private SelfHostedSupabase(PostgresServer server) {
    this.server = server;
  }

  /** Its server alone; folders are made by {@link #lay}. */
  public static SelfHostedSupabase start() {
    var project = new SelfHostedSupabase(PostgresServer.startAs("supabase_admin", 17));
    project.server.execute(DATABASE, "CREATE DATABASE _supabase");
    fill((database, sql) -> project.server.execute(database, sql));
    project.server.execute(
        "_supabase", "CREATE SCHEMA _analytics", "CREATE TABLE _analytics.logs (line text)");
    return project;
  }

  /** A server such as Supabase gives its customers one: by the role {@code postgres} alone. */
  public static SelfHostedSupabase startHosted() {
    return startHosted(17);
  }

  /** The same of another major version of PostgreSQL. */
  public static SelfHostedSupabase startHosted(int major) {
    var project = new SelfHostedSupabase(PostgresServer.startAs("supabase_admin", major));
    fill((database, sql) -> project.server.execute(database, sql));
    project.server.execute(DATABASE, HOSTED);
    return project;
  }

  /** The same before anybody has used it: a place to restore to. */
  public static SelfHostedSupabase startNew() {
    return startNew(17);
  }

  /** The same of another major version of PostgreSQL. */
  public static SelfHostedSupabase startNew(int major) {
    var project = new SelfHostedSupabase(PostgresServer.startAs("supabase_admin", major));
    // Before 16 whoever is a member may become the role, too.
    var memberships = major < 16 ? NEW.replace(" WITH INHERIT TRUE, SET FALSE", "") : NEW;
    List.of(ROLES, SERVICES, memberships).forEach(sql -> project.server.execute(DATABASE, sql));
    return project;
  }

  /** Makes what is in the one database that all services use, as supabase_admin. */
  public static void fill(BiConsumer<String, String> statements) {
    List.of(ROLES, SERVICES, APPLICATION, OBJECTS).forEach(sql -> statements.accept(DATABASE, sql));
  }

  /** The rows of all objects, as {@link #lay} lays their bytes; those that are there stay. */
  public static void fillStorage(PostgresServer server) {
    server.execute(DATABASE, OBJECTS);
  }

  /** What lies beside the server, as Compose would mount it. */
  public static void lay(Path folder) {
    Script.run(FOLDERS.replaceFirst("%s", JWT_SECRET).replaceFirst("%s", ENV_SECRET), folder);
    type(folder);
  }

  /** The types of Storage's objects are attributes of their files. */
  private static void type(Path folder) {
    try (var objects = Files.walk(folder.resolve("volumes/storage/stub"))) {
      for (var object : objects.filter(Files::isRegularFile).toList()) {
        Files.getFileAttributeView(object, UserDefinedFileAttributeView.class)
            .write("supabase.content-type", StandardCharsets.UTF_8.encode("image/png"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Secrets of Vault that can be read with the key of a folder, by a server that has it from the
   * script that Vault's own library would run.
   */
  public void encryptSecrets(String digits) {
    server.execute(
        DATABASE,
        """
        CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA vault;
        CREATE OR REPLACE FUNCTION vault.root_key() RETURNS text LANGUAGE plpgsql AS $$
          DECLARE found text; BEGIN
          CREATE TEMPORARY TABLE got (line text);
          EXECUTE format('COPY got FROM PROGRAM %L', current_setting('vault.getkey_script'));
          EXECUTE 'SELECT line FROM got' INTO found; DROP TABLE got; RETURN found; END $$;
        CREATE OR REPLACE FUNCTION vault.opened(secret text) RETURNS text LANGUAGE plpgsql AS $$
          BEGIN RETURN vault.pgp_sym_decrypt(decode(secret, 'base64'), vault.root_key());
          EXCEPTION WHEN external_routine_invocation_exception THEN
          RAISE data_exception USING MESSAGE = 'invalid ciphertext'; END $$;
        CREATE OR REPLACE VIEW vault.decrypted_secrets AS
          SELECT id, name, secret, vault.opened(secret) AS decrypted_secret FROM vault.secrets;
        UPDATE vault.secrets SET secret = encode(vault.pgp_sym_encrypt('sk_live', '%s'), 'base64');
        """
            .replace("%s", digits));
  }

  /** What lies in Storage's folder, to a bucket as the backend for S3 has it. */
  public static void upload(Path folder, S3Client client, String bucket) {
    var root = folder.resolve("volumes/storage/stub");
    try (var objects = Files.walk(root.resolve("stub"))) {
      for (var object : objects.filter(Files::isRegularFile).toList()) {
        client.putObject(
            it ->
                it.bucket(bucket)
                    .key(root.relativize(object).toString())
                    .contentType("image/png")
                    .cacheControl("max-age=3600"),
            object);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The same objects as Storage itself gives them out: each of its buckets is one, and a key is a
   * name. What was there is gone.
   */
  public static void serve(Path folder, S3Server server) {
    var client = server.client();
    for (var bucket : List.of("avatars", "docs")) {
      server.bucket(bucket);
      client
          .listObjectsV2(it -> it.bucket(bucket))
          .contents()
          .forEach(object -> client.deleteObject(it -> it.bucket(bucket).key(object.key())));
      var root = folder.resolve("volumes/storage/stub/stub").resolve(bucket);
      try (var objects = Files.walk(root)) {
        for (var object : objects.filter(Files::isRegularFile).toList()) {
          client.putObject(
              it ->
                  it.bucket(bucket)
                      .key(root.relativize(object.getParent()).toString())
                      .contentType("image/png")
                      .cacheControl("max-age=3600"),
              object);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * What Storage makes of its rows when somebody replaces the fourth avatar and deletes the fifth,
   * the sixth and one that is named new.
   */
  public void replaceAndDelete() {
    server.execute(
        DATABASE,
        "SET storage.allow_delete_query = 'true'",
        "DELETE FROM storage.objects WHERE name IN ('user 5.png', 'user 6.png', 'new.png')",
        "UPDATE storage.objects SET version = '" + REPLACED + "' WHERE name = 'user 4.png'");
  }

  /** The rows of all objects as they were at first, whatever became of them. */
  public void resetStorage() {
    server.execute(
        DATABASE,
        "SET storage.allow_delete_query = 'true'",
        "DELETE FROM storage.objects",
        OBJECTS);
  }

  public PostgresServer server() {
    return server;
  }

  @Override
  public void close() {
    server.close();
  }
}
