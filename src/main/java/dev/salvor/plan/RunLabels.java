package dev.salvor.plan;

import dev.salvor.api.Model;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a host must know of a run without reading its Task: labels and annotations of a Job, or a
 * small file on one machine.
 *
 * @param name deterministic: creating a run twice is creating it once
 * @param storeKey namespace and name of the store, for limits
 * @param repositoryKey the repository, for what may run beside what; null for a probe
 * @param policyUid null where no policy is involved
 * @param requestUid the BackupRequest or RestoreRequest that asked; null for a tick
 * @param recoveryPoint the point that is verified or restored
 * @param tick the tick or the request's time
 * @param attempt from 1
 */
@Model
public record RunLabels(
    String name,
    Purpose purpose,
    String storeKey,
    @Nullable String repositoryKey,
    @Nullable String policyUid,
    @Nullable String requestUid,
    @Nullable String recoveryPoint,
    Instant tick,
    int attempt) {}
