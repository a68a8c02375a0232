package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Names an object of the same namespace; references never leave it. */
@Model
public record ObjectReference(
    @Required
        @Pattern(Names.DNS_SUBDOMAIN)
        @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
        @JsonPropertyDescription("Name of an object in the same namespace.")
        String name) {}
