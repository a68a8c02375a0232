package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A claim of the namespace, or a folder in it. */
@Model
@ValidationRule(
    value = "!has(self.subPath) || !self.subPath.matches('(^|/)[.]{0,2}(/|$)')",
    message = "subPath goes down from the claim's root: no slash at its ends, no . or .. in it")
public record ClaimPlace(
    @Required
        @Pattern(Names.DNS_SUBDOMAIN)
        @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
        @JsonPropertyDescription("The PersistentVolumeClaim. A backup mounts it read-only.")
        String name,
    @Pattern(Names.RELATIVE_PATH)
        @Size(min = 1, max = Names.SUB_PATH_LENGTH)
        @JsonPropertyDescription(
            "A folder in it. No link on the way may lead out of the claim. Left out: all of it.")
        @Nullable String subPath) {}
