package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One recovery point, as the list in the status shows it. The store is the truth. */
@Model
public record RecoveryPoint(
    @Required @JsonPropertyDescription("Name for restores.") String id,
    @Required @JsonPropertyDescription("Time of the snapshot, by the source's clock.") Instant time,
    @Required @JsonPropertyDescription("False: a part is missing; it fills no retention slot.")
        Boolean complete,
    @JsonPropertyDescription("Never removed.") @Nullable Boolean pinned,
    @JsonPropertyDescription("Bytes of the dumps.") @Nullable Long sizeBytes,
    @JsonPropertyDescription("What the last verification of this point said.")
        @Nullable VerdictOutcome verdict,
    @JsonPropertyDescription("When it said so.") @Nullable Instant verifiedAt,
    @JsonPropertyDescription("Snapshot id of the manifest.") @Nullable String manifest,
    @JsonPropertyDescription("Identity of the database system that it was taken from.")
        @Nullable String lineage,
    @JsonPropertyDescription(
            "True: it was taken of what a restore was about to replace. Restored by its id or an"
                + " undo; latest, latestVerified and asOf pass it over.")
        @Nullable Boolean safety) {}
