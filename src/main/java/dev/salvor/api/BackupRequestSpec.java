package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Back up a policy now. */
@Model
@ValidationRule(value = "self == oldSelf", message = "a BackupRequest cannot change: make another")
public record BackupRequestSpec(
    @Required @JsonPropertyDescription("The policy.") ObjectReference policyRef,
    @Size(min = 0, max = 256) @JsonPropertyDescription("Why, for people.")
        @Nullable String reason) {}
