package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One key of a Secret in the same namespace. */
@Model
public record SecretKeyReference(
    @Required
        @Pattern(Names.DNS_SUBDOMAIN)
        @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
        @JsonPropertyDescription("Name of the Secret, in the same namespace.")
        String name,
    @Required
        @Pattern(Names.SECRET_KEY)
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("Key within the Secret.")
        String key) {}
