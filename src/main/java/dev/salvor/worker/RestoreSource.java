package dev.salvor.worker;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DumpCommands;
import dev.salvor.engine.postgres.restore.DumpCommands.Options;
import dev.salvor.engine.postgres.restore.EventTriggers;
import dev.salvor.engine.postgres.restore.RestoreTrouble;
import dev.salvor.engine.postgres.restore.StoredContents;
import dev.salvor.engine.process.Completed;
import dev.salvor.engine.process.Streams;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.Manifest;
import dev.salvor.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One database of a recovery point, and how it is brought into a server. */
final class RestoreSource {
  private static final int MOST_JOBS = 4;

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final Manifest manifest;
  private final Manifest.Part part;
  private final String snapshot;
  private final String globals;
  private final @Nullable StoredContents contents;
  private @Nullable Path folder;

  private RestoreSource(
      WorkerContext context,
      RecoveryPoints points,
      Manifest manifest,
      Manifest.Part part,
      String snapshot,
      String globals,
      @Nullable StoredContents contents) {
    this.context = context;
    this.points = points;
    this.manifest = manifest;
    this.part = part;
    this.snapshot = snapshot;
    this.globals = globals;
    this.contents = contents;
  }

  /**
   * Finds it; reads its table of contents where something depends on that.
   *
   * @throws EngineException NO_MATCHING_RECOVERY_POINT, CORRUPT_RECOVERY_POINT, DATABASE_MISSING
   *     where the point does not hold the database, INVALID_SPEC where it does not hold what is
   *     selected
   */
  static RestoreSource find(
      WorkerContext context,
      RecoveryPoints points,
      Task.FromPoint from,
      PostgresSource.@Nullable Selection select) {
    var set = points.require(from.point());
    var manifest = points.manifest(set);
    if (!manifest.holdsDatabases()) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          "recovery point " + set.id() + " holds files: its target must be volume.");
    }
    var part = part(manifest, from.database());
    var snapshot = points.snapshotOf(set, part);
    var source =
        new RestoreSource(context, points, manifest, part, snapshot, points.globals(set), null);
    return select == null && manifest.databaseParts().size() == 1
        ? source
        : new RestoreSource(
            context, points, manifest, part, snapshot, source.globals, source.read(select));
  }

  private static Manifest.Part part(Manifest manifest, @Nullable String database) {
    var names = manifest.databaseParts().stream().map(Manifest.Part::name).toList();
    if (database == null && names.size() != 1) {
      throw new EngineException(
          Reason.DATABASE_MISSING,
          "recovery point "
              + manifest.recoveryPoint()
              + " holds "
              + names
              + ": name one in spec.source.database");
    }
    return manifest.databaseParts().stream()
        .filter(part -> database == null || part.name().equals(database))
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.DATABASE_MISSING,
                    "recovery point "
                        + manifest.recoveryPoint()
                        + " holds "
                        + names
                        + ", not "
                        + database));
  }

  /** Of a stream only its beginning is read: restic is then ended. */
  private StoredContents read(PostgresSource.@Nullable Selection select) {
    if (part.format() == DumpFormat.DIRECTORY) {
      return StoredContents.of(fetched().resolve("toc.dat"), select);
    }
    var reading = new StoredContents.Reading(select);
    try {
      points.repository().dump(snapshot, part.path(), reading);
    } catch (EngineException e) {
      if (reading.contents() == null) {
        throw e;
      }
    }
    var read = reading.contents();
    if (read == null) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT, "the dump of " + part.name() + " is empty");
    }
    return read;
  }

  Manifest manifest() {
    return manifest;
  }

  String database() {
    return part.name();
  }

  long sizeBytes() {
    return part.sizeBytes();
  }

  String globals() {
    return globals;
  }

  @Nullable StoredContents contents() {
    return contents;
  }

  /** Services that know the database by its name (SAFETY 13). */
  List<String> users() {
    return manifest.content() instanceof Manifest.Supabase ? List.of("Supabase") : List.of();
  }

  FactsMode factsMode() {
    return manifest.postgres().factsMode();
  }

  DatabaseFacts facts() {
    return manifest.postgres().databases().stream()
        .filter(facts -> facts.database().equals(part.name()))
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.CORRUPT_RECOVERY_POINT,
                    "the manifest has no facts of database " + part.name()));
  }

  /** Owners and grantees in this database alone, of all that the point knows. */
  Set<String> roles() {
    var all = new TreeSet<>(manifest.postgres().server().roles());
    var known = contents;
    if (manifest.databaseParts().size() == 1 && !isSelection()) {
      return all;
    }
    return known == null
        ? all
        : all.stream().filter(known::mentionsRole).collect(Collectors.toCollection(TreeSet::new));
  }

  boolean isSelection() {
    var known = contents;
    return known != null && known.isSelection();
  }

  /**
   * Reads the stored dump to its end and writes nowhere (SAFETY 8).
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT, STORE_DAMAGED
   */
  void parse(int major) {
    var commands = commands(major);
    if (part.format() == DumpFormat.DIRECTORY) {
      check(context.processes().run(commands.parse(fetched())), "reading " + part.name());
      return;
    }
    stream(commands.parseStream(), Whole.EVERY_BYTE, "reading " + part.name());
  }

  /** All that it holds, whether or not something of it is selected. */
  StoredContents all() {
    var known = contents;
    return known == null || known.isSelection() ? read(null) : known;
  }

  /**
   * Writes entries as a script; nothing is restored by it.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT, STORE_DAMAGED, or what taking it failed with
   */
  void script(List<Integer> entries, int major, Streams.Output output) {
    var list =
        UseList.write(
            context, entries.stream().map(id -> id + ";\n").collect(Collectors.joining()));
    var what = "reading " + part.name();
    if (part.format() == DumpFormat.DIRECTORY) {
      check(
          context.processes().run(commands(major).script(list, fetched()), Streams.to(output)),
          what);
      return;
    }
    var piped =
        points
            .repository()
            .dumpInto(
                snapshot, part.path(), commands(major).script(list, null), Streams.to(output));
    check(piped.consumer(), what);
  }

  /** Those that pg_restore cannot make on a server. */
  EventTriggers eventTriggers(PostgresSession session) {
    var noted = facts().eventTriggers();
    if (isSelection() || (noted != null && noted.isEmpty())) {
      return EventTriggers.NONE;
    }
    var known = contents;
    return EventTriggers.of(known == null ? read(null) : known, session);
  }

  /**
   * Restores into a database that is empty.
   *
   * @param behind is left out, for who calls to make
   * @throws EngineException by what pg_restore said; the database is then half filled
   */
  void restoreInto(
      String database,
      int major,
      DumpCommands.Tablespaces tablespaces,
      EventTriggers behind,
      Map<String, String> to) {
    var options = Options.PLAIN.with(tablespaces).withList(useList(behind));
    var what = "restoring " + part.name();
    if (part.format() == DumpFormat.DIRECTORY) {
      var jobs = Math.min(MOST_JOBS, Runtime.getRuntime().availableProcessors());
      check(
          context
              .processes()
              .run(
                  commands(major)
                      .fromPath(fetched(), database, options.withJobs(Math.max(1, jobs)), to)),
          what);
      return;
    }
    // A selection stops reading behind its last table: it was read to the end before.
    stream(
        commands(major).fromStream(database, options, to),
        isSelection() ? Whole.WHAT_IS_NEEDED : Whole.EVERY_BYTE,
        what);
  }

  private enum Whole {
    EVERY_BYTE,
    WHAT_IS_NEEDED
  }

  private void stream(dev.salvor.engine.process.Command consumer, Whole whole, String what) {
    var piped = points.repository().dumpInto(snapshot, part.path(), consumer, Streams.captured());
    check(piped.consumer(), what);
    // pg_restore stops behind the last row and may not see the end of its input: bytes tell.
    if (whole == Whole.EVERY_BYTE && piped.bytes() != part.sizeBytes()) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          what + ": " + piped.bytes() + " bytes were read instead of " + part.sizeBytes());
    }
  }

  private static void check(Completed completed, String what) {
    if (completed.succeeded()) {
      return;
    }
    var failure = RestoreTrouble.read(what, completed.errorTail());
    throw new EngineException(
        switch (failure.reason()) {
          // Words that in a sandbox mean the sandbox mean the target here.
          case SANDBOX_FAILED, SCRATCH_FULL, OUT_OF_MEMORY, ENGINE_FAILED ->
              Reason.RESTORE_FAILED.failure(failure.message(), failure.logTail());
          default -> failure;
        });
  }

  private @Nullable Path useList(EventTriggers behind) {
    var known = contents;
    if (known != null && known.isSelection()) {
      return UseList.write(context, known.useList());
    }
    return behind.isEmpty() ? null : UseList.write(context, behind.useList());
  }

  /** A folder dump, by way of scratch space. */
  private Path fetched() {
    var known = folder;
    if (known != null) {
      return known;
    }
    var target = context.scratch().resolve("dump-" + manifest.parts().indexOf(part));
    points
        .repository()
        .restore(
            snapshot,
            part.path(),
            target,
            (done, total) -> context.progress().bytes(done, part.sizeBytes()));
    var size = size(target);
    if (size != part.sizeBytes()) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          "the dump of " + part.name() + " has " + size + " bytes instead of " + part.sizeBytes());
    }
    folder = target;
    return target;
  }

  private static long size(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "the dump cannot be looked at", e);
    }
  }

  private DumpCommands commands(int major) {
    return new DumpCommands(context.programs().postgres(major, "pg_restore"));
  }
}
