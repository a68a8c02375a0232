package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A condition in the standard form of Kubernetes' API conventions (meta/v1 Condition). */
@Model
public record Condition(
    @Required @JsonPropertyDescription("What is stated, such as Ready or Verified.") String type,
    @Required @JsonPropertyDescription("True, False or Unknown.") String status,
    @JsonPropertyDescription("Generation of the spec that this was judged from.")
        @Nullable Long observedGeneration,
    @Required @JsonPropertyDescription("When the status last changed.") Instant lastTransitionTime,
    @Required @JsonPropertyDescription("One word that says why; made for machines.") String reason,
    @Required @JsonPropertyDescription("The same for people. Holds no times and no counters.")
        String message) {}
