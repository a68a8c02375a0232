package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.backedUp;
import static dev.salvor.defects.PlantedDefect.fresh;

import dev.salvor.api.Reason;
import dev.salvor.api.Retention;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Forgetting takes too much, or in the wrong order (SAFETY 24, 27, 33; PAINS E38, G47). */
final class InRetention {
  private static final Harmless GOOD_ONE_STAYS =
      new Harmless("the last good point is kept beside the refuted ones");
  private static final Harmless PROOF_STAYS = new Harmless("the catalogue still says Verified");
  private static final Harmless NOTHING_REMOVED = new Harmless("nothing is removed");
  private static final Harmless BREAKER =
      new Harmless("maintenance stops, removes nothing and names a token");
  private static final Harmless IN_ORDER =
      new Harmless("what is left of a point is no point; the next maintenance goes on");

  private InRetention() {}

  static List<PlantedDefect> all() {
    return List.of(
        new PlantedDefect(
            "RefutedPointsFillTheSlots",
            "the newest points are all Refuted, and retention keeps as many as there are of them",
            GOOD_ONE_STAYS,
            fresh(InRetention::refutedFill)),
        new PlantedDefect(
            "UnprovenAfterProof",
            "a later verification could not find out",
            PROOF_STAYS,
            backedUp(InRetention::unprovenAfterProof)),
        new PlantedDefect(
            "ForgettingFrozen",
            "another lineage was found, and retention would remove old points",
            NOTHING_REMOVED,
            fresh(InRetention::frozen)),
        new PlantedDefect(
            "AlmostAllRemovedAtOnce",
            "a changed rule would remove most points at once",
            BREAKER,
            fresh(InRetention::breaker)),
        new PlantedDefect(
            "YoungOrphans",
            "parts without a manifest that a living run may still be writing",
            NOTHING_REMOVED,
            backedUp(InRetention::youngOrphans)),
        new PlantedDefect(
            "KilledBetweenManifestsAndParts",
            "restic is killed after it forgot the manifests",
            IN_ORDER,
            fresh(InRetention::forgetOrder)));
  }

  static Retention keepLast(int count, int removalPercent) {
    return new Retention(
        count,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        removalPercent);
  }

  /** Oldest first. */
  private static List<String> points(Scene scene, int count) {
    for (var made = 0; made < count; made++) {
      scene.require(scene.backup());
    }
    return scene.points().reversed().stream().map(TaskResult.Point::id).toList();
  }

  private static Task.KnownVerdict verdict(String point, VerdictOutcome outcome, String time) {
    return new Task.KnownVerdict(point, outcome, Instant.parse(time), "0123456789abcdef");
  }

  private static Outcome refutedFill(Scene scene) {
    var points = points(scene, 3);
    var good = points.getFirst();
    var verdicts = new ArrayList<Task.KnownVerdict>();
    points
        .subList(1, 3)
        .forEach(id -> verdicts.add(verdict(id, VerdictOutcome.REFUTED, "2026-03-02T00:00:00Z")));
    scene.wishes().verdicts = verdicts;
    scene.wishes().retention = keepLast(2, 100);
    scene.require(scene.maintain());
    var kept = scene.points().stream().map(TaskResult.Point::id).toList();
    return kept.contains(good) ? GOOD_ONE_STAYS : new Green("kept are only " + kept);
  }

  private static Outcome unprovenAfterProof(Scene scene) {
    var point = scene.newest();
    scene.wishes().verdicts =
        List.of(verdict(point, VerdictOutcome.VERIFIED, "2026-03-02T00:00:00Z"));
    scene.require(scene.maintain());
    scene.wishes().verdicts =
        List.of(verdict(point, VerdictOutcome.UNPROVEN, "2026-03-03T00:00:00Z"));
    scene.require(scene.maintain());
    var verdict = scene.points().getFirst().verdict();
    return verdict == VerdictOutcome.VERIFIED ? PROOF_STAYS : new Green("it says " + verdict);
  }

  private static Outcome frozen(Scene scene) {
    points(scene, 3);
    scene.wishes().retention = keepLast(1, 100);
    scene.wishes().forgetting = Task.Forgetting.FROZEN;
    scene.require(scene.maintain());
    return scene.points().size() == 3 ? NOTHING_REMOVED : new Green("points were removed");
  }

  private static Outcome breaker(Scene scene) {
    for (var day = 0; day < 3; day++) {
      scene.require(scene.backup());
      scene.pass(Duration.ofDays(1));
    }
    scene.wishes().retention = keepLast(1, 50);
    var report = scene.require(scene.maintain());
    return scene.points().size() == 3
            && report.result() instanceof TaskResult.Maintained maintained
            && maintained.acknowledge() != null
        ? BREAKER
        : new Green("kept are " + scene.points());
  }

  private static Outcome youngOrphans(Scene scene) {
    scene.wrapRestic(
        """
        case "$*" in *kind=manifest*) exit 1 ;; esac
        exec "$REAL" "$@"
        """);
    var failed = scene.backup();
    scene.unwrap();
    if (failed.failure() == null) {
      return new Green("a backup without a manifest");
    }
    var snapshots = snapshots(scene);
    scene.wishes().orphanAgeSeconds = 0;
    // By the host's clock the run was today; the store's times are those of this machine.
    scene.require(scene.maintain());
    return snapshots(scene) == snapshots && snapshots == 3
        ? NOTHING_REMOVED
        : new Green("snapshots before: " + snapshots + ", after: " + snapshots(scene));
  }

  private static int snapshots(Scene scene) {
    return FolderCopy.files(scene.repository().resolve("snapshots")).size();
  }

  private static Outcome forgetOrder(Scene scene) {
    var points = points(scene, 2);
    scene.wishes().retention = keepLast(1, 100);
    // The first call of forget is carried out, any other is not.
    scene.wrapRestic(
        """
        case "$1" in forget)
          test -e "$0.once" && kill -KILL $$
          touch "$0.once" ;;
        esac
        exec "$REAL" "$@"
        """);
    var killed = scene.run(scene.maintainTask(), Step.CHECK, () -> {});
    scene.unwrap();
    if (killed.failure() == null || killed.failure().reason() != Reason.OUT_OF_MEMORY) {
      return Outcome.of(killed);
    }
    var left = scene.points().stream().map(TaskResult.Point::id).toList();
    scene.require(scene.maintain());
    return left.equals(List.of(points.getLast())) && scene.points().size() == 1
        ? IN_ORDER
        : new Green("listed are " + left);
  }
}
