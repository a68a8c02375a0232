package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** What becomes of files that are in the target and not in the recovery point. */
public enum RestoreMode {
  /** They stay. */
  @JsonProperty("Merge")
  MERGE,
  /** They are removed: the target becomes what the source was. */
  @JsonProperty("Mirror")
  MIRROR,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable RestoreMode of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
