package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** Whether an empty place may become a store: a mistyped bucket must not. */
public enum Initialize {
  @JsonProperty("Never")
  NEVER,
  @JsonProperty("IfEmpty")
  IF_EMPTY,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable Initialize of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
