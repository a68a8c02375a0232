package dev.salvor.plan;

import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether file trees hold what may be a backup: a volume that is not mounted, or was emptied, and
 * is backed up on schedule pushes the good points out of the retention.
 */
public final class FileContent {
  private FileContent() {}

  /**
   * What is wrong with it, in plain words; empty where nothing is.
   *
   * @param baseline the last complete point; null: none
   */
  public static Optional<String> emptiness(Extent.Files now, @Nullable Baseline baseline) {
    if (now.files() == 0) {
      return Optional.of("the source holds no files");
    }
    var before = baseline == null ? null : baseline.extent().inFiles().orElse(null);
    if (baseline == null || before == null) {
      return Optional.empty();
    }
    if (now.files() < before.files() - now.files()) {
      return shrunken(now.files() + " files", baseline, before.files());
    }
    return now.bytes() < before.bytes() - now.bytes()
        ? shrunken(now.bytes() + " bytes", baseline, before.bytes())
        : Optional.empty();
  }

  private static Optional<String> shrunken(String now, Baseline baseline, long before) {
    return Optional.of(
        "the source holds "
            + now
            + "; recovery point "
            + baseline.recoveryPoint()
            + " held "
            + before);
  }
}
