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

  /**
   * The lineage of the newest complete backup, where that is another source than before and not
   * both proven and accepted by a person. What a restore wrote over says nothing of the source.
   */
  static Optional<String> changed(
      Catalogue catalogue, Collection<String> acknowledged, Collection<Task.KnownVerdict> known) {
    return catalogue
        .newestBackup()
        .map(RecoverySet::lineage)
        .filter(Lineage::isKnown)
        .filter(newest -> isChanged(newest, catalogue, acknowledged, known));
  }

  private static boolean isChanged(
      String newest,
      Catalogue catalogue,
      Collection<String> acknowledged,
      Collection<Task.KnownVerdict> known) {
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
