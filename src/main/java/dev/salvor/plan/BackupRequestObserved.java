package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that the decision about a BackupRequest may look at; runs are those of the request. */
public record BackupRequestObserved(
    BackupRequest request,
    @Nullable BackupPolicy policy,
    @Nullable BackupStore store,
    List<RunView> runs,
    HostKind host,
    String cluster,
    Instant now) {}
