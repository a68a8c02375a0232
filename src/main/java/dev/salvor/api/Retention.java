package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How long recovery points are kept. A point is kept if any rule keeps it. */
@Model
@ValidationRule(
    value =
        "[has(self.keepLast), has(self.keepHourly), has(self.keepDaily), has(self.keepWeekly),"
            + " has(self.keepMonthly), has(self.keepYearly), has(self.keepWithin),"
            + " has(self.keepWithinHourly), has(self.keepWithinDaily), has(self.keepWithinWeekly),"
            + " has(self.keepWithinMonthly), has(self.keepWithinYearly)].exists(x, x)",
    message = "at least one keep rule must be set")
public record Retention(
    @Min(1) @Max(1000) @JsonPropertyDescription("The newest n.") @Nullable Integer keepLast,
    @Min(1)
        @Max(1000)
        @JsonPropertyDescription("The newest of each of the last n hours that have one.")
        @Nullable Integer keepHourly,
    @Min(1)
        @Max(1000)
        @JsonPropertyDescription("The newest of each of the last n days that have one.")
        @Nullable Integer keepDaily,
    @Min(1)
        @Max(1000)
        @JsonPropertyDescription("The newest of each of the last n ISO weeks that have one.")
        @Nullable Integer keepWeekly,
    @Min(1)
        @Max(1000)
        @JsonPropertyDescription("The newest of each of the last n months that have one.")
        @Nullable Integer keepMonthly,
    @Min(1)
        @Max(1000)
        @JsonPropertyDescription("The newest of each of the last n years that have one.")
        @Nullable Integer keepYearly,
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("All that are younger than this, counted from the newest.")
        @Nullable String keepWithin,
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("Hourly ones that are younger than this, counted from the newest.")
        @Nullable String keepWithinHourly,
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("Daily ones that are younger than this, counted from the newest.")
        @Nullable String keepWithinDaily,
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("Weekly ones that are younger than this, counted from the newest.")
        @Nullable String keepWithinWeekly,
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription(
            "Monthly ones that are younger than this, counted from the newest.")
        @Nullable String keepWithinMonthly,
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("Yearly ones that are younger than this, counted from the newest.")
        @Nullable String keepWithinYearly,
    @Default("UTC")
        @Size(min = 1, max = 64)
        @Pattern("^[A-Za-z0-9_+/-]+$")
        @JsonPropertyDescription("Time zone in which days, weeks, months and years are counted.")
        @Nullable String timeZone,
    @Size(min = 0, max = 64) @JsonPropertyDescription("Recovery points that are never removed.")
        @Nullable List<@Pattern(Names.RECOVERY_POINT_ID) @Size(min = 1, max = 32) String> pins,
    @Min(1)
        @Max(100)
        @Default("50")
        @JsonPropertyDescription(
            "Maintenance stops and asks before it removes more than this share of the complete"
                + " points at once.")
        @Nullable Integer maximumRemovalPercent) {}
