package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a verification found. */
@Model
public record Verdict(
    @Required @JsonPropertyDescription("Verified, Refuted or Unproven.") VerdictOutcome outcome,
    @Required @JsonPropertyDescription("The point that was tried.") String recoveryPoint,
    @JsonPropertyDescription("Time of that point.") @Nullable Instant pointTime,
    @Required @JsonPropertyDescription("When the verification ended.") Instant time,
    @JsonPropertyDescription("Why, where it is not Verified.") @Nullable Reason reason,
    @JsonPropertyDescription("The same for people.") @Nullable String message,
    @JsonPropertyDescription("Which checks were asked; other checks make the verdict stale.")
        @Nullable String checksHash,
    @JsonPropertyDescription("What kept the copy from acting on others.")
        @Nullable Isolation isolation,
    @JsonPropertyDescription("Share of rows and bytes that was compared.")
        @Nullable String coverage,
    @JsonPropertyDescription("From asked to answered, in a sandbox that does not wait for disks.")
        @Nullable String proofDuration) {}
