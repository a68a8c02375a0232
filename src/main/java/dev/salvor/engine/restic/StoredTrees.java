package dev.salvor.engine.restic;

import java.util.List;

/**
 * Trees that were stored.
 *
 * @param unread what restic said of entries that it could not read, the last of it; empty: it read
 *     all
 */
public record StoredTrees(Stored stored, List<String> unread) {
  public StoredTrees {
    unread = List.copyOf(unread);
  }
}
