package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which PersistentVolumeClaims of the namespace. */
@Model
@ValidationRule(
    value = "[has(self.names), has(self.matchLabels)].filter(x, x).size() == 1",
    message = "exactly one of names, matchLabels must be set")
@ValidationRule(
    value =
        "!has(self.matchLabels) || (self.matchLabels.size() > 0 && self.matchLabels.all(key,"
            + " key.size() <= 317))",
    message = "matchLabels: at least one label, keys of at most 317 characters")
public record ClaimSelection(
    @Size(min = 1, max = ClaimSelection.MOST)
        @JsonPropertyDescription("By name; all of them must be there.")
        @Nullable
            List<
                @Pattern(Names.DNS_SUBDOMAIN) @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
                String>
            names,
    @Size(min = 0, max = 16)
        @JsonPropertyDescription("By their labels; whichever there are when a backup begins.")
        @Nullable
            Map<
                String,
                @Pattern(Names.LABEL_VALUE) @Size(min = 0, max = Names.LABEL_VALUE_LENGTH) String>
            matchLabels) {
  /** Claims of one policy: each is a part of every recovery point, and a volume of its pods. */
  public static final int MOST = 16;
}
