package dev.salvor.cli.demo;

import dev.salvor.engine.postgres.sandbox.SandboxServer;
import dev.salvor.engine.postgres.sandbox.SandboxSettings;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.engine.process.Streams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The throw-away PostgreSQL of the demo: a shop of some 100 MB, and what befalls it. */
final class DemoDatabase implements AutoCloseable {
  static final String DATABASE = "shop";
  static final String ADMINISTRATOR = "shop_admin";

  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** Of each table: its rows and a hash over all of them that does not depend on their order. */
  private static final String FINGERPRINT =
      """
      select string_agg(name || ' ' || rows || ' ' || hash, E'\\n' order by name) from (
        select 'customers' as name, count(*) as rows, sum(hashtextextended(t::text, 0)::numeric) as hash from customers t
        union all select 'order_items', count(*), sum(hashtextextended(t::text, 0)::numeric) from order_items t
        union all select 'orders', count(*), sum(hashtextextended(t::text, 0)::numeric) from orders t
        union all select 'products', count(*), sum(hashtextextended(t::text, 0)::numeric) from products t
        union all select 'events', count(*), sum(hashtextextended(t::text, 0)::numeric) from events t
      ) facts
      """;

  private final Programs programs;
  private final ProcessRunner processes;
  private final SandboxServer server;
  private final int major;

  private DemoDatabase(
      Programs programs, ProcessRunner processes, SandboxServer server, int major) {
    this.programs = programs;
    this.processes = processes;
    this.server = server;
    this.major = major;
  }

  /** Starts a server of the newest major that is at hand, on a socket below the folder. */
  static DemoDatabase start(Path folder, Map<String, String> environment) {
    var programs = new Programs(environment);
    var processes = new ProcessRunner(environment, Deadline.after(LONGEST));
    var major = programs.postgresMajors().last();
    var settings = new SandboxSettings(major, ADMINISTRATOR, List.of(), DATABASE);
    return new DemoDatabase(
        programs, processes, SandboxServer.start(folder, settings, programs, processes), major);
  }

  int major() {
    return major;
  }

  /** Where the server listens; as {@code host} of a connection. */
  Path socketFolder() {
    return server.socketFolder();
  }

  int port() {
    return server.port();
  }

  void fill() {
    psql("postgres", "create role shop_reader");
    psql("postgres", "create database " + DATABASE);
    psql(DATABASE, resource("shop.sql"));
  }

  void damage() {
    psql(DATABASE, resource("damage.sql"));
  }

  String fingerprint() {
    return psql(DATABASE, FINGERPRINT);
  }

  String ask(String query) {
    return psql(DATABASE, query);
  }

  private String psql(String database, String sql) {
    var command =
        Command.of(
            programs.postgres(major, "psql"),
            "--host=" + server.socketFolder(),
            "--port=" + server.port(),
            "--username=" + ADMINISTRATOR,
            "--dbname=" + database,
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--file=-");
    var done = processes.run(command, Streams.captured().withInput(sql));
    if (!done.succeeded()) {
      throw new IllegalStateException("psql failed: " + done.errorTail());
    }
    return done.output().strip();
  }

  private static String resource(String name) {
    try (var stream = DemoDatabase.class.getResourceAsStream("/dev/salvor/demo/" + name)) {
      if (stream == null) {
        throw new IllegalStateException(name + " is not in the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
