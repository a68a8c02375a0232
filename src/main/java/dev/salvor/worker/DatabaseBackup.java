package dev.salvor.worker;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.DumpCommands;
import dev.salvor.engine.postgres.DumpSelection;
import dev.salvor.engine.postgres.ExportedSnapshot;
import dev.salvor.engine.postgres.FactsLimits;
import dev.salvor.engine.postgres.FactsReader;
import dev.salvor.engine.postgres.LockWatch;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.restic.ByteProgress;
import dev.salvor.engine.restic.Stored;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Dumps one database and notes its facts, both in one snapshot, into one part of a recovery point.
 * The snapshot lives until both are done and no longer.
 */
final class DatabaseBackup {
  private static final int MOST_JOBS = 4;

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final ServerConnection server;
  private final Path passfile;
  private final String point;
  private final DumpFormat format;
  private final FactsRequest facts;
  private final Manifest.Origin origin;
  private final SnapshotReader beside;

  /** One part, and what was noted about it. */
  record Made(Manifest.Part part, DatabaseFacts facts, List<String> roles, long addedBytes) {}

  DatabaseBackup(
      WorkerContext context,
      RecoveryPoints points,
      ServerConnection server,
      Path passfile,
      String point,
      DumpFormat format,
      FactsRequest facts,
      Manifest.Origin origin,
      SnapshotReader beside) {
    this.context = context;
    this.points = points;
    this.server = server;
    this.passfile = passfile;
    this.point = point;
    this.format = format;
    this.facts = facts;
    this.origin = origin;
    this.beside = beside;
  }

  /**
   * Makes it. On failure the repository may hold a snapshot that no manifest names.
   *
   * @throws EngineException DDL_IN_PROGRESS, INCOMPLETE_BACKUP and what the engines fail with
   */
  Made make(String database, DumpSelection selection) {
    try {
      return attempt(database, selection);
    } catch (EngineException e) {
      if (e.reason() != Reason.REPOSITORY_LOCKED) {
        throw e;
      }
      // Waited for without a snapshot: one that is open holds up migrations and vacuum.
      context
          .progress()
          .step(Step.OPEN_REPOSITORY, "waits for another restic; " + e.failure().message());
      points.repository().awaitLock();
      return attempt(database, selection);
    }
  }

  private Made attempt(String database, DumpSelection selection) {
    context.progress().step(Step.LOCK_TABLES, database);
    try (var session = PostgresSession.open(server, database, application("snapshot"));
        var _ = context.ending().register(session::abort)) {
      // By the session that is dumped by: the database of that name may be another by now.
      if (origin != Manifest.Origin.SAFETY) {
        InPlaceMarker.refuseUnfinished(session);
      }
      return attempt(database, selection, session);
    } finally {
      Folders.delete(context.scratch().resolve("pg"));
    }
  }

  private Made attempt(String database, DumpSelection selection, PostgresSession session) {
    try (var snapshot = ExportedSnapshot.take(session, selection)) {
      var roles = snapshot.roles();
      var folder = scratchFolder(database);
      var noted = dumpAndNote(database, selection, snapshot, folder);
      snapshot.release();
      var range = FactsReader.withSequencesUntilNow(noted.facts(), session, selection);
      var stored = noted.stored().orElseGet(() -> store(database, folder));
      return new Made(
          new Manifest.Part(
              database,
              path(database),
              RecoveryPoints.partTag(point),
              stored.snapshot(),
              "",
              stored.sizeBytes(),
              snapshot.time(),
              format,
              null),
          range,
          roles,
          stored.addedBytes());
    }
  }

  /** Stored: empty where the dump still lies in the scratch folder. */
  private record Noted(Optional<Stored> stored, DatabaseFacts facts) {}

  private Noted dumpAndNote(
      String database, DumpSelection selection, ExportedSnapshot snapshot, Path folder) {
    var total = snapshot.bytes();
    var bytes = new DumpProgress(context.progress(), database, total);
    context.progress().step(Step.DUMP, database);
    var dumper = application("dump");
    try (var watch =
            new LockWatch(
                PostgresSession.open(server, database, application("watch")), snapshot, dumper);
        var dump =
            RunningDump.start(
                snapshot,
                watch,
                format,
                errorLines -> dump(database, selection, snapshot, folder, bytes, errorLines))) {
      context.progress().step(Step.FACTS, database);
      var reader =
          new FactsReader(
              snapshot.session(),
              selection,
              FactsLimits.of(facts),
              read -> context.progress().bytes(read, total));
      DatabaseFacts noted;
      try {
        noted = reader.read(snapshot.tables(), snapshot.time());
        beside.read(snapshot.session());
      } catch (EngineException e) {
        throw dump.endedBy(e);
      }
      bytes.show();
      var stored = dump.await();
      dump.warnings().forEach(context.warnings()::add);
      reader.warnings().forEach(context.warnings()::add);
      return new Noted(stored, noted);
    }
  }

  private Optional<Stored> dump(
      String database,
      DumpSelection selection,
      ExportedSnapshot snapshot,
      Path folder,
      ByteProgress bytes,
      RunningDump.ErrorLines errorLines) {
    var program = context.programs().postgres(server.major(), "pg_dump");
    if (format == DumpFormat.DIRECTORY) {
      var command =
          connected(
              database, DumpCommands.directory(program, selection, snapshot.id(), folder, jobs()));
      var completed = context.processes().run(command, errorLines.streams());
      if (!completed.succeeded()) {
        throw errorLines.failed("database " + database + " was not dumped");
      }
      return Optional.empty();
    }
    return Optional.of(
        points
            .repository()
            .backupStream(
                points.part(point),
                path(database),
                connected(database, DumpCommands.stream(program, selection, snapshot.id())),
                bytes,
                errorLines));
  }

  private Command connected(String database, Command command) {
    return command.withEnvironment(server.environment(database, passfile, application("dump")));
  }

  private Stored store(String database, Path folder) {
    context.progress().step(Step.DUMP, database);
    var name = context.scratch().relativize(folder).toString();
    var stored =
        points
            .repository()
            .backupFolder(
                points.part(point), context.scratch(), List.of(name), context.progress()::bytes);
    Folders.delete(folder);
    return stored;
  }

  private String path(String database) {
    return format == DumpFormat.DIRECTORY
        ? PartPath.directory(database)
        : PartPath.stream(database);
  }

  /** Its place below the scratch folder is its path in the snapshot. */
  private Path scratchFolder(String database) {
    var folder = context.scratch().resolve(PartPath.directory(database).substring(1));
    if (format == DumpFormat.DIRECTORY) {
      try {
        Files.createDirectories(context.scratch().resolve("pg"));
      } catch (IOException e) {
        throw new EngineException(Reason.SCRATCH_FULL, "no scratch folder can be made", e);
      }
    }
    return folder;
  }

  private static int jobs() {
    return Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_JOBS);
  }

  /** By it the sessions of this point are told from those of another. */
  private String application(String purpose) {
    return "salvor " + purpose + " " + point;
  }
}
