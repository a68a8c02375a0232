package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** How an existing database is replaced. */
public enum RestoreStrategy {
  /** Restored beside it, compared, then renamed; the old one is kept and is the way back. */
  @JsonProperty("Rename")
  RENAME,
  /** A safety backup, then drop and restore; for databases that cannot be renamed. */
  @JsonProperty("Recreate")
  RECREATE,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable RestoreStrategy of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
