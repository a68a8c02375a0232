package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** Which roles a restore makes on the target server. */
public enum RolesMode {
  /** Only those that the dump needs and the server lacks; what exists is never altered. */
  @JsonProperty("Missing")
  MISSING,
  /** All of the source; only on an empty server. */
  @JsonProperty("All")
  ALL,
  /** None. */
  @JsonProperty("None")
  NONE,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable RolesMode of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
