package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the decision about a BackupRequest may look at.
 *
 * @param runs those of the request
 * @param claims those that the policy's source selects and that there are
 * @param docker asked only where its volumes are meant
 * @param pods asked only where they tell of a project
 */
public record BackupRequestObserved(
    BackupRequest request,
    @Nullable BackupPolicy policy,
    @Nullable BackupStore store,
    List<RunView> runs,
    List<ClaimView> claims,
    DockerView docker,
    PodsView pods,
    HostKind host,
    String cluster,
    Instant now) {}
