package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** What of a claim is read. */
public enum ReadMode {
  /** The claim itself, beside its pods. */
  @JsonProperty("Live")
  LIVE,
  /** A copy of it, made from a VolumeSnapshot and removed afterwards. */
  @JsonProperty("Snapshot")
  SNAPSHOT,
  /** A snapshot where the volume's driver has a VolumeSnapshotClass, else the claim itself. */
  @JsonProperty("Auto")
  AUTO,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable ReadMode of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
