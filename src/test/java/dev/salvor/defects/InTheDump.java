package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.fresh;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import java.util.List;

/** The programs that write a backup fail, die or lie (SAFETY 5, 8, 28; PAINS A5 to A8, A10). */
final class InTheDump {
  /** A dump of the scene's database has some 300,000 bytes. */
  private static final int HALF = 150_000;

  private static final Harmless NO_HALF_POINT =
      new Harmless("the run fails, and no point is listed");

  private InTheDump() {}

  static List<PlantedDefect> all() {
    return List.of(
        new PlantedDefect(
            "EmptyDump",
            "pg_dump writes nothing and exits 0",
            new Failed(Reason.INCOMPLETE_BACKUP),
            fresh(scene -> dumpedBy(scene, "exit 0"))),
        new PlantedDefect(
            "KilledPgDump",
            "pg_dump is killed half-way",
            new Failed(Reason.INCOMPLETE_BACKUP),
            fresh(
                scene ->
                    dumpedBy(
                        scene, "\"$REAL\" \"$@\" | head -c " + HALF + "\nkill -KILL $BASHPID"))),
        new PlantedDefect(
            "FailedPgDump",
            "pg_dump writes all and exits 1",
            new Failed(Reason.INCOMPLETE_BACKUP),
            fresh(scene -> dumpedBy(scene, "\"$REAL\" \"$@\"\nexit 1"))),
        new PlantedDefect(
            "KilledPgDumpIntoADirectory",
            "pg_dump is killed after it wrote a directory",
            new Failed(Reason.INCOMPLETE_BACKUP),
            fresh(
                scene -> {
                  scene.wishes().format = DumpFormat.DIRECTORY;
                  return dumpedBy(scene, "\"$REAL\" \"$@\"\nkill -KILL $BASHPID");
                })),
        new PlantedDefect(
            "TruncatedStream",
            "pg_dump's stream ends half-way with exit 0",
            new Outcome.Judged(VerdictOutcome.REFUTED, Reason.CORRUPT_RECOVERY_POINT),
            fresh(scene -> verifiedAfter(scene, "\"$REAL\" \"$@\" | head -c " + HALF))),
        new PlantedDefect(
            "HalfDumpThatListsWell",
            "the last bytes are missing: pg_restore --list still exits 0",
            new Outcome.Judged(VerdictOutcome.REFUTED, Reason.CORRUPT_RECOVERY_POINT),
            fresh(scene -> verifiedAfter(scene, "\"$REAL\" \"$@\" | head -c -2000"))),
        new PlantedDefect(
            "NotADump",
            "the stream is no dump at all",
            new Outcome.Judged(VerdictOutcome.REFUTED, Reason.CORRUPT_RECOVERY_POINT),
            fresh(scene -> verifiedAfter(scene, "head -c 5000 /dev/urandom"))),
        new PlantedDefect(
            "GlobalsFail",
            "pg_dumpall fails",
            NO_HALF_POINT,
            fresh(
                scene -> {
                  scene.wrapPostgres("pg_dumpall", "exit 1");
                  return noPoint(scene);
                })),
        new PlantedDefect(
            "RoleMissing",
            "the globals lack a role that owns what was dumped",
            NO_HALF_POINT,
            fresh(
                scene -> {
                  scene.wrapPostgres("pg_dumpall", "\"$REAL\" \"$@\" | grep -v " + Shop.OWNER);
                  return noPoint(scene);
                })),
        new PlantedDefect(
            "KilledRestic",
            "restic is killed while it stores the dump",
            new Failed(Reason.OUT_OF_MEMORY),
            fresh(
                scene -> {
                  scene.wrapPostgres("pg_dump", "\"$REAL\" \"$@\"\nsleep 2");
                  scene.wrapRestic(
                      """
                      case "$*" in *--stdin-from-command*)
                        "$REAL" "$@" & restic=$!
                        sleep 1
                        kill -KILL $restic
                        wait $restic
                        exit $? ;;
                      esac
                      exec "$REAL" "$@"
                      """);
                  return failedWithoutAPoint(scene);
                })),
        new PlantedDefect(
            "ManifestReadsBackAltered",
            "the store gives back another manifest than was written",
            new Failed(Reason.MANIFEST_MISMATCH),
            fresh(
                scene -> {
                  scene.wrapRestic(
                      """
                      case "$*" in dump*manifest.json)
                        "$REAL" "$@" | sed 's/shop_owner/shop_owned/g'
                        exit 0 ;;
                      esac
                      exec "$REAL" "$@"
                      """);
                  return failedWithoutAPoint(scene);
                })),
        new PlantedDefect(
            "UnknownExitCode",
            "restic stores the dump and exits by a code that nobody knows",
            new Failed(Reason.ENGINE_FAILED),
            fresh(
                scene -> {
                  scene.wrapRestic(
                      """
                      case "$*" in *--stdin-from-command*)
                        "$REAL" "$@"
                        exit 77 ;;
                      esac
                      exec "$REAL" "$@"
                      """);
                  return failedWithoutAPoint(scene);
                })));
  }

  private static Outcome dumpedBy(Scene scene, String script) {
    scene.wrapPostgres("pg_dump", script);
    return failedWithoutAPoint(scene);
  }

  private static Outcome failedWithoutAPoint(Scene scene) {
    var outcome = Outcome.of(scene.backup());
    scene.unwrap();
    var points = scene.points();
    return points.isEmpty() ? outcome : new Green("a point is listed: " + points);
  }

  private static Outcome noPoint(Scene scene) {
    var outcome = failedWithoutAPoint(scene);
    return outcome instanceof Failed ? NO_HALF_POINT : outcome;
  }

  private static Outcome verifiedAfter(Scene scene, String script) {
    scene.wrapPostgres("pg_dump", script);
    scene.require(scene.backup());
    scene.unwrap();
    return Outcome.of(scene.verify(scene.newest()));
  }
}
