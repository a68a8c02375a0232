package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** What happened, to what, and what to do. */
@Model
public record Failure(
    @Required @JsonPropertyDescription("One of the documented reasons.") Reason reason,
    @Required @JsonPropertyDescription("What happened, and to what.") String message,
    @JsonPropertyDescription("What to do about it.") @Nullable String hint,
    @JsonPropertyDescription("The last lines of the engine's own output, secrets removed.")
        @Nullable String logTail) {

  /** The message and one more sentence. */
  public String messageAnd(String sentence) {
    return message + (message.endsWith(".") ? " " : ". ") + sentence;
  }
}
