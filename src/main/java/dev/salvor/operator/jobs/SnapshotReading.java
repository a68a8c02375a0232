package dev.salvor.operator.jobs;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VolumeSnapshot as its cluster shows it.
 *
 * @param claim that was snapped
 * @param isOurs whether it belongs to the Job that waits for it
 * @param isLeaving whether it is being deleted
 * @param cut when the volume was as the snapshot is; null: it is not cut yet
 * @param isReady whether a volume can be made of it
 * @param size in Kubernetes' words; null: the driver does not say
 * @param unseen since when no snapshot controller has said a word; null: one has
 * @param error of the snapshot controller or the driver; stays until the snapshot is ready
 */
public record SnapshotReading(
    String name,
    String uid,
    String claim,
    boolean isOurs,
    boolean isLeaving,
    @Nullable Instant cut,
    boolean isReady,
    @Nullable String size,
    @Nullable Instant unseen,
    @Nullable Trouble error) {
  /** What went wrong, and since when it says so. It may be tried again, and succeed. */
  public record Trouble(String message, Instant time) {}

  /** What failed so long ago will hardly come right: a driver's own attempts are minutes apart. */
  static final Duration PATIENCE = Duration.ofMinutes(10);

  /** For what a slow driver leaves behind while it goes on. */
  static final Duration SLOW_PATIENCE = Duration.ofHours(1);

  /** Codes of gRPC that say nothing of the outcome, as drivers and side-cars write them. */
  private static final List<String> UNDECIDED =
      List.of("DeadlineExceeded", "deadline exceeded", "Aborted", "Unavailable");

  /** How a cluster shows it. */
  public static SnapshotReading of(
      ClaimCopy copy, Job job, GenericKubernetesResource snapshot, Instant now) {
    var metadata = snapshot.getMetadata();
    var made = Instant.parse(metadata.getCreationTimestamp());
    var ready = Boolean.TRUE.equals(snapshot.get("status", "readyToUse"));
    var cut = time(snapshot.get("status", "creationTime"));
    Object message = snapshot.get("status", "error", "message");
    var failed = time(snapshot.get("status", "error", "time"));
    Object size = snapshot.get("status", "restoreSize");
    return new SnapshotReading(
        metadata.getName(),
        metadata.getUid(),
        copy.claim(),
        ClaimCopy.belongs(snapshot, job),
        snapshot.isMarkedForDeletion(),
        cut == null ? (ready ? made : null) : within(made, cut, now),
        ready,
        size == null ? null : size.toString(),
        snapshot.get("status") == null ? made : null,
        message == null
            ? null
            : new Trouble(Words.of(message.toString()), failed == null ? made : failed));
  }

  /** A driver's clock may be wrong, or say nothing; the cut lies between the wish and now. */
  private static Instant within(Instant first, Instant time, Instant last) {
    if (time.isBefore(first)) {
      return first;
    }
    return time.isAfter(last) ? last : time;
  }

  private static @Nullable Instant time(@Nullable Object text) {
    return text == null ? null : Instant.parse(text.toString());
  }

  /** Whether the volume is kept in it as it was, whatever becomes of the volume now. */
  public boolean holds() {
    return isOurs && !isLeaving && cut != null;
  }

  /** How far it is: an error is one only until it is cut, since it stays longer than it is true. */
  public Preparation preparation(Instant now) {
    if (isLeaving) {
      return new Preparation.Waits("snapshot " + name + " of an earlier attempt is being removed.");
    }
    if (!isOurs) {
      return new Preparation.Failed(
          failure("VolumeSnapshot '" + name + "' is in the way: it is not this run's."));
    }
    if (isReady) {
      return new Preparation.Ready();
    }
    if (unseen != null && unseen.plus(PATIENCE).isBefore(now)) {
      return new Preparation.Failed(
          failure(
              "No snapshot controller has taken note of VolumeSnapshot '"
                  + name
                  + "' of claim '"
                  + claim
                  + "' for "
                  + PATIENCE.toMinutes()
                  + " minutes: is one running?"));
    }
    if (error == null || cut != null) {
      return new Preparation.Waits(
          "snapshot " + name + " of claim '" + claim + "' is not ready yet.");
    }
    return error.time().plus(patience(error)).isBefore(now)
        ? new Preparation.Failed(
            failure("No snapshot of claim '" + claim + "' could be taken: " + error.message()))
        : new Preparation.Waits(
            "snapshot " + name + " of claim '" + claim + "' failed so far: " + error.message());
  }

  private static Duration patience(Trouble error) {
    return UNDECIDED.stream().anyMatch(error.message()::contains) ? SLOW_PATIENCE : PATIENCE;
  }

  private static Failure failure(String message) {
    return Reason.SNAPSHOT_FAILED.failure(message);
  }
}
