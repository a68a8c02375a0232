package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** What a claim gives to a pod, in Kubernetes' words. */
public enum VolumeMode {
  /** A folder. */
  @JsonProperty("Filesystem")
  FILESYSTEM,
  /** A raw block device. */
  @JsonProperty("Block")
  BLOCK,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable VolumeMode of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
