package dev.salvor.engine.postgres.restore;

import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.testing.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A database with one of each kind of thing that refers to another, and its dump. */
final class DumpFixture {
  private static final String[] SCHEMA = {
    "CREATE SCHEMA app",
    "CREATE SCHEMA \"my schema\"",
    "CREATE TYPE app.mood AS ENUM ('good', 'bad')",
    "CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
    "CREATE FUNCTION app.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE app.customer (id bigserial PRIMARY KEY, name text UNIQUE, mood app.mood,"
        + " d int DEFAULT app.one())",
    "CREATE TABLE app.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        + " customer bigint REFERENCES app.customer, \"at x\" timestamptz)",
    "CREATE TABLE app.note (id bigint PRIMARY KEY DEFAULT nextval('app.customer_id_seq'))",
    "CREATE INDEX orders_at ON app.orders (\"at x\")",
    "CREATE TRIGGER touched BEFORE INSERT ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch()",
    "COMMENT ON COLUMN app.orders.id IS 'its number'",
    "ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY p ON app.orders USING (true)",
    "CREATE STATISTICS app.together ON id, customer FROM app.orders",
    "CREATE TABLE app.part (k int PRIMARY KEY, v text) PARTITION BY RANGE (k)",
    "CREATE TABLE app.part1 PARTITION OF app.part FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE app.part2 PARTITION OF app.part FOR VALUES FROM (10) TO (20)",
    "CREATE VIEW app.recent AS SELECT * FROM app.orders",
    "CREATE MATERIALIZED VIEW app.number AS SELECT count(*) FROM app.customer",
    "CREATE TABLE \"my schema\".\"odd table\" (i int)",
    "CREATE TABLE \"my schema\".\"Odd\" (i int)",
    "INSERT INTO app.customer (name, mood) SELECT 'c' || i, 'good' FROM generate_series(1, 20) i",
    "INSERT INTO app.orders (customer) SELECT 1 + i % 20 FROM generate_series(1, 50) i",
    "INSERT INTO app.part SELECT i, 'v' FROM generate_series(0, 19) i",
    "REFRESH MATERIALIZED VIEW app.number",
    "SELECT lo_from_bytea(0, 'x')"
  };

  private DumpFixture() {}

  static String database(PostgresServer server) {
    var name = server.createDatabase();
    server.execute(name, SCHEMA);
    return name;
  }

  static ProcessRunner processes() {
    return new ProcessRunner(System.getenv(), Deadline.after(Duration.ofMinutes(2)));
  }

  static String run(PostgresServer server, String program, String database, String... arguments) {
    var all = new ArrayList<String>(List.of(arguments));
    var completed =
        processes()
            .run(
                Command.of(server.program(program), all)
                    .withEnvironment(
                        Map.of(
                            "PGHOST",
                            server.socketDirectory().toString(),
                            "PGPORT",
                            Integer.toString(server.port()),
                            "PGUSER",
                            PostgresServer.SUPERUSER,
                            "PGDATABASE",
                            database)));
    if (!completed.succeeded()) {
      throw new IllegalStateException(program + ": " + completed.errorTail());
    }
    return completed.output();
  }

  static void dump(PostgresServer server, String database, Path file) {
    run(server, "pg_dump", database, "--format=custom", "--compress=0", "--file=" + file);
  }
}
