package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.retention.RetentionDecision;
import dev.salvor.plan.retention.RetentionDecision.Cause;
import dev.salvor.plan.retention.RetentionDecision.Removal;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.Task.Forgetting;
import dev.salvor.task.TaskResult;
import dev.salvor.worker.RecoveryPoints.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a repository sound and small: stores verdicts that it lacks, reads a share back, heals what
 * was lost, forgets what retention no longer keeps, prunes. In this order: what the check finds
 * wanting fills no slot, and where it finds something new nothing is forgotten, for nobody knows
 * yet which points are the good ones. Safe to kill at any step; the next one goes on.
 */
final class MaintainCarrier {
  private final WorkerContext context;

  MaintainCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Maintain task) {
    context.progress().step(Step.OPEN_REPOSITORY);
    try (var points = RecoveryPoints.open(context, task.repository(), Access.MAINTAIN)) {
      return task.forgetting() == Forgetting.PREVIEW
          ? preview(task, points)
          : maintain(task, points);
    }
  }

  private TaskResult preview(Task.Maintain task, RecoveryPoints points) {
    context.progress().step(Step.FORGET);
    var forgotten = Forgotten.of(Forgetter.decide(task, points.catalogue(), task.forgetting()));
    return result(points, forgotten, null, null, null, null);
  }

  private TaskResult maintain(Task.Maintain task, RecoveryPoints points) {
    context.progress().step(Step.VERDICTS);
    storeVerdicts(task, points);
    context.progress().step(Step.CHECK);
    var healing = new Healing(context, points).checkAndHeal(task.check());
    context.progress().step(Step.FORGET);
    var changed =
        Lineage.changed(points.catalogue(), task.repository().acknowledge(), task.verdicts());
    var forgetting = forgetting(task, points, healing, changed);
    var decision = Forgetter.decide(task, points.catalogue(), forgetting);
    var forgotten = Forgotten.of(decision);
    if (forgotten.failure() != null) {
      context.warnings().add(forgotten.failure());
    }
    if (decision instanceof RetentionDecision.Remove remove) {
      new Forgetter(points).remove(remove.removals());
      context.progress().step(Step.PRUNE);
      prune(points);
    }
    var size = size(points);
    if (healing.touched().isEmpty()) {
      requireReadable(points.catalogue());
    }
    return result(
        points,
        forgotten,
        task.check().turn(),
        size,
        healing.touched().isEmpty() ? null : healing.touched(),
        changed.orElse(null));
  }

  private Forgetting forgetting(
      Task.Maintain task,
      RecoveryPoints points,
      Healing.Healed healing,
      Optional<String> changedLineage) {
    if (!points.catalogue().unreadable().isEmpty()) {
      return withheld("not all that is there can be listed");
    }
    if (healing.damage() == Healing.Damage.NEW) {
      return withheld("the check found damage that is new");
    }
    if (Ownership.newestOfOther(points.catalogue(), task.repository().owner()).isPresent()) {
      return withheld("the newest complete backup is still the former owner's");
    }
    return changedLineage.isPresent()
        ? withheld("the newest backup is of another source than older ones")
        : task.forgetting();
  }

  private Forgetting withheld(String why) {
    context.warnings().add("nothing was forgotten: " + why);
    return Forgetting.FROZEN;
  }

  /** Only those that tell something that the store does not know yet, about points that it has. */
  private static void storeVerdicts(Task.Maintain task, RecoveryPoints points) {
    var stored = false;
    for (var verdict : task.verdicts()) {
      var set = points.catalogue().find(verdict.recoveryPoint());
      if (set.isPresent() && set.get().verdicts().stream().noneMatch(it -> same(it, verdict))) {
        points.record(verdict);
        stored = true;
      }
    }
    if (stored) {
      points.refresh();
    }
  }

  private static boolean same(RecoverySet.StoredVerdict stored, Task.KnownVerdict known) {
    return stored.outcome() == known.outcome() && stored.time().equals(known.time());
  }

  /** Which point lacks it is not known: the run itself has to say so, for no point can. */
  private static void requireReadable(Catalogue catalogue) {
    if (!catalogue.unreadable().isEmpty()) {
      throw new EngineException(
          Reason.STORE_DAMAGED,
          "nothing was forgotten, for snapshots are there that cannot be read: "
              + String.join("; ", catalogue.unreadable()));
    }
  }

  /** A store that lacks data which a point still needs, known to be damaged, cannot be pruned. */
  private void prune(RecoveryPoints points) {
    try {
      points.repository().prune();
    } catch (EngineException e) {
      if (e.reason() != Reason.STORE_DAMAGED) {
        throw e;
      }
      context.warnings().add("nothing was pruned: data that is still needed is missing");
    }
  }

  private @Nullable Long size(RecoveryPoints points) {
    try {
      return points.repository().sizeBytes();
    } catch (EngineException e) {
      if (e.reason() != Reason.STORE_DAMAGED) {
        throw e;
      }
      return null;
    }
  }

  private static TaskResult.Maintained result(
      RecoveryPoints points,
      Forgotten forgotten,
      @Nullable Integer turn,
      @Nullable Long size,
      @Nullable List<String> touched,
      @Nullable String changedLineage) {
    return new TaskResult.Maintained(
        forgotten.removed(),
        forgotten.wouldRemove(),
        points.sets().size() - forgotten.removed().size(),
        forgotten.orphans(),
        turn,
        size,
        forgotten.acknowledge(),
        touched,
        changedLineage);
  }

  /**
   * What a decision says, for the report.
   *
   * @param failure of the breaker, in words
   */
  private record Forgotten(
      List<String> removed,
      List<String> wouldRemove,
      int orphans,
      @Nullable String acknowledge,
      @Nullable String failure) {

    static Forgotten of(RetentionDecision decision) {
      return switch (decision) {
        case RetentionDecision.Remove it ->
            new Forgotten(
                closed(it.removals()),
                List.of(),
                it.removals().size() - closed(it.removals()).size(),
                null,
                null);
        case RetentionDecision.Withheld it ->
            new Forgotten(List.of(), closed(it.wouldRemove()), 0, null, null);
        case RetentionDecision.Stopped it ->
            new Forgotten(
                List.of(), closed(it.wouldRemove()), 0, it.token(), it.failure().message());
        case RetentionDecision.Unusable it -> throw new EngineException(it.failure());
      };
    }

    private static List<String> closed(List<Removal> removals) {
      var ids = new ArrayList<String>();
      for (var removal : removals) {
        if (removal.cause() == Cause.NOT_KEPT) {
          ids.add(removal.id());
        }
      }
      return ids;
    }
  }
}
