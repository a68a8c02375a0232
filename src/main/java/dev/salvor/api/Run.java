package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One run of a worker, in short. */
@Model
public record Run(
    @Required @JsonPropertyDescription("Name of the run.") String name,
    @Required @JsonPropertyDescription("backup, verify, restore, maintain, inspect or probe.")
        String purpose,
    @Required @JsonPropertyDescription("When it started.") Instant started,
    @JsonPropertyDescription("When it ended.") @Nullable Instant finished,
    @Required @JsonPropertyDescription("Succeeded, Partial, Failed, Running.") String outcome,
    @JsonPropertyDescription("Why it failed.") @Nullable Reason reason,
    @JsonPropertyDescription("The point that it made, verified or restored.")
        @Nullable String recoveryPoint,
    @Required @JsonPropertyDescription("Which attempt at the same work it was.") Integer attempt,
    @Required @JsonPropertyDescription("The tick that it was for, or the time of its request.")
        Instant tick,
    @JsonPropertyDescription("Uid of the request that it was for.") @Nullable String request) {}
