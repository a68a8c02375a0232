package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** Removing what retention no longer keeps, and checking the repository. Never beside a reader. */
@Model
public record Maintenance(
    @JsonPropertyDescription("When. Unset: daily at a stable time of its own.")
        @Nullable Schedule schedule,
    @Min(1)
        @Max(1000)
        @Default("52")
        @JsonPropertyDescription(
            "The data is read back in this many turns; each maintenance takes the next.")
        @Nullable Integer checkTurns,
    @Default("1d")
        @Pattern("^[1-9][0-9]{0,3}d$")
        @Size(min = 2, max = 5)
        @JsonPropertyDescription(
            "Parts of sets that were never closed are removed when older than this; whole days,"
                + " since a younger one may belong to a run that lives.")
        @Nullable String orphanAge) {}
