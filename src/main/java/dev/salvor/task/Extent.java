package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/** How much a recovery point holds, by which the next one is seen to be empty or shrunken. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "of")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Extent.Tables.class, name = "tables"),
  @JsonSubTypes.Type(value = Extent.Files.class, name = "files")
})
public sealed interface Extent {
  /**
   * Of databases.
   *
   * @param rows null where rows were not counted
   */
  @Model
  record Tables(int tables, @Nullable Long rows) implements Extent {}

  /**
   * Of file trees and devices.
   *
   * @param files regular files, by each of their paths, and devices
   * @param bytes of them, each file once
   */
  @Model
  record Files(long files, long bytes) implements Extent {}
}
