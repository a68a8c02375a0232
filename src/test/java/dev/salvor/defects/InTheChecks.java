package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.backedUp;
import static dev.salvor.defects.PlantedDefect.fresh;

import dev.salvor.api.FactsMode;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Judged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nothing was proven, or the user's own question says no (SAFETY 16 to 19; PAINS A9, A10). */
final class InTheChecks {
  private InTheChecks() {}

  static List<PlantedDefect> all() {
    return List.of(
        new PlantedDefect(
            "CheckIsFalse",
            "a check returns another value",
            new Judged(VerdictOutcome.REFUTED, Reason.CHECK_FAILED),
            backedUp(scene -> asked(scene, "select count(*) = 1 from sales.orders", null))),
        new PlantedDefect(
            "CheckReturnsNull",
            "a check returns null",
            new Judged(VerdictOutcome.REFUTED, Reason.CHECK_FAILED),
            backedUp(
                scene ->
                    asked(scene, "select max(amount) > 0 from sales.orders where false", null))),
        new PlantedDefect(
            "CheckErrors",
            "a check asks for a table that never was",
            new Judged(VerdictOutcome.UNPROVEN, Reason.CHECK_ERRORED),
            backedUp(scene -> asked(scene, "select true from nosuch", null))),
        new PlantedDefect(
            "CheckReturnsNoRow",
            "a check returns no row at all",
            new Judged(VerdictOutcome.UNPROVEN, Reason.CHECK_ERRORED),
            backedUp(scene -> asked(scene, "select true where false", null))),
        new PlantedDefect(
            "CheckTimesOut",
            "a check takes longer than it may",
            new Judged(VerdictOutcome.UNPROVEN, Reason.CHECK_ERRORED),
            backedUp(scene -> asked(scene, "select true from pg_sleep(60)", "1s"))),
        new PlantedDefect(
            "CheckThatWrites",
            "a check mends what it asks about",
            new Judged(VerdictOutcome.UNPROVEN, Reason.CHECK_ERRORED),
            backedUp(
                scene ->
                    asked(
                        scene,
                        "with made as (insert into public.harbours values ('new', 1) returning 1)"
                            + " select count(*) = 1 from made",
                        null))),
        new PlantedDefect(
            "FactsOff",
            "nothing was noted about the source",
            new Judged(VerdictOutcome.UNPROVEN, Reason.NOTHING_TO_COMPARE),
            fresh(
                scene -> {
                  scene.wishes().facts = FactsMode.OFF;
                  scene.require(scene.backup());
                  return Outcome.of(scene.verify(scene.newest()));
                })),
        new PlantedDefect(
            "FactsOffButChecksTrue",
            "nothing was noted about the source, and a check is true",
            new Judged(VerdictOutcome.UNPROVEN, Reason.NOTHING_TO_COMPARE),
            fresh(
                scene -> {
                  scene.wishes().facts = FactsMode.OFF;
                  scene.require(scene.backup());
                  return asked(scene, "select true", null);
                })),
        new PlantedDefect(
            "SandboxServerDies",
            "the throw-away server ends as soon as it is started",
            new Failed(Reason.SANDBOX_FAILED),
            backedUp(
                scene -> {
                  scene.wrapPostgres(
                      "postgres", "test \"$1\" != --single || exec \"$REAL\" \"$@\"\nexit 1");
                  realInitdb(scene);
                  return Outcome.of(scene.verify(scene.newest()));
                })),
        new PlantedDefect(
            "SandboxNeverStarts",
            "the throw-away server never takes connections",
            new Failed(Reason.DEADLINE_EXCEEDED),
            backedUp(
                scene -> {
                  var point = scene.newest();
                  scene.wrapPostgres("postgres", "exec sleep 300");
                  realInitdb(scene);
                  scene.wishes().deadlineSeconds = 6;
                  return Outcome.of(scene.verify(point));
                })),
        new PlantedDefect(
            "InitdbFails",
            "no throw-away server can be made",
            new Failed(Reason.SANDBOX_FAILED),
            backedUp(
                scene -> {
                  scene.wrapPostgres("initdb", "exit 1");
                  return Outcome.of(scene.verify(scene.newest()));
                })),
        new PlantedDefect(
            "ExtensionMissingInTheSandbox",
            "the sandbox's server lacks an extension of the source",
            new Judged(VerdictOutcome.UNPROVEN, Reason.EXTENSION_UNAVAILABLE),
            backedUp(InTheChecks::extensionMissing)),
        new PlantedDefect(
            "NotIsolated",
            "the database can reach others by dblink, and nothing encloses the sandbox",
            new Judged(VerdictOutcome.UNPROVEN, Reason.NOT_ISOLATED),
            fresh(
                scene -> {
                  scene.sql("CREATE EXTENSION dblink");
                  scene.require(scene.backup());
                  var point = scene.newest();
                  scene.with("PATH", withoutUnshare(scene).toString());
                  return Outcome.of(scene.verify(point));
                })),
        new PlantedDefect(
            "SandboxOfAnotherPoint",
            "the sandbox folder holds another recovery point than the one to be proven",
            new Failed(Reason.INTERNAL_ERROR),
            backedUp(
                scene -> {
                  var first = scene.newest();
                  scene.require(scene.backup());
                  var second = scene.newest();
                  scene.require(scene.run(scene.fetchTask(first)));
                  return Outcome.of(scene.run(scene.compareTask(second)));
                })),
        new PlantedDefect(
            "SandboxAltered",
            "the fetched dump is altered before it is restored",
            new Judged(VerdictOutcome.REFUTED, Reason.CORRUPT_RECOVERY_POINT),
            backedUp(InTheChecks::sandboxAltered)));
  }

  private static Outcome asked(Scene scene, String query, @Nullable String timeout) {
    scene.wishes().checks =
        List.of(
            new Verification.Check(
                "asked", null, new Verification.SqlCheck(query, "true"), null, null, timeout));
    return Outcome.of(scene.verify(scene.newest()));
  }

  /** The sandbox sees the folder that initdb lies in, and no other below /tmp. */
  private static void realInitdb(Scene scene) {
    scene.wrapPostgres("initdb", "exec \"$REAL\" \"$@\"");
  }

  private static Outcome extensionMissing(Scene scene) {
    var point = scene.newest();
    scene.require(scene.run(scene.fetchTask(point)));
    var share =
        Shop.server().query("postgres", "SELECT setting FROM pg_config WHERE name = 'SHAREDIR'");
    var hide =
        "mkdir $HERE/kept && cp $THERE/plpgsql* $THERE/unaccent* $HERE/kept\n"
            + "mount -t tmpfs none $THERE && cp $HERE/kept/* $THERE";
    return Outcome.of(
        scene.runAfter(
            hide.replace("$HERE", scene.folder().toString())
                .replace("$THERE", share + "/extension"),
            scene.compareTask(point)));
  }

  private static Path withoutUnshare(Scene scene) throws IOException {
    var folder = Scene.made(scene.folder().resolve("bin"));
    for (var directory : List.of(Path.of("/usr/bin"), Path.of("/bin"))) {
      for (var program : List.of("sh", "bash", "env", "cat", "kill", "setpriv", "true", "locale")) {
        var real = directory.resolve(program);
        var link = folder.resolve(program);
        if (Files.exists(real) && !Files.exists(link)) {
          Files.createSymbolicLink(link, real);
        }
      }
    }
    return folder;
  }

  private static Outcome sandboxAltered(Scene scene) throws IOException {
    var point = scene.newest();
    scene.require(scene.run(scene.fetchTask(point)));
    var dump =
        FolderCopy.files(scene.sandbox()).stream()
            .max(Comparator.comparingLong(file -> file.toFile().length()))
            .orElseThrow();
    var bytes = Files.readAllBytes(dump);
    Files.write(dump, Arrays.copyOf(bytes, bytes.length - 1));
    return Outcome.of(scene.run(scene.compareTask(point)));
  }
}
