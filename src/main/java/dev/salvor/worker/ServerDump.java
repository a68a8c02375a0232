package dev.salvor.worker;

import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PassFile;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.postgres.SourceServer;
import dev.salvor.plan.SourceContent;
import dev.salvor.task.Baseline;
import dev.salvor.task.Credential;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.Extent;
import dev.salvor.task.Manifest;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.ServerFacts;
import dev.salvor.task.Step;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a recovery point holds of a PostgreSQL server: each database's dump and facts, then the
 * globals. Whoever takes the point closes it.
 */
final class ServerDump {
  private final WorkerContext context;
  private final RecoveryPoints points;
  private final PostgresDump source;
  private final @Nullable Baseline baseline;
  private final Manifest.Origin origin;
  private final SnapshotReader beside;

  /**
   * Of one server.
   *
   * @param baseline the last complete point; null: none, or nothing is to be compared
   */
  ServerDump(
      WorkerContext context,
      RecoveryPoints points,
      PostgresDump source,
      @Nullable Baseline baseline,
      Manifest.Origin origin,
      SnapshotReader beside) {
    this.context = context;
    this.points = points;
    this.source = source;
    this.baseline = baseline;
    this.origin = origin;
    this.beside = beside;
  }

  /** The parts that are in the repository. */
  record Dumped(ServerLook.Seen seen, Path passfile, List<DatabaseBackup.Made> made) {
    boolean complete() {
      return seen.failed().isEmpty();
    }

    List<Manifest.Part> parts() {
      return made.stream().map(DatabaseBackup.Made::part).toList();
    }

    /** Nothing later than this is in any of them for sure. */
    Instant time() {
      return parts().stream().map(Manifest.Part::time).min(Instant::compareTo).orElseThrow();
    }

    long sizeBytes() {
      return parts().stream().mapToLong(Manifest.Part::sizeBytes).sum();
    }

    long addedBytes() {
      return made.stream().mapToLong(DatabaseBackup.Made::addedBytes).sum();
    }

    Extent.Tables extent() {
      return Extent.Tables.of(facts());
    }

    private List<DatabaseFacts> facts() {
      return made.stream().map(DatabaseBackup.Made::facts).toList();
    }

    /** Owners and grantees in any of them. */
    private List<String> roles() {
      var roles = new TreeSet<String>();
      roles.add(seen.about().bootstrapUser());
      made.forEach(each -> roles.addAll(each.roles()));
      return List.copyOf(roles);
    }
  }

  /**
   * Dumps all that can be dumped. Where one of several databases cannot be, the others are.
   *
   * @throws EngineException what the first database failed with, if none could be dumped;
   *     EMPTY_SOURCE; whatever concerns server or repository
   */
  Dumped databases(ServerLook.Seen seen, String point) {
    var failed = seen.failed();
    seen.checked().values().forEach(one -> one.found().warnings().forEach(context.warnings()::add));
    context
        .credentials()
        .text(Credential.SOURCE, Credential.DATA_FOLDER)
        .ifPresent(folder -> TreesBackup.warnOfOneDisk(context, points, Path.of(folder)));
    if (failed.isEmpty()) {
      refuse(seen.content());
    }
    var passfile = PassFile.write(context.memory(), "source-passfile", seen.server().password());
    var backup =
        new DatabaseBackup(
            context,
            points,
            seen.server(),
            passfile,
            point,
            source.format(),
            source.facts(),
            origin,
            beside);
    var made = new ArrayList<DatabaseBackup.Made>();
    seen.checked()
        .forEach(
            (database, checked) ->
                failed.attempt(
                    database, () -> made.add(backup.make(database, checked.selection()))));
    if (made.isEmpty()) {
      throw failed.first();
    }
    failed.forEach(
        (database, why) ->
            context.warnings().add("database " + database + " is missing: " + why.getMessage()));
    var dumped = new Dumped(seen, passfile, List.copyOf(made));
    if (failed.isEmpty()) {
      var extent = dumped.extent();
      refuse(new SourceContent(extent.tables(), extent.rows(), true));
    }
    return dumped;
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

  /** After the dumps: whoever is named in one of them must be there (SAFETY 5). */
  GlobalsDump.Globals globals(Dumped dumped) {
    if (source.globals() == GlobalsMode.EXCLUDE) {
      return GlobalsDump.Globals.NONE;
    }
    context.progress().step(Step.GLOBALS);
    return new GlobalsDump(context, dumped.seen().server(), dumped.passfile())
        .take(dumped.seen().about(), source.globals(), dumped.roles());
  }

  /**
   * Looks whether all of it is of one server, when nothing more is asked of it. Each session is a
   * connection of its own, and a container that is made anew has its predecessor's address.
   *
   * @throws EngineException INCOMPLETE_BACKUP if another answers by now
   */
  void requireOneSystem(Dumped dumped) {
    var server = dumped.seen().server();
    var before = dumped.seen().about().system();
    try (var open = RunSession.open(server, server.database(), context)) {
      var now = SourceServer.read(open.session()).system();
      var isKnown = !List.of(now, before).contains(SourceServer.UNKNOWN_LINEAGE);
      if (isKnown && !now.equals(before)) {
        throw new EngineException(
            Reason.INCOMPLETE_BACKUP,
            "another database system answers at "
                + server.address().text()
                + " than when the backup began ("
                + now
                + " and not "
                + before
                + "): the server was made anew meanwhile, and what was read may be of both");
      }
    }
  }

  /** What is noted of the server and its databases. */
  Manifest.Postgres content(Dumped dumped, GlobalsDump.Globals globals) {
    var about = dumped.seen().about();
    return new Manifest.Postgres(
        dumped.seen().server().version(),
        new ServerFacts(
            about.bootstrapUser(), about.preloadLibraries(), dumped.roles(), globals.passwords()),
        dumped.facts(),
        source.facts().mode());
  }

  /** Versions of the programs, for people. */
  String engines(ServerConnection server) {
    return points.repository().version()
        + ", PostgreSQL "
        + server.major()
        + " client, Salvor "
        + WorkerVersion.text();
  }
}
