package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that the decision about a policy may look at.
 *
 * @param store null where it is not there
 * @param runs every run of this policy that its host still holds, those of requests included
 * @param openRequests uids of requests that exist and have not yet recorded their end: their runs
 *     must stay
 * @param claims those that its source selects and that there are
 * @param docker asked only where its volumes are meant
 * @param pods asked only where they tell of a project
 */
public record PolicyObserved(
    BackupPolicy policy,
    @Nullable BackupStore store,
    List<RunView> runs,
    Set<String> openRequests,
    List<ClaimView> claims,
    DockerView docker,
    PodsView pods,
    HostKind host,
    String cluster,
    Instant now) {
  /** The same, with what the policy's source only points at. */
  PolicyObserved spelledOut() {
    return new PolicyObserved(
        SupabaseDiscovery.spelledOut(policy, docker, pods),
        store,
        runs,
        openRequests,
        claims,
        docker,
        pods,
        host,
        cluster,
        now);
  }
}
