package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.salvor.api.Model;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How much a recovery point holds, by which the next one is seen to be empty or shrunken. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "of")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Extent.Tables.class, name = "tables"),
  @JsonSubTypes.Type(value = Extent.Files.class, name = "files"),
  @JsonSubTypes.Type(value = Extent.Both.class, name = "both")
})
public sealed interface Extent {
  /**
   * Of databases.
   *
   * @param rows null where rows were not counted
   */
  @Model
  record Tables(int tables, @Nullable Long rows) implements Extent {
    /** Of what was noted of databases. */
    public static Tables of(List<DatabaseFacts> databases) {
      var tables = databases.stream().flatMap(each -> each.tables().stream()).toList();
      var counts = tables.stream().map(DatabaseFacts.Table::rows).filter(Objects::nonNull).toList();
      return new Tables(
          tables.size(),
          counts.size() < tables.size() ? null : counts.stream().mapToLong(Long::longValue).sum());
    }
  }

  /**
   * Of file trees and devices.
   *
   * @param files regular files, by each of their paths, and devices
   * @param bytes of them, each file once
   */
  @Model
  record Files(long files, long bytes) implements Extent {
    /** Of what was noted of trees, and of those parts that are devices; a dump is neither. */
    public static Files of(List<TreeFacts> trees, List<Manifest.Part> parts) {
      var devices = parts.stream().filter(Manifest.Part::isDevice).toList();
      return new Files(
          trees.stream().mapToLong(TreeFacts::files).sum() + devices.size(),
          trees.stream().mapToLong(TreeFacts::bytes).sum()
              + devices.stream().mapToLong(Manifest.Part::sizeBytes).sum());
    }
  }

  /** Of a point that holds databases and files. */
  @Model
  record Both(Tables tables, Files files) implements Extent {}

  /** Empty of a point without databases. */
  default Optional<Tables> inTables() {
    return switch (this) {
      case Tables tables -> Optional.of(tables);
      case Files _ -> Optional.empty();
      case Both both -> Optional.of(both.tables());
    };
  }

  /** Empty of a point without files. */
  default Optional<Files> inFiles() {
    return switch (this) {
      case Tables _ -> Optional.empty();
      case Files files -> Optional.of(files);
      case Both both -> Optional.of(both.files());
    };
  }
}
