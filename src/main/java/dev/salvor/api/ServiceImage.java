package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** The image that a service runs. */
@Model
public record ServiceImage(
    @Required @JsonPropertyDescription("The service.") String service,
    @Required @JsonPropertyDescription("The image, with its tag.") String image,
    @JsonPropertyDescription("Digest of what its registry has; none of one that was built here.")
        @Nullable String digest) {}
