package dev.salvor.testing;

/** A small database with one of nearly everything that a dump must bring over. */
public final class RichDatabase {
  private RichDatabase() {}

  /** Makes it on a server that also gets the roles that it needs, named after the database. */
  public static String create(PostgresServer server) {
    var database = server.createDatabase();
    var owner = database + "_Owner";
    var reader = database + "_reader";
    server.execute(
        "postgres",
        "CREATE ROLE \"" + owner + "\"",
        "CREATE ROLE " + reader,
        "ALTER DATABASE " + database + " OWNER TO \"" + owner + "\"",
        "REVOKE CONNECT ON DATABASE " + database + " FROM PUBLIC",
        "ALTER DATABASE " + database + " SET work_mem = '5MB'",
        "ALTER ROLE " + reader + " IN DATABASE " + database + " SET statement_timeout = '7s'",
        "COMMENT ON DATABASE " + database + " IS 'rich'");
    server.execute(
        database,
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION file_fdw",
        "CREATE SCHEMA \"Odd.Schema\" AUTHORIZATION \"" + owner + "\"",
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE TABLE people (id bigserial PRIMARY KEY, name text NOT NULL, mood mood,"
            + " age positive, dropped int, weight double precision DEFAULT 1.1, tags text[],"
            + " document jsonb, born timestamptz, photo bytea, money money)",
        "ALTER TABLE people DROP COLUMN dropped",
        "INSERT INTO people (name, mood, age, tags, document, born, photo, money) SELECT 'n' || i,"
            + " 'ok', i, ARRAY['x', NULL], '{\"a\": 1.10}', timestamptz '2026-01-01 00:00:00+00' +"
            + " i * interval '1 hour', decode(lpad(to_hex(i), 8, '0'), 'hex'), i FROM"
            + " generate_series(1, 1000) i",
        "CREATE INDEX ON people (lower(name))",
        "CREATE TABLE \"Odd.Schema\".\"Odd \"\"Table\" (\"T\" int GENERATED ALWAYS AS IDENTITY, t"
            + " text, twice int GENERATED ALWAYS AS (length(t) * 2) STORED)",
        "INSERT INTO \"Odd.Schema\".\"Odd \"\"Table\" (t) VALUES ('one'), (NULL)",
        "CREATE TABLE orders (id int, day date NOT NULL, person bigint REFERENCES people) PARTITION"
            + " BY RANGE (day)",
        "CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO"
            + " ('2026-01-01')",
        "CREATE TABLE orders_2026 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO"
            + " ('2027-01-01')",
        "CREATE INDEX ON orders (day)",
        "INSERT INTO orders SELECT i, date '2025-06-01' + i, i % 1000 + 1 FROM generate_series(1,"
            + " 400) i",
        "CREATE TABLE parent (a int)",
        "CREATE TABLE child (b int) INHERITS (parent)",
        "INSERT INTO parent VALUES (1), (2)",
        "INSERT INTO child VALUES (3, 4)",
        "CREATE TABLE nothing ()",
        "CREATE TABLE empty (a int)",
        "CREATE UNLOGGED TABLE unlogged (a int)",
        "INSERT INTO unlogged VALUES (1)",
        "CREATE SEQUENCE free_sequence START 100",
        "SELECT nextval('free_sequence')",
        "CREATE SEQUENCE unused_sequence",
        "CREATE VIEW names AS SELECT id, name FROM people",
        "CREATE MATERIALIZED VIEW filled AS SELECT count(*) FROM people",
        "CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS one WITH NO DATA",
        "CREATE FUNCTION add(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $2'",
        "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)",
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch()",
        "CREATE TABLE secrets (tenant text, what text)",
        "ALTER TABLE secrets ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON secrets USING (tenant = current_user)",
        "INSERT INTO secrets SELECT 't' || i % 10, 's' || i FROM generate_series(1, 100) i",
        "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
        "CREATE FOREIGN TABLE far (line text) SERVER files OPTIONS (filename '/nonexistent')",
        "SELECT lo_from_bytea(0, decode('cafe', 'hex'))",
        "GRANT SELECT ON people TO " + reader);
    return database;
  }
}
