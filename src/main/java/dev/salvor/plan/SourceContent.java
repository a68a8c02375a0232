package dev.salvor.plan;

import dev.salvor.task.Baseline;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much a source holds, and whether that may be a backup: an emptied database that is backed up
 * on schedule pushes the good points out of the retention.
 *
 * @param tables that hold rows of their own
 * @param rows null: not all were counted
 * @param anyRow whether there is a row at all
 */
public record SourceContent(int tables, @Nullable Long rows, boolean anyRow) {

  /**
   * What is wrong with it, in plain words; empty where nothing is.
   *
   * @param baseline the last complete point; null: none
   */
  public Optional<String> emptiness(@Nullable Baseline baseline) {
    if (tables == 0) {
      return Optional.of("the source holds no tables");
    }
    if (!anyRow) {
      return Optional.of("none of the " + tables + " tables of the source holds a row");
    }
    var held = baseline == null ? null : baseline.extent().inTables().orElse(null);
    if (baseline == null || held == null) {
      return Optional.empty();
    }
    if (2L * tables < held.tables()) {
      return Optional.of(
          "the source holds " + tables + " tables; " + text(baseline) + held.tables());
    }
    var before = held.rows();
    if (rows != null && before != null && rows < before - rows) {
      return Optional.of("the source holds " + rows + " rows; " + text(baseline) + before);
    }
    return Optional.empty();
  }

  private static String text(Baseline baseline) {
    return "recovery point " + baseline.recoveryPoint() + " held ";
  }
}
