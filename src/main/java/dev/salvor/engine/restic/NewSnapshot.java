package dev.salvor.engine.restic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot to be made says of itself.
 *
 * @param host the stable host: owner, never the pod
 * @param tags without commas, which restic takes as separators
 * @param parent snapshot that holds the same path; null: found by host and paths
 */
public record NewSnapshot(String host, List<String> tags, @Nullable String parent) {
  public NewSnapshot {
    tags = List.copyOf(tags);
    for (var tag : tags) {
      if (tag.contains(",") || tag.isBlank()) {
        throw new IllegalArgumentException("not a tag: '" + tag + "'");
      }
    }
  }

  public NewSnapshot(String host, List<String> tags) {
    this(host, tags, null);
  }
}
