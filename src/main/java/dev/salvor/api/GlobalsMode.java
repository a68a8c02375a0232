package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** Roles and tablespaces of the server. */
public enum GlobalsMode {
  /** With the hashes of passwords where the role may read them; without, and said so, where not. */
  @JsonProperty("Include")
  INCLUDE,
  /** Without the hashes of passwords. */
  @JsonProperty("WithoutPasswords")
  WITHOUT_PASSWORDS,
  /** Not at all. */
  @JsonProperty("Exclude")
  EXCLUDE,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable GlobalsMode of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
