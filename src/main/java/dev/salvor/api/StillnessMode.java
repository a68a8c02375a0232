package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** How containers are kept from writing while their volumes are read. */
public enum StillnessMode {
  /** They are stopped, and started again: what they kept in memory is on the disk. */
  @JsonProperty("Stop")
  STOP,
  /** They are frozen where they are: files are as a power cut would leave them. */
  @JsonProperty("Pause")
  PAUSE,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable StillnessMode of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
