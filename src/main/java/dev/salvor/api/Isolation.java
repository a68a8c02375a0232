package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** What kept a restored copy from acting on others. */
public enum Isolation {
  /** No network but the socket. */
  @JsonProperty("Enforced")
  ENFORCED,
  /** The store could be reached. */
  @JsonProperty("StoreOnly")
  STORE_ONLY,
  /** Nothing kept it. */
  @JsonProperty("NotEnforced")
  NOT_ENFORCED,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable Isolation of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
