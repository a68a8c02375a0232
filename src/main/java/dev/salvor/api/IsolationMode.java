package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** Whether a verification may run where the restored copy could reach others. */
public enum IsolationMode {
  /**
   * Required when the copy could act on others (foreign servers, dblink and the like), else
   * preferred.
   */
  @JsonProperty("Auto")
  AUTO,
  /** Without isolation nothing is restored, and the verdict is Unproven. */
  @JsonProperty("Required")
  REQUIRED,
  /** The verdict says what isolation there was. */
  @JsonProperty("Preferred")
  PREFERRED,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable IsolationMode of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
