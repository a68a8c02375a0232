package dev.salvor.plan;

import dev.salvor.task.Task;
import java.util.List;

/**
 * A run to start.
 *
 * @param tasks carried out in turn, a later one only if the earlier succeeded (Fetch, then Compare)
 * @param memory what this attempt gets; a host that sets no limits has nothing to double
 */
public record Launch(RunLabels labels, List<Task> tasks, Retries.Memory memory) {
  /** A run with the memory that is specified. */
  public Launch(RunLabels labels, List<Task> tasks) {
    this(labels, tasks, Retries.Memory.AS_SPECIFIED);
  }

  Launch with(Retries.Memory other) {
    return new Launch(labels, tasks, other);
  }
}
