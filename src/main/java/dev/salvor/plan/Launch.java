package dev.salvor.plan;

import dev.salvor.task.Task;
import java.util.List;

/**
 * A run to start.
 *
 * @param tasks carried out in turn, a later one only if the earlier succeeded (Fetch, then Compare)
 */
public record Launch(RunLabels labels, List<Task> tasks) {}
