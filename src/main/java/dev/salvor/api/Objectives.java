package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** What the conditions Protected and Verified are judged by. */
@Model
public record Objectives(
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("RPO: how old the newest complete recovery point may be.")
        @Nullable String recoveryPoint,
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription(
            "RTO: how long a restore may take; shown beside what was measured.")
        @Nullable String recoveryTime,
    @Default("8d")
        @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("How old the newest proof may be.")
        @Nullable String proof) {}
