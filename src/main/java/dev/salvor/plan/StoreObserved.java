package dev.salvor.plan;

import dev.salvor.api.BackupStore;
import java.time.Instant;
import java.util.List;

/** All that the decision about a store may look at. */
public record StoreObserved(
    BackupStore store, List<RunView> runs, HostKind host, String cluster, Instant now) {}
