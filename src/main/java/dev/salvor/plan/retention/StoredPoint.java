package dev.salvor.plan.retention;

import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.Manifest.Origin;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A set of snapshots in the repository, as retention looks at it.
 *
 * @param time of the manifest; of a set without one, of its newest snapshot
 * @param verdict of the last verification of this point; null: never verified
 * @param origin null where that is not known, as of a set without a manifest
 */
public record StoredPoint(
    String id,
    Instant time,
    Standing standing,
    @Nullable VerdictOutcome verdict,
    @Nullable Origin origin) {

  /** How whole it is. */
  public enum Standing {
    /** Closed by a manifest, and every part is there. */
    COMPLETE,
    /** Closed by a manifest that says that something is missing. */
    PARTIAL,
    /** No manifest: a run was ended before its commit, or is still at work. */
    UNCLOSED
  }

  boolean isComplete() {
    return standing == Standing.COMPLETE;
  }

  boolean isVerified() {
    return isComplete() && verdict == VerdictOutcome.VERIFIED;
  }

  /** Why it fills no slot; null: it fills slots. */
  @Nullable String shortcoming() {
    if (standing == Standing.PARTIAL) {
      return "partial";
    }
    if (verdict == VerdictOutcome.REFUTED) {
      return "refuted";
    }
    if (verdict == VerdictOutcome.UNKNOWN) {
      return "verdict of a newer version";
    }
    if (origin == Origin.SAFETY) {
      return "taken before a restore";
    }
    return null;
  }
}
