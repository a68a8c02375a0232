package dev.salvor.worker;

import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.ConnectionReader;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.DatabaseList;
import dev.salvor.engine.postgres.DumpSelection;
import dev.salvor.engine.postgres.PassFile;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.Preflight;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes one recovery point of a PostgreSQL server: preflight of every database, each database's
 * dump and facts, globals, manifest. For backups, and for what a restore keeps before it replaces.
 */
final class PostgresPointTaker {
  private static final int FORMAT = 1;

  /** What may be wrong with one database while the others can be dumped all the same. */
  private static final Set<Reason> OF_ONE_DATABASE =
      Set.of(
          Reason.DDL_IN_PROGRESS,
          Reason.INCOMPLETE_BACKUP,
          Reason.INSUFFICIENT_PRIVILEGE,
          Reason.ROW_SECURITY,
          Reason.INVALID_SPEC,
          Reason.DATABASE_MISSING);

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final Owner owner;
  private final PostgresDump source;
  private final @Nullable Baseline baseline;
  private final Manifest.Origin origin;
  private final Map<String, EngineException> failed = new LinkedHashMap<>();

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
   * @throws EngineException what the first database failed with, if none could be dumped;
   *     EMPTY_SOURCE; whatever concerns server or repository. No manifest is there then.
   */
  TaskResult.BackedUp take() {
    context.progress().step(Step.PREFLIGHT);
    var settings =
        new ConnectionReader(context.credentials().folder(), context.header().credentials())
            .read(source.server());
    var server = Connector.connect(settings);
    var selection = DumpSelection.of(source.include(), source.exclude());
    // Refused before anything is written.
    context.programs().postgres(server.major(), "pg_dump");
    var about = inspect(server);
    var checked = preflight(server, about.databases(), selection);
    var passfile = PassFile.write(context.memory(), "source-passfile", server.password());
    var point = points.newId();
    var backup =
        new DatabaseBackup(
            context, points, server, passfile, point, selection, source.format(), source.facts());
    var made = new ArrayList<DatabaseBackup.Made>();
    checked.keySet().forEach(database -> attempt(database, () -> made.add(backup.make(database))));
    if (made.isEmpty()) {
      throw failed.values().iterator().next();
    }
    failed.forEach(
        (database, why) ->
            context.warnings().add("database " + database + " is missing: " + why.getMessage()));
    refuseShrunk(made.stream().map(DatabaseBackup.Made::facts).toList());
    var roles = roles(about.server(), made);
    var globals = globals(server, passfile, about.server(), roles);
    return commit(server, about.server(), point, made, roles, globals);
  }

  /** The server and the databases that are meant. */
  private record About(SourceServer server, List<String> databases) {}

  private About inspect(ServerConnection server) {
    try (var session = PostgresSession.open(server, server.database(), "salvor preflight");
        var _ = context.ending().register(session::abort)) {
      var about = SourceServer.read(session);
      about.warnings().forEach(context.warnings()::add);
      if (server.standby()) {
        context
            .warnings()
            .add(server.address().text() + " is a standby: unlogged tables are empty");
      }
      if (baseline != null
          && !about.lineage().equals(SourceServer.UNKNOWN_LINEAGE)
          && !baseline.lineage().equals(SourceServer.UNKNOWN_LINEAGE)
          && !about.lineage().equals(baseline.lineage())) {
        context
            .warnings()
            .add(
                "SourceChanged: the database system is "
                    + about.lineage()
                    + ", that of "
                    + baseline.recoveryPoint()
                    + " was "
                    + baseline.lineage());
      }
      var databases = DatabaseList.read(session, source.databases());
      if (databases.isEmpty()) {
        throw new EngineException(
            Reason.EMPTY_SOURCE, "the server has no database that is to be dumped");
      }
      return new About(about, databases);
    }
  }

  private Map<String, Preflight> preflight(
      ServerConnection server, List<String> databases, DumpSelection selection) {
    var checked = new LinkedHashMap<String, Preflight>();
    for (var database : databases) {
      attempt(
          database,
          () -> {
            try (var session = PostgresSession.open(server, database, "salvor preflight");
                var _ = context.ending().register(session::abort)) {
              checked.put(database, Preflight.of(session, selection));
            }
          });
    }
    if (checked.isEmpty()) {
      throw failed.values().iterator().next();
    }
    checked.values().forEach(one -> one.warnings().forEach(context.warnings()::add));
    if (failed.isEmpty() && !source.allowEmpty()) {
      refuse(
          new SourceContent(
              checked.values().stream().mapToInt(Preflight::tables).sum(),
              null,
              checked.values().stream().anyMatch(Preflight::anyRow)));
    }
    return checked;
  }

  private void attempt(String database, Runnable work) {
    try {
      work.run();
    } catch (EngineException e) {
      if (!OF_ONE_DATABASE.contains(e.reason()) || context.ending().reason() != null) {
        throw e;
      }
      failed.put(database, e);
    }
  }

  /** A point that is not complete is smaller anyway. */
  private void refuseShrunk(List<DatabaseFacts> noted) {
    if (!source.allowEmpty() && failed.isEmpty()) {
      refuse(new SourceContent(tables(noted), rows(noted), true));
    }
  }

  private void refuse(SourceContent content) {
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
      ServerConnection server,
      SourceServer about,
      String point,
      List<DatabaseBackup.Made> made,
      List<String> roles,
      GlobalsDump.Globals globals) {
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
                failed.isEmpty(),
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
        failed.isEmpty(),
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
