package dev.salvor.worker;

import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.postgres.SourceServer;
import dev.salvor.task.Manifest;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.Task;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Whether a repository holds points of more than one source, which freezes forgetting (SAFETY 33).
 * The repository and the policy's own words decide: a status may be lost, and a Task may have
 * waited behind the backup that found another source.
 */
final class Lineage {
  private Lineage() {}

  /** Of the newest complete backup; what a restore wrote over says nothing of the source. */
  static Optional<String> newest(Catalogue catalogue) {
    return catalogue.newestBackup().map(RecoverySet::lineage).filter(Lineage::isKnown);
  }

  /** Another source than before, that is not both proven and accepted by a person. */
  static boolean isChanged(
      Catalogue catalogue, Collection<String> acknowledged, Collection<Task.KnownVerdict> known) {
    var newest = newest(catalogue).orElse(null);
    if (newest == null) {
      return false;
    }
    Predicate<RecoverySet> ofNewest = set -> set.lineage().equals(newest);
    var another =
        catalogue.sets().stream()
            .filter(set -> set.complete() && set.origin() != Manifest.Origin.SAFETY)
            .filter(set -> isKnown(set.lineage()))
            .anyMatch(ofNewest.negate());
    var settled =
        acknowledged.contains(RepositoryTarget.lineageToken(newest))
            && catalogue.sets().stream().filter(ofNewest).anyMatch(set -> isVerified(set, known));
    return another && !settled;
  }

  private static boolean isVerified(RecoverySet set, Collection<Task.KnownVerdict> known) {
    return Forgetter.verdict(set, known) == VerdictOutcome.VERIFIED;
  }

  private static boolean isKnown(String lineage) {
    return !lineage.equals(SourceServer.UNKNOWN_LINEAGE);
  }
}
