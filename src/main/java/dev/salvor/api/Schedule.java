package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** When something runs: five fields of cron in a time zone. */
@Model
@ValidationRule(
    value = "self.cron.matches('^ *[^ ]+( +[^ ]+){4} *$')",
    message = "cron needs five fields: minute, hour, day of month, month, day of week")
public record Schedule(
    @Required
        @Pattern("^[-0-9A-Za-z*/,?#()@ ]+$")
        @Size(min = 1, max = 128)
        @JsonPropertyDescription(
            "Five fields: minute, hour, day of month, month, day of week. H stands for a value that"
                + " is stable for this resource, so that not everything runs at once.")
        String cron,
    @Default("UTC")
        @Size(min = 1, max = 64)
        @Pattern("^[A-Za-z0-9_+/-]+$")
        @JsonPropertyDescription("IANA time zone, such as America/Sao_Paulo.")
        @Nullable String timeZone,
    @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("Spread each tick by up to this much, stable for this resource.")
        @Nullable String jitter,
    @Default("1h")
        @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("How late a missed tick may still start, once, after an outage.")
        @Nullable String startingDeadline) {}
