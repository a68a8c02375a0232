package dev.salvor.task;

import dev.salvor.api.Model;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was noted about one database in the very snapshot that was dumped.
 *
 * @param eventTriggers names, sorted, of those that are no extension's; null: not noted
 * @param reach what could act on others: foreign servers, dblink, subscriptions, untrusted
 *     languages
 * @param leftOut parts of the source that the dump does not hold
 * @param oid by which its server told it from another of its name; null: not noted
 */
@Model
public record DatabaseFacts(
    String database,
    Instant time,
    DatabaseProperties properties,
    List<Table> tables,
    List<Sequence> sequences,
    List<Extension> extensions,
    List<MaterializedView> materializedViews,
    @Nullable List<String> eventTriggers,
    long largeObjects,
    @Nullable String largeObjectsHash,
    SchemaFacts schema,
    List<String> reach,
    List<String> leftOut,
    @Nullable Long oid) {
  /**
   * One leaf table; foreign tables are never read.
   *
   * @param rows null: not counted
   * @param hash sum of row hashes; null: not hashed
   */
  @Model
  public record Table(
      String schema, String name, long bytes, @Nullable Long rows, @Nullable String hash) {}

  /**
   * Sequences are not in the snapshot: a range.
   *
   * @param lowest value before the dump; null: never called
   * @param highest value after it
   * @param column schema.table.column that owns it
   */
  @Model
  public record Sequence(
      String schema,
      String name,
      @Nullable Long lowest,
      @Nullable Long highest,
      @Nullable String column) {}

  /** An installed extension. */
  @Model
  public record Extension(String name, String version) {}

  /** Only whether it is filled is compared. */
  @Model
  public record MaterializedView(String schema, String name, boolean populated) {}

  /** Counts of what makes up a schema, and a digest of its definitions within one major version. */
  @Model
  public record SchemaFacts(
      int views,
      int functions,
      int indexes,
      int constraints,
      int triggers,
      int policies,
      int types,
      int invalidIndexes,
      @Nullable String digest) {}
}
