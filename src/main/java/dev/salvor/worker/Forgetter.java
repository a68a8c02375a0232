package dev.salvor.worker;

import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.restic.Snapshot;
import dev.salvor.plan.retention.RetentionDecision;
import dev.salvor.plan.retention.RetentionDecision.Removal;
import dev.salvor.plan.retention.RetentionPlan;
import dev.salvor.plan.retention.RetentionPlan.Activity;
import dev.salvor.plan.retention.StoredPoint;
import dev.salvor.plan.retention.StoredPoint.Standing;
import dev.salvor.task.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what retention decided over the full list, in the order that a kill cannot harm: once
 * a manifest is gone its point is no point any more, and its parts follow (SAFETY 24).
 */
final class Forgetter {
  /** Whatever the policy says: a run may last long. */
  private static final Duration YOUNGEST_ORPHAN = Duration.ofDays(1);

  private final RecoveryPoints points;

  Forgetter(RecoveryPoints points) {
    this.points = points;
  }

  /** Pure. */
  static RetentionDecision decide(
      Task.Maintain task, Catalogue catalogue, Task.Forgetting forgetting) {
    var age = Duration.ofSeconds(task.orphanAgeSeconds());
    return RetentionPlan.decide(
        new RetentionPlan.Question(
            stored(task, catalogue),
            task.retention(),
            task.header().tick(),
            age.compareTo(YOUNGEST_ORPHAN) < 0 ? YOUNGEST_ORPHAN : age,
            // Maintenance has the repository to itself.
            Activity.QUIET,
            forgetting,
            task.repository().acknowledge()));
  }

  private static List<StoredPoint> stored(Task.Maintain task, Catalogue catalogue) {
    var all = new ArrayList<StoredPoint>();
    for (var set : catalogue.sets()) {
      all.add(
          new StoredPoint(
              set.id(),
              set.tick(),
              set.complete() ? Standing.COMPLETE : Standing.PARTIAL,
              verdict(set, task.verdicts()),
              set.origin()));
    }
    Map<String, Instant> unclosed = new HashMap<>();
    for (var part : catalogue.unclosed()) {
      unclosed.merge(point(part), part.time(), (one, other) -> one.isAfter(other) ? one : other);
    }
    unclosed.forEach(
        (id, time) -> all.add(new StoredPoint(id, time, Standing.UNCLOSED, null, null)));
    return all;
  }

  /** The store's and the host's knowledge together; an unproven one never hides a proof. */
  static @Nullable VerdictOutcome verdict(RecoverySet set, Collection<Task.KnownVerdict> verdicts) {
    var stored = set.verdict();
    var outcome = stored == null ? null : stored.outcome();
    var time = stored == null ? Instant.MIN : stored.time();
    for (var known : verdicts) {
      if (known.recoveryPoint().equals(set.id())
          && known.time().isAfter(time)
          && (known.outcome() != VerdictOutcome.UNPROVEN || outcome == null)) {
        outcome = known.outcome();
        time = known.time();
      }
    }
    return outcome;
  }

  /** Manifests in a call of their own; then all the rest. Idempotent. */
  void remove(Collection<Removal> removals) {
    var ids = new HashSet<String>();
    removals.forEach(removal -> ids.add(removal.id()));
    var manifests = new ArrayList<String>();
    var rest = new ArrayList<String>();
    for (var set : points.sets()) {
      if (ids.contains(set.id())) {
        manifests.add(set.manifest().id());
        set.parts().forEach(part -> rest.add(part.id()));
        set.shares().forEach(share -> rest.add(share.id()));
        set.verdicts().forEach(verdict -> rest.add(verdict.snapshot()));
      }
    }
    for (var part : points.catalogue().unclosed()) {
      if (ids.contains(point(part))) {
        rest.add(part.id());
      }
    }
    points.catalogue().stray().forEach(verdict -> rest.add(verdict.id()));
    points.repository().forget(manifests);
    points.repository().forget(rest);
  }

  private static String point(Snapshot snapshot) {
    return snapshot.tag(Tags.POINT).orElseThrow();
  }
}
