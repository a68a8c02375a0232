package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.ConnectionReader;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.DatabaseList;
import dev.salvor.engine.postgres.DumpSelection;
import dev.salvor.engine.postgres.Preflight;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.postgres.SourceServer;
import dev.salvor.plan.SourceContent;
import dev.salvor.task.Baseline;
import dev.salvor.task.PostgresDump;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * The look at a server before anything is written, on a thread of its own: which databases are
 * meant, and whether each can be dumped. It only reads.
 */
final class ServerLook implements AutoCloseable {
  private static final Duration FRESH = Duration.ofMinutes(1);

  private final WorkerContext context;
  private final PostgresDump source;
  private final Instant begun;
  private final FutureTask<Seen> looking = new FutureTask<>(this::look);
  private volatile @Nullable SourceServer about;

  /**
   * What it saw.
   *
   * @param checked databases that can be dumped, at least one
   * @param failed those that cannot
   */
  record Seen(
      ServerConnection server,
      SourceServer about,
      Map<String, Checked> checked,
      FailedDatabases failed) {
    SourceContent content() {
      var found = checked.values().stream().map(Checked::found).toList();
      return new SourceContent(
          found.stream().mapToInt(Preflight::tables).sum(),
          null,
          found.stream().anyMatch(Preflight::anyRow));
    }
  }

  /** A database, and what of it is dumped. */
  record Checked(DumpSelection selection, Preflight found) {}

  private ServerLook(WorkerContext context, PostgresDump source) {
    this.context = context;
    this.source = source;
    this.begun = context.clock().instant();
  }

  /** Begins. */
  static ServerLook begin(WorkerContext context, PostgresDump source) {
    var look = new ServerLook(context, source);
    Thread.ofVirtual().name("server-look").start(look.looking);
    return look;
  }

  /**
   * Waits for its end. What was seen long ago, since a lock was waited for, is looked at again.
   *
   * @param baseline the last complete point; null: none, or nothing is to be compared
   * @throws EngineException what the server or all of its databases failed with, EMPTY_SOURCE where
   *     none is meant, INTERRUPTED
   */
  Seen await(@Nullable Baseline baseline) {
    try {
      var seen = looking.get();
      return begun.plus(FRESH).isBefore(context.clock().instant()) ? look() : seen;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Reason.INTERRUPTED, "the run was ended from outside", e);
    } finally {
      // Also where it failed: that it is another server may be why.
      warnOfAnother(baseline);
    }
  }

  private Seen look() {
    var settings =
        new ConnectionReader(context.credentials().folder(), context.header().credentials())
            .read(source.server());
    var managed = source.managed();
    var server = Connector.connect(managed == null ? settings : settings.requiringTls());
    var selection = DumpSelection.of(source.include(), source.exclude());
    // Refused before anything is written.
    context.programs().postgres(server.major(), "pg_dump");
    SourceServer seen;
    List<String> databases;
    try (var open = RunSession.open(server, server.database(), context)) {
      var told = SourceServer.read(open.session());
      seen = managed == null ? told : told.known(managed.lineage());
      about = seen;
      warn(server, seen);
      databases = DatabaseList.read(open.session(), source.databases());
    }
    if (databases.isEmpty()) {
      throw new EngineException(
          Reason.EMPTY_SOURCE, "the server has no database that is to be dumped");
    }
    var checked = new LinkedHashMap<String, Checked>();
    var failed = new FailedDatabases(context.ending());
    for (var database : databases) {
      failed.attempt(database, () -> checked.put(database, preflight(server, database, selection)));
    }
    if (checked.isEmpty()) {
      throw failed.first();
    }
    return new Seen(server, seen, checked, failed);
  }

  private void warn(ServerConnection server, SourceServer about) {
    about.warnings().forEach(context.warnings()::add);
    if (server.standby()) {
      context.warnings().add(server.address().text() + " is a standby: unlogged tables are empty");
    }
  }

  private void warnOfAnother(@Nullable Baseline baseline) {
    var seen = about;
    if (seen == null || baseline == null) {
      return;
    }
    var lineage = seen.lineage();
    if (!lineage.equals(SourceServer.UNKNOWN_LINEAGE)
        && !baseline.lineage().equals(SourceServer.UNKNOWN_LINEAGE)
        && !lineage.equals(baseline.lineage())) {
      context
          .warnings()
          .add(
              "SourceChanged: the database system is "
                  + lineage
                  + ", that of "
                  + baseline.recoveryPoint()
                  + " was "
                  + baseline.lineage());
    }
  }

  private Checked preflight(ServerConnection server, String database, DumpSelection wanted) {
    try (var open = RunSession.open(server, database, context)) {
      var managed = source.managed();
      var selection =
          managed == null ? wanted : Preflight.readable(open.session(), wanted, managed.schemas());
      return new Checked(selection, Preflight.of(open.session(), selection));
    }
  }

  /** Ends it, where it is not wanted any more. It is not waited for: a query may wait for locks. */
  @Override
  public void close() {
    looking.cancel(true);
  }
}
