package dev.salvor.plan;

import dev.salvor.task.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run to start.
 *
 * @param tasks carried out in turn, a later one only if the earlier succeeded (Fetch, then Compare)
 * @param memory what this attempt gets; a host that sets no limits has nothing to double
 * @param footing what it needs of a cluster
 * @param server that Compare restores into; null: the host's usual one
 */
public record Launch(
    RunLabels labels,
    List<Task> tasks,
    Retries.Memory memory,
    Footing footing,
    @Nullable ProofServer server) {
  /** A run with the memory that is specified, and nothing of a cluster's storage. */
  public Launch(RunLabels labels, List<Task> tasks) {
    this(labels, tasks, Retries.Memory.AS_SPECIFIED, Footing.PLAIN, null);
  }

  Launch with(Retries.Memory other) {
    return new Launch(labels, tasks, other, footing, server);
  }

  Launch on(Footing other) {
    return new Launch(labels, tasks, memory, other, server);
  }

  Launch in(@Nullable ProofServer other) {
    return new Launch(labels, tasks, memory, footing, other);
  }
}
