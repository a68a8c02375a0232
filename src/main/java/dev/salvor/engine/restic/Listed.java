package dev.salvor.engine.restic;

import java.util.List;

/**
 * What a repository says that it holds.
 *
 * @param unreadable restic's own words on each snapshot whose file is there and cannot be read,
 *     bounded; whose point it was is not known
 */
public record Listed(List<Snapshot> snapshots, List<String> unreadable) {
  public Listed {
    snapshots = List.copyOf(snapshots);
    unreadable = List.copyOf(unreadable);
  }
}
