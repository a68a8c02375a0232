package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** Which checksums are sent to an S3 server. */
public enum S3Checksums {
  /** Only where the operation requires one; what most servers other than Amazon need. */
  @JsonProperty("WhenRequired")
  WHEN_REQUIRED,
  /** Wherever the operation supports one. */
  @JsonProperty("WhenSupported")
  WHEN_SUPPORTED,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable S3Checksums of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
