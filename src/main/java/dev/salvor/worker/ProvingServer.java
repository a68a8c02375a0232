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
import dev.salvor.engine.postgres.sandbox.ServerFolder;
import dev.salvor.engine.process.Deadline;
import dev.salvor.task.Manifest;
import dev.salvor.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Collection;
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

  /** Beside the folders that the server sees. */
  private static final String KEPT = "kept";

  /**
   * Starts one, or waits for the one that was given.
   *
   * @param sealed what is known of the network that a given one shares with this process
   * @param sandbox by which a given one says what became of it
   * @throws EngineException SANDBOX_FAILED, NO_CLIENT_FOR_SERVER
   */
  static ProvingServer start(
      Task.Server server,
      Isolation sealed,
      Path sandbox,
      Manifest manifest,
      WorkerContext context) {
    return switch (server) {
      case Task.Initdb() -> make(manifest, context);
      case Task.Given(var socket, var from) ->
          await(Path.of(socket), new ServerFolder(sandbox), sealed, manifest, context);
      case Task.NoServer(var why) ->
          throw new EngineException(
              why != null
                  ? why
                  : Reason.SANDBOX_FAILED.failure(
                      "the policy is of files, and recovery point "
                          + manifest.recoveryPoint()
                          + " holds databases: there is no server to restore it into."));
    };
  }

  /** What a server must be to take this point. */
  static SandboxSettings settings(Manifest manifest) {
    return new SandboxSettings(
        manifest.postgres().serverVersion() / 10_000,
        manifest.postgres().server().bootstrapUser(),
        manifest.postgres().server().preloadLibraries(),
        cronDatabase(manifest));
  }

  private static ProvingServer make(Manifest manifest, WorkerContext context) {
    var server =
        SandboxServer.start(
            context.scratch(), settings(manifest), context.programs(), context.processes());
    try {
      warn(server.missingLibraries(), context);
      return of(
          server.socketFolder(), server.port(), manifest, context, server.isolation(), server);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** pg_cron can be made in one database only. */
  private static String cronDatabase(Manifest manifest) {
    return manifest.postgres().databases().stream()
        .filter(facts -> facts.extensions().stream().anyMatch(x -> x.name().equals("pg_cron")))
        .map(facts -> facts.database())
        .findFirst()
        .orElse("postgres");
  }

  private static void warn(Collection<String> missingLibraries, WorkerContext context) {
    missingLibraries.forEach(
        library -> context.warnings().add("the sandbox has no library " + library));
  }

  private static ProvingServer await(
      Path folder, ServerFolder said, Isolation sealed, Manifest manifest, WorkerContext context) {
    Deadline until = context.processes().deadline().within(APPEARANCE);
    while (!until.remaining().isZero() && !Thread.currentThread().isInterrupted()) {
      said.failure()
          .ifPresent(
              failure -> {
                throw new EngineException(failure);
              });
      try (var files = Files.newDirectoryStream(folder, SOCKET + "*")) {
        for (var file : files) {
          var number = file.getFileName().toString().substring(SOCKET.length());
          if (number.matches("[0-9]{1,5}")) {
            var kept = keep(file, said.sandbox(), context);
            var server = given(kept, Integer.parseInt(number), sealed, manifest, context);
            warn(said.missingLibraries(), context);
            return server;
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
      Path folder, int port, Isolation sealed, Manifest manifest, WorkerContext context) {
    var server = of(folder, port, manifest, context, sealed, () -> {});
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

  /** The same folder by a path that a socket can have. */
  private static Path near(Path folder, WorkerContext context) {
    if (SandboxServer.hasRoomForSocket(folder)) {
      return folder;
    }
    var link = context.memory().resolve("server");
    try {
      return Files.exists(link, LinkOption.NOFOLLOW_LINKS)
          ? link
          : Files.createSymbolicLink(link, folder);
    } catch (IOException e) {
      throw new EngineException(Reason.SANDBOX_FAILED, "cannot make a short way to " + folder, e);
    }
  }

  /**
   * A second name of the socket itself, in a folder that a container on this machine does not see.
   * What a copy brings with it could put a link in place of the first, which leads to a real
   * server; in a pod there is none that it could lead to.
   */
  private static Path keep(Path socket, Path sandbox, WorkerContext context) {
    var folder = sandbox.resolve(KEPT);
    var name = folder.resolve(socket.getFileName());
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(name);
      // Of a link it is the link that gets the name.
      Files.createLink(name, socket);
      if (!Files.readAttributes(name, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isOther()) {
        throw new EngineException(Reason.SANDBOX_FAILED, socket + " is no socket");
      }
      return near(folder, context);
    } catch (NoSuchFileException starting) {
      throw new EngineException(Reason.SOURCE_UNREACHABLE, socket + " is gone again", starting);
    } catch (IOException e) {
      throw new EngineException(Reason.SANDBOX_FAILED, "cannot keep " + socket, e);
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
        ConnectionSettings.overSocket(
            folder, port, manifest.postgres().server().bootstrapUser(), MAINTENANCE);
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
