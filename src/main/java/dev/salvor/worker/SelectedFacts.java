package dev.salvor.worker;

import dev.salvor.engine.postgres.restore.StoredContents;
import dev.salvor.task.DatabaseFacts;

/** What may be expected of a copy of which only a part was restored. */
final class SelectedFacts {
  private SelectedFacts() {}

  /**
   * The source's facts about what was chosen. Counts of the whole schema say nothing about a part:
   * the copy's own stand for them.
   */
  static DatabaseFacts of(DatabaseFacts source, StoredContents chosen, DatabaseFacts copy) {
    var tables = chosen.tables();
    var sequences = chosen.chosen("SEQUENCE");
    var extensions = chosen.chosen("EXTENSION");
    var views = chosen.chosen("MATERIALIZED VIEW");
    return new DatabaseFacts(
        source.database(),
        source.time(),
        source.properties(),
        source.tables().stream()
            .filter(table -> tables.contains(table.schema() + "." + table.name()))
            .toList(),
        source.sequences().stream()
            .filter(sequence -> sequences.contains(sequence.schema() + "." + sequence.name()))
            .toList(),
        source.extensions().stream()
            .filter(extension -> extensions.contains(extension.name()))
            .toList(),
        source.materializedViews().stream()
            .filter(view -> views.contains(view.schema() + "." + view.name()))
            .toList(),
        null,
        copy.largeObjects(),
        copy.largeObjectsHash(),
        copy.schema(),
        source.reach(),
        source.leftOut(),
        source.oid());
  }
}
