package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A user of a pod, by number. Never root: that is what leaving it out means. */
@Model
public record RunAs(
    @Required
        @Min(1)
        @Max(RunAs.LAST)
        @JsonPropertyDescription("Number of the user, such as that of the application.")
        Long user,
    @Min(1)
        @Max(RunAs.LAST)
        @JsonPropertyDescription("Number of its group; that of the user if left out.")
        @Nullable Long group) {
  /** What Kubernetes takes (runAsUser, 2^31 - 1). */
  static final long LAST = 2147483647L;
}
