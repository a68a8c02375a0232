package dev.salvor.worker;

import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.restic.Snapshot;
import dev.salvor.task.Manifest.Origin;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A recovery point as the list of snapshots shows it: closed by a manifest, all parts there.
 *
 * @param tick the host's time
 * @param time the server's time of the snapshot
 * @param complete as its manifest says
 * @param owner text of the owner that wrote it
 * @param request uid of the restore before which it was taken; null: it was taken before none
 * @param manifest the snapshot that closes it
 * @param parts the snapshots that hold the data
 * @param shares the snapshots by which several nodes told what they had read of it
 * @param verdicts the snapshots of its verdicts, oldest first
 */
public record RecoverySet(
    String id,
    Instant tick,
    Instant time,
    boolean complete,
    long sizeBytes,
    String lineage,
    String owner,
    String run,
    Origin origin,
    @Nullable String request,
    Snapshot manifest,
    List<Snapshot> parts,
    List<Snapshot> shares,
    List<StoredVerdict> verdicts) {

  /** A verdict that lies beside its point. */
  public record StoredVerdict(
      String snapshot, VerdictOutcome outcome, Instant time, String checksHash) {}

  /**
   * Whether a restore took it before it wrote over something. One of a version that did not note
   * the request yet is told by the tick alone: the upgrade itself may have ended that attempt.
   *
   * @param restore uid of the request
   * @param of its tick
   */
  boolean isSafetyPointOf(@Nullable String restore, Instant of) {
    if (origin != Origin.SAFETY) {
      return false;
    }
    return request == null ? tick.equals(of) : request.equals(restore);
  }

  /** What is known: the newest proof, or only that none succeeded. Unproven never hides a proof. */
  public @Nullable StoredVerdict verdict() {
    StoredVerdict known = null;
    for (var verdict : verdicts) {
      if (known == null
          || verdict.outcome() != VerdictOutcome.UNPROVEN
          || known.outcome() == VerdictOutcome.UNPROVEN) {
        known = verdict;
      }
    }
    return known;
  }
}
