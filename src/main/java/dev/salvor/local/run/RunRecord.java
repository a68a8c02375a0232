package dev.salvor.local.run;

import dev.salvor.api.Failure;
import dev.salvor.api.Model;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.ProofServer;
import dev.salvor.plan.Retries;
import dev.salvor.plan.RunLabels;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run folder says of its run; written once, before anything starts.
 *
 * @param namespace where the Secrets are looked up
 * @param volume made before a worker starts; null: none
 * @param server whose image a proof restores into; null: this machine's programs
 * @param memory of this attempt; null: what is specified
 * @param hold containers that hold still while its worker asks for it; null: none
 */
@Model
record RunRecord(
    RunLabels labels,
    String namespace,
    Instant created,
    List<Task> tasks,
    @Nullable NewVolume volume,
    @Nullable ProofServer server,
    Retries.@Nullable Memory memory,
    @Nullable ContainerHold hold) {

  /**
   * How a run ended; the last file that is written.
   *
   * @param failure why a report is missing, where the host knows
   */
  @Model
  record End(Instant ended, @Nullable Failure failure) {}
}
