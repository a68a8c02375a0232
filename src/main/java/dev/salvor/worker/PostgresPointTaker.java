package dev.salvor.worker;

import dev.salvor.engine.EngineException;
import dev.salvor.task.Baseline;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.Step;
import dev.salvor.task.TaskResult;
import org.jspecify.annotations.Nullable;

/**
 * Takes one recovery point of a PostgreSQL server: preflight of every database, dumps, globals,
 * manifest. For backups, and for what a restore keeps before it replaces.
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
   * @throws EngineException as {@link ServerDump#databases}; no manifest is there then
   */
  TaskResult.BackedUp take(ServerLook look) {
    context.progress().step(Step.PREFLIGHT);
    var seen = look.await(baseline);
    var dump = new ServerDump(context, points, source, baseline, origin, SnapshotReader.NOTHING);
    var point = points.newId();
    var dumped = dump.databases(seen, point);
    // All parts are there: what is listed now has their trees.
    points.listAhead();
    var globals = dump.globals(dumped);
    dump.requireOneSystem(dumped);
    var server = seen.server();
    var lineage = seen.about().lineage();
    var committed =
        points.commit(
            new Manifest(
                FORMAT,
                point,
                origin,
                owner,
                context.header().run(),
                context.header().tick(),
                dumped.time(),
                lineage,
                dump.engines(server),
                dumped.complete(),
                dumped.parts(),
                dump.content(dumped, globals)),
            globals.sql());
    return new TaskResult.BackedUp(
        point,
        committed.snapshot(),
        dumped.time(),
        dumped.complete(),
        dumped.sizeBytes(),
        dumped.addedBytes() + committed.addedBytes(),
        dumped.extent(),
        lineage,
        points.repositoryId(),
        String.valueOf(points.storeId()),
        server.address().text(),
        server.version(),
        null);
  }
}
