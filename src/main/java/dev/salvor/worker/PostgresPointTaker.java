package dev.salvor.worker;

import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PassFile;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.postgres.SourceServer;
import dev.salvor.plan.SourceContent;
import dev.salvor.task.Baseline;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.Extent;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.ServerFacts;
import dev.salvor.task.Step;
import dev.salvor.task.TaskResult;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes one recovery point of a PostgreSQL server: preflight of every database, each database's
 * dump and facts, globals, manifest. For backups, and for what a restore keeps before it replaces.
 */
final class PostgresPointTaker {
  private static final int FORMAT = 1;

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final Owner owner;
  private final PostgresDump source;
  private final @Nullable Baseline baseline;
  private final Manifest.Origin origin;

  /**
   * For one point.
   *
   * @param baseline the last complete point; null: none, or nothing is to be compared
   */
  PostgresPointTaker(
      WorkerContext context,
      RecoveryPoints points,
      Owner owner,
      PostgresDump source,
      @Nullable Baseline baseline,
      Manifest.Origin origin) {
    this.context = context;
    this.points = points;
    this.owner = owner;
    this.source = source;
    this.baseline = baseline;
    this.origin = origin;
  }

  /**
   * Takes it. Where one of several databases cannot be dumped, the others are, and the point is not
   * complete.
   *
   * @param look that was begun at the same server
   * @throws EngineException what the first database failed with, if none could be dumped;
   *     EMPTY_SOURCE; whatever concerns server or repository. No manifest is there then.
   */
  TaskResult.BackedUp take(ServerLook look) {
    context.progress().step(Step.PREFLIGHT);
    var seen = look.await();
    var failed = seen.failed();
    seen.checked().values().forEach(one -> one.warnings().forEach(context.warnings()::add));
    if (failed.isEmpty()) {
      refuse(seen.content());
    }
    var server = seen.server();
    var passfile = PassFile.write(context.memory(), "source-passfile", server.password());
    var point = points.newId();
    var backup =
        new DatabaseBackup(
            context,
            points,
            server,
            passfile,
            point,
            seen.selection(),
            source.format(),
            source.facts());
    var made = new ArrayList<DatabaseBackup.Made>();
    for (var database : seen.checked().keySet()) {
      failed.attempt(database, () -> made.add(backup.make(database)));
    }
    if (made.isEmpty()) {
      throw failed.first();
    }
    // All parts are there: what is listed now has their trees.
    points.listAhead();
    failed.forEach(
        (database, why) ->
            context.warnings().add("database " + database + " is missing: " + why.getMessage()));
    var noted = made.stream().map(DatabaseBackup.Made::facts).toList();
    if (failed.isEmpty()) {
      refuse(new SourceContent(tables(noted), rows(noted), true));
    }
    var roles = roles(seen.about(), made);
    var globals = globals(server, passfile, seen.about(), roles);
    return commit(seen, point, made, roles, globals);
  }

  /** Of all databases only: a point that is not complete is smaller anyway. */
  private void refuse(SourceContent content) {
    if (source.allowEmpty()) {
      return;
    }
    content
        .emptiness(baseline)
        .ifPresent(
            what -> {
              throw new EngineException(Reason.EMPTY_SOURCE, what);
            });
  }

  private static int tables(List<DatabaseFacts> noted) {
    return noted.stream().mapToInt(each -> each.tables().size()).sum();
  }

  private static @Nullable Long rows(List<DatabaseFacts> noted) {
    var sum = 0L;
    for (var database : noted) {
      for (var table : database.tables()) {
        var rows = table.rows();
        if (rows == null) {
          return null;
        }
        sum += rows;
      }
    }
    return sum;
  }

  private static List<String> roles(SourceServer server, List<DatabaseBackup.Made> made) {
    var roles = new TreeSet<String>();
    roles.add(server.bootstrapUser());
    made.forEach(each -> roles.addAll(each.roles()));
    return List.copyOf(roles);
  }

  private GlobalsDump.Globals globals(
      ServerConnection server, Path passfile, SourceServer about, List<String> roles) {
    if (source.globals() == GlobalsMode.EXCLUDE) {
      return GlobalsDump.Globals.NONE;
    }
    context.progress().step(Step.GLOBALS);
    return new GlobalsDump(context, server, passfile).take(about, source.globals(), roles);
  }

  private TaskResult.BackedUp commit(
      ServerLook.Seen seen,
      String point,
      List<DatabaseBackup.Made> made,
      List<String> roles,
      GlobalsDump.Globals globals) {
    var server = seen.server();
    var about = seen.about();
    var complete = seen.failed().isEmpty();
    var noted = made.stream().map(DatabaseBackup.Made::facts).toList();
    var parts = made.stream().map(DatabaseBackup.Made::part).toList();
    var time = parts.stream().map(Manifest.Part::time).min(Instant::compareTo).orElseThrow();
    var committed =
        points.commit(
            new Manifest(
                FORMAT,
                point,
                origin,
                owner,
                context.header().run(),
                context.header().tick(),
                time,
                about.lineage(),
                engines(server),
                complete,
                parts,
                new Manifest.Postgres(
                    server.version(),
                    new ServerFacts(
                        about.bootstrapUser(),
                        about.preloadLibraries(),
                        roles,
                        globals.passwords()),
                    noted,
                    source.facts().mode())),
            globals.sql());
    return new TaskResult.BackedUp(
        point,
        committed.snapshot(),
        time,
        complete,
        parts.stream().mapToLong(Manifest.Part::sizeBytes).sum(),
        made.stream().mapToLong(DatabaseBackup.Made::addedBytes).sum() + committed.addedBytes(),
        new Extent.Tables(tables(noted), rows(noted)),
        about.lineage(),
        points.repositoryId(),
        String.valueOf(points.storeId()),
        server.address().text(),
        server.version());
  }

  private String engines(ServerConnection server) {
    return points.repository().version()
        + ", PostgreSQL "
        + server.major()
        + " client, Salvor "
        + WorkerVersion.text();
  }
}
