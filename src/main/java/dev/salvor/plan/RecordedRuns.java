package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the status of a policy holds of the runs that a request asked for. */
final class RecordedRuns {
  /** The policy is looked at with the same run as the request. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private RecordedRuns() {}

  static Stream<Run> of(@Nullable BackupPolicy policy) {
    var runs = policy == null || policy.getStatus() == null ? null : policy.getStatus().runs();
    return runs == null ? Stream.empty() : runs.stream();
  }

  static Optional<Run> find(@Nullable BackupPolicy policy, RunView run) {
    return of(policy)
        .filter(known -> known.name().equals(run.labels().name()) && known.finished() != null)
        .findFirst();
  }

  /**
   * Who is told that a run has ended may ask its policy for the newest point or proof at once: the
   * policy must list them by then.
   */
  static boolean areAwaited(@Nullable BackupPolicy policy, RunView run, Instant now) {
    return policy != null
        && find(policy, run).isEmpty()
        && run.ended() != null
        && !run.ended().plus(PATIENCE).isBefore(now);
  }
}
