package dev.salvor.operator.jobs;

import dev.salvor.api.JobTemplate;
import dev.salvor.plan.Launch;
import io.fabric8.kubernetes.api.model.OwnerReference;
import org.jspecify.annotations.Nullable;

/**
 * All that a Job is rendered from.
 *
 * @param owner the policy, request or store; the Job goes with it
 * @param template of the policy
 * @param storeClaim the claim that the store is on; null: it is not on one
 * @param memoryFactor 1, or 2 after an attempt ran out of memory
 */
public record JobOrder(
    Launch launch,
    String namespace,
    OwnerReference owner,
    @Nullable JobTemplate template,
    @Nullable String storeClaim,
    int memoryFactor) {
  public JobOrder {
    if (memoryFactor < 1) {
      throw new IllegalArgumentException("a Job needs memory");
    }
  }
}
