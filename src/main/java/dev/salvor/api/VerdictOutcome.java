package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** Three-valued truth about a recovery point. */
public enum VerdictOutcome {
  /** Restored, compared with what the source was, and equal. */
  @JsonProperty("Verified")
  VERIFIED,
  /** Restored, and it is wrong. */
  @JsonProperty("Refuted")
  REFUTED,
  /** Could not find out. */
  @JsonProperty("Unproven")
  UNPROVEN,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable VerdictOutcome of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
