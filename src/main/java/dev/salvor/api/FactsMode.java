package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** How much is noted about the source at backup, to compare a restored copy with. */
public enum FactsMode {
  /** Row counts and content hashes. */
  @JsonProperty("Full")
  FULL,
  /** Row counts. */
  @JsonProperty("Counts")
  COUNTS,
  /** Nothing: such a point can be restored but never Verified. */
  @JsonProperty("Off")
  OFF,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable FactsMode of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
