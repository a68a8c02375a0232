package dev.salvor.worker;

import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.ConnectionSettings;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.PassFile;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.postgres.sandbox.SandboxServer;
import dev.salvor.engine.postgres.sandbox.SandboxSettings;
import dev.salvor.engine.process.Deadline;
import dev.salvor.task.Manifest;
import dev.salvor.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The throw-away server that a recovery point is restored into: made here, or given by the host as
 * a folder with its socket. Nobody asks for a password there.
 *
 * @param ending what ends it
 */
record ProvingServer(
    ServerConnection connection, Isolation isolation, Path passfile, AutoCloseable ending)
    implements AutoCloseable {
  /** Every sandbox has it, and no recovery point restores it. */
  static final String MAINTENANCE = "template1";

  private static final String APPLICATION = "salvor-proof";
  private static final Duration APPEARANCE = Duration.ofMinutes(5);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final String SOCKET = ".s.PGSQL.";

  /**
   * Starts one, or waits for the one that was given.
   *
   * @throws EngineException SANDBOX_FAILED
   */
  static ProvingServer start(Task.Server server, Manifest manifest, WorkerContext context) {
    return switch (server) {
      case Task.Initdb() -> make(manifest, context);
      case Task.Given(var folder) -> await(Path.of(folder), manifest, context);
    };
  }

  private static ProvingServer make(Manifest manifest, WorkerContext context) {
    var settings =
        new SandboxSettings(
            manifest.serverVersion() / 10_000,
            manifest.server().bootstrapUser(),
            manifest.server().preloadLibraries(),
            cronDatabase(manifest));
    var server =
        SandboxServer.start(context.scratch(), settings, context.programs(), context.processes());
    try {
      server
          .missingLibraries()
          .forEach(library -> context.warnings().add("the sandbox has no library " + library));
      return of(
          server.socketFolder(), server.port(), manifest, context, server.isolation(), server);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** pg_cron can be made in one database only. */
  private static String cronDatabase(Manifest manifest) {
    return manifest.databases().stream()
        .filter(facts -> facts.extensions().stream().anyMatch(x -> x.name().equals("pg_cron")))
        .map(facts -> facts.database())
        .findFirst()
        .orElse("postgres");
  }

  private static ProvingServer await(Path folder, Manifest manifest, WorkerContext context) {
    Deadline until = context.processes().deadline().within(APPEARANCE);
    while (!until.remaining().isZero() && !Thread.currentThread().isInterrupted()) {
      try (var files = Files.newDirectoryStream(folder, SOCKET + "*")) {
        for (var file : files) {
          var number = file.getFileName().toString().substring(SOCKET.length());
          if (number.matches("[0-9]{1,5}")) {
            return given(folder, Integer.parseInt(number), manifest, context);
          }
        }
      } catch (IOException notThere) {
        // The server's container may still be starting.
      } catch (EngineException starting) {
        if (starting.reason() != Reason.SOURCE_UNREACHABLE) {
          throw starting;
        }
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    throw new EngineException(
        Reason.SANDBOX_FAILED, "no server appeared in " + folder + " within " + APPEARANCE);
  }

  private static ProvingServer given(
      Path folder, int port, Manifest manifest, WorkerContext context) {
    var server = of(folder, port, manifest, context, Isolation.NOT_ENFORCED, () -> {});
    try (var session = server.open(MAINTENANCE, context)) {
      // Nothing but the loopback: it can reach nobody, whoever made it so.
      var lines =
          session
              .session()
              .text("SELECT pg_catalog.pg_read_file('/proc/net/dev')")
              .lines()
              .skip(2)
              .toList();
      var alone = lines.stream().allMatch(line -> line.strip().startsWith("lo:"));
      return alone
          ? new ProvingServer(
              server.connection(), Isolation.ENFORCED, server.passfile(), server.ending())
          : server;
    }
  }

  private static ProvingServer of(
      Path folder,
      int port,
      Manifest manifest,
      WorkerContext context,
      Isolation isolation,
      AutoCloseable ending) {
    var settings =
        ConnectionSettings.overSocket(folder, port, manifest.server().bootstrapUser(), MAINTENANCE);
    return new ProvingServer(
        Connector.connect(settings),
        isolation,
        PassFile.write(context.memory(), "sandbox.pass", null),
        ending);
  }

  /** A session that is cut off with the run. */
  RunSession open(String database, WorkerContext context) {
    return RunSession.open(connection, database, context);
  }

  /** For PostgreSQL's own programs. */
  Map<String, String> environment(String database) {
    return connection.environment(database, passfile, APPLICATION);
  }

  @Override
  public void close() {
    try {
      ending.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new EngineException(Reason.SANDBOX_FAILED, "the sandbox could not be ended", e);
    }
  }
}
