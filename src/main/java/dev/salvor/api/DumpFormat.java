package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** How a database is written into the repository. */
public enum DumpFormat {
  /** One custom-format stream; needs no scratch space and restores in one stream. */
  @JsonProperty("Stream")
  STREAM,
  /** A directory dump by way of scratch space; restores in parallel. */
  @JsonProperty("Directory")
  DIRECTORY,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable DumpFormat of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
