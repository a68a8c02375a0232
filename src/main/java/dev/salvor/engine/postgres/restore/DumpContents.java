package dev.salvor.engine.postgres.restore;

import java.util.Comparator;
import java.util.List;

/**
 * The table of contents of a dump in custom or directory format.
 *
 * @param archiveVersion such as 1.16, the format's own
 * @param entries in the order in which they are restored
 */
public record DumpContents(String archiveVersion, List<DumpEntry> entries) {
  public DumpContents {
    entries = List.copyOf(entries);
  }

  /** All of a type, sorted by name. */
  public List<DumpEntry> ofType(String type) {
    return entries.stream()
        .filter(entry -> entry.type().equals(type))
        .sorted(Comparator.comparing(DumpEntry::schema).thenComparing(DumpEntry::tag))
        .toList();
  }
}
