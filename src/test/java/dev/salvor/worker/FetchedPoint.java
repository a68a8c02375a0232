package dev.salvor.worker;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.engine.postgres.ConnectionSettings;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.FactsReader;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.Header;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.ServerFacts;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.RememberingInitdb;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A recovery point as Fetch leaves it, made without a repository: facts are taken first, then a
 * defect may be planted in the source, then it is dumped.
 */
final class FetchedPoint {
  static final String ID = "20261122t120000z-abcdef";

  private final PostgresServer server;
  private final Path folder;
  private final List<DatabaseFacts> facts = new ArrayList<>();
  private final List<Manifest.Part> parts = new ArrayList<>();
  private final FactsMode mode;
  private String globals = "";

  FetchedPoint(PostgresServer server, Path folder, FactsMode mode) {
    this.server = server;
    this.folder = folder;
    this.mode = mode;
  }

  /** Facts, defects, dump. */
  FetchedPoint database(String name, DumpFormat format, String... defects) {
    var settings =
        ConnectionSettings.overSocket(
            server.socketDirectory(), server.port(), PostgresServer.SUPERUSER, name);
    try (var session = PostgresSession.open(Connector.connect(settings), name, "test")) {
      facts.add(FactsReader.of(session, mode));
    }
    if (defects.length > 0) {
      server.execute(name, defects);
    }
    var file = folder.resolve("part-" + parts.size());
    run(
        "pg_dump",
        name,
        format == DumpFormat.DIRECTORY ? "--format=directory" : "--format=custom",
        "--compress=0",
        "--file=" + file);
    parts.add(
        new Manifest.Part(
            name, "/pg/x", "rp=" + ID, "s", "t", size(file), Instant.EPOCH, format, null));
    globals = run("pg_dumpall", name, "--globals-only");
    return this;
  }

  FetchedPoint globals(UnaryOperator<String> change) {
    globals = change.apply(globals);
    return this;
  }

  FetchedPoint facts(UnaryOperator<DatabaseFacts> change) {
    facts.replaceAll(change);
    return this;
  }

  Path dump(int part) {
    return folder.resolve("part-" + part);
  }

  /** After the dump was changed on purpose, so that its size alone does not tell. */
  FetchedPoint sizesAsTheyAre() {
    parts.replaceAll(
        part ->
            new Manifest.Part(
                part.name(),
                part.path(),
                part.tag(),
                part.snapshot(),
                part.tree(),
                size(dump(parts.indexOf(part))),
                part.time(),
                part.format(),
                null));
    return this;
  }

  FetchedPoint commit() {
    var roles =
        facts.stream()
            .flatMap(
                one ->
                    Stream.concat(
                        Stream.of(one.properties().owner()), Stream.of(one.database() + "_reader")))
            .filter(role -> globals.contains(role))
            .distinct()
            .toList();
    var manifest =
        new Manifest(
            1,
            ID,
            Manifest.Origin.SCHEDULE,
            new Owner("c", "n", "p"),
            "run",
            Instant.EPOCH,
            Instant.EPOCH,
            "1",
            "",
            true,
            parts,
            new Manifest.Postgres(
                server.major() * 10_000,
                new ServerFacts(PostgresServer.SUPERUSER, List.of(), roles, true),
                facts,
                mode));
    var point = new SandboxPoint(folder, manifest);
    point.write(globals);
    point.commit();
    return this;
  }

  private String run(String program, String database, String... arguments) {
    var completed =
        processes()
            .run(
                Command.of(server.program(program), arguments)
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
      throw new IllegalStateException(completed.errorTail());
    }
    return completed.output();
  }

  static ProcessRunner processes() {
    return within(Duration.ofMinutes(3));
  }

  private static ProcessRunner within(Duration deadline) {
    return new ProcessRunner(System.getenv(), Deadline.after(deadline));
  }

  /** For a carrier, without credentials. */
  static WorkerContext context(Path folder, Path sandbox) {
    return context(
        folder,
        sandbox,
        new PrintStream(PrintStream.nullOutputStream(), true, StandardCharsets.UTF_8));
  }

  /** The same with a place for its progress. */
  static WorkerContext context(Path folder, Path sandbox, PrintStream progress) {
    return context(folder, sandbox, progress, processes());
  }

  /** For what waits until its deadline. */
  static WorkerContext contextWithin(Duration deadline, Path folder, Path sandbox) {
    return context(
        folder, sandbox, new PrintStream(PrintStream.nullOutputStream()), within(deadline));
  }

  private static WorkerContext context(
      Path folder, Path sandbox, PrintStream progress, ProcessRunner processes) {
    try {
      return new WorkerContext(
          new Header("run", 1, Instant.EPOCH, 300, List.of()),
          null,
          System.getenv(),
          new Credentials(folder.resolve("none"), List.of()),
          Files.createTempDirectory(folder, "memory"),
          Files.createTempDirectory(folder, "s"),
          Optional.of(sandbox),
          Optional.empty(),
          Optional.empty(),
          new ProgressLines(progress, Clock.systemUTC(), "run"),
          processes,
          FetchedPoint::processes,
          RememberingInitdb.programs(),
          Clock.systemUTC(),
          new Ending(),
          new WorkerContext.Warnings());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long size(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
