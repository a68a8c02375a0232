package dev.salvor.operator;

import dev.salvor.operator.jobs.HookOutcome;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;

/** Runs commands in containers of others. */
@FunctionalInterface
interface PodCommands {
  /**
   * Runs one, and waits for its end, but not much longer than the time-out. One that is given up is
   * not ended by that. Not idempotent: the command itself says what a second run of it does.
   */
  HookOutcome run(Pod pod, String container, List<String> command, Duration timeout);
}
