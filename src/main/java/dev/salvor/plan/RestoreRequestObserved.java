package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.RestoreRequest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the decision about a RestoreRequest may look at.
 *
 * @param policy the policy that the source names
 * @param store of the policy or of the named repository
 * @param undone the request that {@code source.undo} names
 * @param undoneBy requests that would take this one back and may still do so; asked only when what
 *     it kept is to be dropped
 * @param runs those of the request
 * @param claims the target and the one that it was taken of, as far as they are there
 * @param docker asked only where its volumes are meant
 */
public record RestoreRequestObserved(
    RestoreRequest request,
    @Nullable BackupPolicy policy,
    @Nullable BackupStore store,
    @Nullable RestoreRequest undone,
    List<String> undoneBy,
    List<RunView> runs,
    List<ClaimView> claims,
    DockerView docker,
    HostKind host,
    String cluster,
    Instant now) {}
