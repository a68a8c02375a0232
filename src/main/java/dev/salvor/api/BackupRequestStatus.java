package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of a BackupRequest. */
@Model
public record BackupRequestStatus(
    @Default("-1") @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Ready, Reconciling, Stalled.") @Nullable List<Condition> conditions,
    @JsonPropertyDescription("Name of the run.") @Nullable String run,
    @JsonPropertyDescription("When the run started.") @Nullable Instant started,
    @JsonPropertyDescription("When it ended.") @Nullable Instant finished,
    @JsonPropertyDescription("The point that was made.") @Nullable String recoveryPoint,
    @JsonPropertyDescription("Why it failed.") @Nullable Failure failure,
    @JsonPropertyDescription("What the run noticed.") @Nullable List<String> warnings)
    implements ObservedStatus {}
