package dev.salvor.engine.postgres;

import dev.salvor.api.FactsMode;
import dev.salvor.task.DatabaseFacts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * Notes what a database holds. The same reader notes the source, in the snapshot of its dump, and a
 * restored copy, in a transaction of its own: what is compared was asked for in the same way.
 */
public final class FactsReader {
  private final PostgresSession session;
  private final DumpSelection selection;
  private final FactsLimits limits;
  private final LongConsumer progress;
  private final List<String> warnings = new ArrayList<>();

  /**
   * A reader.
   *
   * @param progress told the bytes of the tables that were read so far
   */
  public FactsReader(
      PostgresSession session, DumpSelection selection, FactsLimits limits, LongConsumer progress) {
    this.session = session;
    this.selection = selection;
    this.limits = limits;
    this.progress = progress;
  }

  /**
   * Facts of a database that nobody dumps, such as a restored copy; the transaction is its own.
   *
   * @throws dev.salvor.engine.EngineException DDL_IN_PROGRESS if tables are locked, and whatever
   *     ends a session
   */
  public static DatabaseFacts of(PostgresSession session, FactsMode mode) {
    var selection = DumpSelection.everything();
    var snapshot = ExportedSnapshot.take(session, selection);
    try {
      return new FactsReader(session, selection, FactsLimits.unbounded(mode), bytes -> {})
          .read(snapshot.tables(), snapshot.time());
    } finally {
      snapshot.release();
    }
  }

  /**
   * Facts of some tables, and of all else of a selection, within the transaction that is open: of
   * what it has made itself, too.
   */
  public static DatabaseFacts within(
      PostgresSession session,
      FactsMode mode,
      DumpSelection selection,
      Predicate<SourceTable> tables) {
    return new FactsReader(session, selection, FactsLimits.unbounded(mode), bytes -> {})
        .read(
            SourceTable.list(session, DumpSelection.everything()).stream().filter(tables).toList(),
            Instant.EPOCH);
  }

  /** Within an open transaction in which the tables are locked. */
  public DatabaseFacts read(List<SourceTable> tables, Instant time) {
    var catalogue = new CatalogueReader(session, selection);
    session.execute("SAVEPOINT sequences");
    var sequences = SequenceReader.read(session, selection);
    // Frees the locks on them.
    session.execute("ROLLBACK TO SAVEPOINT sequences; RELEASE SAVEPOINT sequences");
    var schema = new SchemaFactsReader(session, selection, warnings).read();
    var objects = selection.wholeDatabase() ? LargeObjectReader.count(session) : 0;
    return new DatabaseFacts(
        session.database(),
        time,
        catalogue.properties(session.database()),
        new TableFactsReader(session, limits, warnings, progress).read(tables),
        sequences,
        catalogue.extensions(),
        catalogue.materializedViews(),
        catalogue.eventTriggers(),
        objects,
        objects == 0 ? null : LargeObjectReader.hash(session, limits, warnings),
        schema,
        catalogue.reach(),
        catalogue.leftOut(),
        catalogue.oid());
  }

  /** What could not be read, in plain words. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * The same facts with sequences as a range up to now: called once the dump is done.
   *
   * @param session outside of the snapshot's transaction
   */
  public static DatabaseFacts withSequencesUntilNow(
      DatabaseFacts facts, PostgresSession session, DumpSelection selection) {
    var later = SequenceReader.read(session, selection);
    return new DatabaseFacts(
        facts.database(),
        facts.time(),
        facts.properties(),
        facts.tables(),
        SequenceReader.range(facts.sequences(), later),
        facts.extensions(),
        facts.materializedViews(),
        facts.eventTriggers(),
        facts.largeObjects(),
        facts.largeObjectsHash(),
        facts.schema(),
        facts.reach(),
        facts.leftOut(),
        facts.oid());
  }
}
