package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** How Supabase's Storage tells versions of one object apart in its folder. */
public enum StorageVersions {
  /** The object's name is a folder, and each version a file in it. */
  @JsonProperty("Folder")
  FOLDER,
  /** The version follows the name: where TUS_USE_FILE_VERSION_SEPARATOR is true. */
  @JsonProperty("Suffix")
  SUFFIX,
  /** A value of a newer version; never treated as a default. */
  @JsonIgnore
  UNKNOWN;

  @JsonCreator
  static @Nullable StorageVersions of(@Nullable String text) {
    return EnumText.read(text, UNKNOWN);
  }
}
