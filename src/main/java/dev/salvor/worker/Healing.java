package dev.salvor.worker;

import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.restic.Checked;
import dev.salvor.engine.restic.ResticRepository;
import dev.salvor.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Checks a repository and heals what was lost (SAFETY 22). While the index names a pack that is
 * gone, every backup of the same data leans on it and is worthless too; once the index is right,
 * the next backup uploads what is missing.
 */
final class Healing {
  /** Beside the point, in place of a hash of checks: no check of the user's said this. */
  static final String BY_MAINTENANCE = "maintenance";

  private final WorkerContext context;
  private final RecoveryPoints points;

  Healing(WorkerContext context, RecoveryPoints points) {
    this.context = context;
    this.points = points;
  }

  /**
   * What was found and done.
   *
   * @param touched ids of points that lack data; each is now Refuted in the store
   */
  record Healed(List<String> touched, Damage damage) {}

  /**
   * What a check found. Damage that stays is known from the second time on: a point whose data the
   * source no longer has is damaged until retention lets it go, which no check may put off for
   * ever.
   */
  enum Damage {
    NONE,
    /** All of it is in points that the store calls Refuted already, or in no point. */
    KNOWN,
    NEW
  }

  Healed checkAndHeal(Task.CheckTurn turn) {
    var repository = points.repository();
    var checked = repository.check(turn);
    if (checked.sound()) {
      return new Healed(List.of(), Damage.NONE);
    }
    context.warnings().add("the store lost or altered data: " + checked.errors().getFirst());
    repair(repository, checked);
    var damaged = repository.damagedSnapshots();
    var touched = touched(damaged);
    var known = !damaged.isEmpty() && touched.stream().allMatch(this::isRefuted);
    for (var id : touched) {
      points.record(
          new Task.KnownVerdict(
              id, VerdictOutcome.REFUTED, context.header().tick(), BY_MAINTENANCE));
    }
    if (!touched.isEmpty()) {
      points.refresh();
    }
    return new Healed(touched, known ? Damage.KNOWN : Damage.NEW);
  }

  private boolean isRefuted(String id) {
    return points
        .catalogue()
        .find(id)
        .map(RecoverySet::verdict)
        .filter(verdict -> verdict.outcome() == VerdictOutcome.REFUTED)
        .isPresent();
  }

  private static void repair(ResticRepository repository, Checked checked) {
    repository.repairIndex();
    repository.repairPacks(checked.brokenPacks());
  }

  /** The points that these snapshots belong to, newest first. */
  private List<String> touched(List<String> damaged) {
    var ids = new TreeSet<String>();
    for (var set : points.sets()) {
      var snapshots = Stream.concat(Stream.of(set.manifest()), set.parts().stream());
      if (snapshots.anyMatch(it -> damaged.stream().anyMatch(it.id()::startsWith))) {
        ids.add(set.id());
      }
    }
    return new ArrayList<>(ids.descendingSet());
  }
}
