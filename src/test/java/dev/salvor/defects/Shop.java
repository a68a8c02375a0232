package dev.salvor.defects;

import dev.salvor.testing.PostgresServer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The database that all scenes begin with: small, with one of everything that a dump can lose. What
 * is changed is changed in a copy.
 */
final class Shop {
  static final int MAJOR = 17;

  /** Never altered after it was made. */
  static final String DATABASE = "shop";

  static final String OWNER = "shop_owner";
  static final String READER = "shop_reader";
  static final int ORDERS = 2000;

  private static final AtomicInteger COPIES = new AtomicInteger();

  private Shop() {}

  static PostgresServer server() {
    return Made.SERVER;
  }

  /** A name that no other scene uses. */
  static String newName() {
    return "shop_" + COPIES.incrementAndGet();
  }

  /** A copy of its own. */
  static String copy() {
    var name = newName();
    copy(name);
    return name;
  }

  static void copy(String name) {
    // Making one from a template needs the template for itself.
    synchronized (Shop.class) {
      server()
          .execute(
              "postgres",
              "CREATE DATABASE " + name + " TEMPLATE " + DATABASE + "_template OWNER " + OWNER);
    }
  }

  static void drop(String name) {
    server().execute("postgres", "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  }

  private static final class Made {
    static final PostgresServer SERVER = make();

    private static PostgresServer make() {
      var server = PostgresServer.start(MAJOR);
      server.execute(
          "postgres",
          "CREATE ROLE " + OWNER + " LOGIN PASSWORD 'owner of the shop'",
          "CREATE ROLE " + READER,
          "CREATE DATABASE " + DATABASE + " OWNER " + OWNER);
      server.execute(DATABASE, content().toArray(String[]::new));
      server.execute(
          "postgres",
          "CREATE DATABASE " + DATABASE + "_template TEMPLATE " + DATABASE + " OWNER " + OWNER);
      return server;
    }
  }

  private static List<String> content() {
    return List.of(
        "CREATE EXTENSION pg_trgm",
        "CREATE EXTENSION unaccent",
        "SET ROLE " + OWNER,
        "CREATE SCHEMA sales",
        "CREATE TABLE public.customers (id int PRIMARY KEY, name text NOT NULL UNIQUE)",
        "INSERT INTO public.customers SELECT n, 'customer number ' || n"
            + " FROM generate_series(1, 100) n",
        "CREATE TABLE public.harbours (name text NOT NULL, depth int)",
        "INSERT INTO public.harbours SELECT 'harbour ' || n, n FROM generate_series(1, 20) n",
        "CREATE TABLE sales.orders (id bigserial PRIMARY KEY,"
            + " customer int NOT NULL REFERENCES public.customers, amount numeric(10, 2) NOT NULL,"
            + " note text NOT NULL)",
        "INSERT INTO sales.orders (customer, amount, note)"
            + " SELECT 1 + n % 100, n / 7.0, 'order ' || md5(n::text) || md5((n + 1)::text)"
            + " FROM generate_series(1, "
            + ORDERS
            + ") n",
        "CREATE INDEX orders_by_note ON sales.orders USING gin (note public.gin_trgm_ops)",
        "CREATE MATERIALIZED VIEW sales.turnover AS"
            + " SELECT customer, sum(amount) AS amount FROM sales.orders GROUP BY customer",
        "CREATE VIEW sales.big_orders AS SELECT * FROM sales.orders WHERE amount > 100",
        "CREATE FUNCTION sales.touch() RETURNS trigger LANGUAGE plpgsql"
            + " AS $$ BEGIN RETURN new; END $$",
        "CREATE TRIGGER touch BEFORE UPDATE ON sales.orders"
            + " FOR EACH ROW EXECUTE FUNCTION sales.touch()",
        "GRANT USAGE ON SCHEMA sales TO " + READER,
        "GRANT SELECT ON sales.orders TO " + READER,
        "SELECT lo_from_bytea(0, convert_to('a picture of a ship', 'UTF8'))",
        "RESET ROLE");
  }
}
