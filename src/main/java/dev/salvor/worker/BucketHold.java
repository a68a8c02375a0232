package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketWriter;
import dev.salvor.worker.BucketMarker.Found;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A bucket that one run restores to: its marker lies there as long as it is the run's own. Where
 * the server knows conditions, of two at once one has it. Where it passes them over, the one whose
 * marker is written over stops at its next look.
 */
final class BucketHold {
  private final BucketWriter writer;
  private final TargetBucket target;
  private Optional<Found> held;

  private BucketHold(BucketWriter writer, TargetBucket target, Optional<Found> held) {
    this.writer = writer;
    this.target = target;
    this.held = held;
  }

  /**
   * Lays the marker where it is as it was when the restore was planned.
   *
   * @param planned whosever marker was there then
   * @throws EngineException RESTORE_FAILED where it is another's
   */
  static BucketHold take(
      BucketWriter writer, TargetBucket target, Optional<Found> planned, BucketMarker marker) {
    var hold = new BucketHold(writer, target, planned);
    hold.write(marker);
    return hold;
  }

  /**
   * The same, and lays nothing.
   *
   * @throws EngineException RESTORE_FAILED
   */
  static void requireAsPlanned(BucketWriter writer, TargetBucket target, Optional<Found> planned) {
    new BucketHold(writer, target, planned).require();
  }

  /**
   * Notes what is being put in parts, before the first of them.
   *
   * @param key null: nothing is
   * @throws EngineException RESTORE_FAILED where it is not held any more
   */
  void during(@Nullable String key, @Nullable String upload) {
    held.map(Found::marker).ifPresent(marker -> write(marker.during(key, upload)));
  }

  private void write(BucketMarker marker) {
    require();
    marker.write(writer, target.tenant(), held.orElse(null));
    held = BucketMarker.read(writer, target.tenant());
    if (held.filter(there -> marker.equals(there.marker())).isEmpty()) {
      throw lost();
    }
  }

  /**
   * Sees to it that nobody else has laid a marker there, nor taken this one away.
   *
   * @throws EngineException RESTORE_FAILED
   */
  void require() {
    if (!BucketMarker.read(writer, target.tenant()).equals(held)) {
      throw lost();
    }
  }

  /**
   * All is done.
   *
   * @throws EngineException RESTORE_FAILED where it is not held any more: that of another stays
   */
  void end() {
    require();
    BucketMarker.remove(writer, target.tenant());
  }

  private EngineException lost() {
    return new EngineException(
        Reason.RESTORE_FAILED,
        target.text()
            + " is being restored to by another, it seems: since this restore was planned "
            + BucketMarker.key(target.tenant())
            + " in it, which says who does, became another or went. Wait until that has ended, and"
            + " create this request anew.");
  }
}
