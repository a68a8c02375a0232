package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.backedUp;
import static dev.salvor.defects.PlantedDefect.fresh;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.api.Retention;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.defects.Outcome.Judged;
import dev.salvor.task.Step;
import dev.salvor.task.TaskResult;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/** Disks, clocks, signals and programs of the worker's own machine (SAFETY 26, 30; PAINS A10). */
final class OnTheMachine {
  private static final Harmless BY_THE_TICK =
      new Harmless("points are ordered and kept by the host's tick");
  private static final Harmless ONE_REPOSITORY =
      new Harmless("one repository is made, and every point in it can be proven");

  private OnTheMachine() {}

  static List<PlantedDefect> all() {
    return List.of(
        new PlantedDefect(
            "FullDiskAtTheStore",
            "the store has no room for the dump",
            new Failed(Reason.STORE_FULL),
            fresh(
                scene ->
                    Outcome.of(scene.runAfter(small(scene.store(), "96k"), scene.backupTask())))),
        new PlantedDefect(
            "FullDiskAtTheScratch",
            "scratch has no room for a directory dump",
            new Failed(Reason.SCRATCH_FULL),
            fresh(
                scene -> {
                  scene.wishes().format = DumpFormat.DIRECTORY;
                  return Outcome.of(
                      scene.runAfter(
                          small(scene.folder().resolve("scratch"), "128k"), scene.backupTask()));
                })),
        new PlantedDefect(
            "FullDiskUnderRestic",
            "there is no room for restic's own files on this machine, and there is in the store",
            new Failed(Reason.SCRATCH_FULL),
            fresh(
                scene ->
                    Outcome.of(
                        scene.runAfter(
                            small(scene.folder().resolve("scratch"), "32k"), scene.backupTask())))),
        new PlantedDefect(
            "FullDiskAtTheSandbox",
            "the sandbox folder has no room for the point",
            new Failed(Reason.SCRATCH_FULL),
            backedUp(
                scene -> {
                  Scene.made(scene.sandbox());
                  return Outcome.of(
                      scene.runAfter(
                          small(scene.sandbox(), "64k"), scene.fetchTask(scene.newest())));
                })),
        new PlantedDefect(
            "FullDiskAtTheSandboxServer",
            "the throw-away server's disk fills up while it restores",
            new Judged(VerdictOutcome.UNPROVEN, Reason.SCRATCH_FULL),
            backedUp(OnTheMachine::fullServer)),
        new PlantedDefect(
            "FullDiskAtTheReport",
            "the report cannot be written",
            new Failed(Reason.REPORT_MISSING),
            backedUp(
                scene -> {
                  var full = Scene.made(scene.folder().resolve("reports"));
                  scene.reportsTo(full);
                  return Outcome.of(
                      scene.runAfter(
                          small(full, "4k") + " && head -c 8192 /dev/zero >" + full + "/f || true",
                          scene.inspectTask()));
                })),
        new PlantedDefect(
            "ClockMoved",
            "the machine's clock is years ahead at one backup and years behind at the next",
            BY_THE_TICK,
            fresh(OnTheMachine::clockMoved)),
        new PlantedDefect(
            "HungPgDump",
            "pg_dump never ends",
            new Failed(Reason.DEADLINE_EXCEEDED),
            fresh(
                scene -> {
                  scene.wrapPostgres("pg_dump", "exec sleep 300");
                  scene.wishes().deadlineSeconds = 6;
                  var outcome = Outcome.of(scene.backup());
                  scene.wishes().deadlineSeconds = 120;
                  return scene.points().isEmpty() ? outcome : new Green("a point is listed");
                })),
        new PlantedDefect(
            "Terminated",
            "SIGTERM while the dump is stored",
            new Failed(Reason.INTERRUPTED),
            fresh(
                scene -> {
                  scene.wrapPostgres("pg_dump", "\"$REAL\" \"$@\"\nsleep 60");
                  var outcome = Outcome.of(scene.terminate(scene.backupTask(), Step.DUMP));
                  var locks = FolderCopy.files(scene.repository().resolve("locks"));
                  return locks.isEmpty() ? outcome : new Green("a lock is left behind");
                })),
        new PlantedDefect(
            "SecondInit",
            "two runs make the same repository at the same time",
            ONE_REPOSITORY,
            fresh(OnTheMachine::secondInit)),
        new PlantedDefect(
            "ResticMissing",
            "restic is not on the machine",
            new Failed(Reason.ENGINE_MISSING),
            backedUp(
                scene -> {
                  scene.with("SALVOR_RESTIC", scene.folder().resolve("nosuch").toString());
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "ResticTooOld",
            "restic is of a version that hangs when an upload fails under a stream",
            new Failed(Reason.ENGINE_MISSING),
            backedUp(
                scene -> {
                  scene.wrapRestic(
                      """
                      if test "$1" = version; then echo 'restic 0.18.1 compiled with go'; exit; fi
                      exec "$REAL" "$@"
                      """);
                  return Outcome.of(scene.backup());
                })));
  }

  /** The folder becomes a small disk that holds what was in it. */
  private static String small(Path folder, String size) {
    return "cp -a $IT $IT.kept; mount -t tmpfs -o size=$SIZE none $IT; cp -a $IT.kept/. $IT"
        .replace("$IT", folder.toString())
        .replace("$SIZE", size);
  }

  /** Filled to the brim when the restore begins. */
  private static Outcome fullServer(Scene scene) {
    var point = scene.newest();
    scene.require(scene.run(scene.fetchTask(point)));
    var scratch = scene.folder().resolve("scratch");
    scene.wrapPostgres(
        "pg_restore",
        """
        case "$*" in *--dbname*) cat /dev/zero >$IT/filling ;; esac
        exec "$REAL" "$@"
        """
            .replace("$IT", scratch.toString()));
    return Outcome.of(
        scene.runAfter("mount -t tmpfs -o size=120m none " + scratch, scene.compareTask(point)));
  }

  private static Outcome clockMoved(Scene scene) {
    scene.at(Clock.fixed(Instant.parse("2045-01-01T00:00:00Z"), ZoneOffset.UTC));
    scene.require(scene.backup());
    var first = scene.newest();
    scene.at(Clock.fixed(Instant.parse("2001-01-01T00:00:00Z"), ZoneOffset.UTC));
    scene.require(scene.backup());
    var second = scene.newest();
    scene.wishes().retention =
        new Retention(
            1, null, null, null, null, null, null, null, null, null, null, null, null, null, 100);
    scene.require(scene.maintain());
    var kept = scene.points().stream().map(TaskResult.Point::id).toList();
    return !first.equals(second) && kept.equals(List.of(second))
        ? BY_THE_TICK
        : new Green("kept are " + kept + " of " + first + " and " + second);
  }

  private static Outcome secondInit(Scene scene) throws InterruptedException, ExecutionException {
    FolderCopy.delete(scene.store());
    Scene.made(scene.store());
    scene.wishes().initialize = Initialize.IF_EMPTY;
    var one = scene.backupTask();
    var other = scene.backupTask();
    try (var both = Executors.newFixedThreadPool(2)) {
      var first = both.submit(() -> scene.run(one));
      var second = both.submit(() -> scene.run(other));
      for (var report : List.of(first.get(), second.get())) {
        var failure = report.failure();
        if (failure != null && failure.reason() != Reason.REPOSITORY_LOCKED) {
          return new Failed(failure.reason());
        }
      }
    }
    for (var point : scene.points()) {
      var proof = Outcome.of(scene.verify(point.id()));
      if (!(proof instanceof Green)) {
        return proof;
      }
    }
    var keys = FolderCopy.files(scene.repository().resolve("keys")).size();
    return keys == 1 && !scene.points().isEmpty()
        ? ONE_REPOSITORY
        : new Green(keys + " keys, points " + scene.points());
  }
}
