package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was found of a project that a policy names and does not spell out. */
@Model
public record FoundSource(
    @Required
        @JsonPropertyDescription("As it would be spelled out, with what the policy itself says.")
        SupabaseSource.SelfHosted selfHosted,
    @JsonPropertyDescription("Images of its services.") @Nullable List<ServiceImage> images,
    @JsonPropertyDescription("What was not found or is not kept, and what to do.")
        @Nullable List<String> leftOut) {}
