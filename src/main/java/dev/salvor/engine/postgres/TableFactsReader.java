package dev.salvor.engine.postgres;

import dev.salvor.engine.EngineException;
import dev.salvor.task.DatabaseFacts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts and hashes the rows of tables, the smallest first, until a cap in bytes or time is met. A
 * table that cannot be read is not compared and said so; it never costs the snapshot, since each is
 * read within a savepoint, whose rollback also frees the locks on its indexes.
 */
final class TableFactsReader {
  private static final String CANCELLED = "57014";

  /** The sum does not depend on the order of rows; numeric, so that it cannot overflow. */
  private static final String HASH =
      "pg_catalog.sum(pg_catalog.hashtextextended((t.*)::pg_catalog.text, 0)::pg_catalog.numeric)";

  private final PostgresSession session;
  private final FactsLimits limits;
  private final List<String> warnings;
  private final LongConsumer progress;

  /** Rows null: not counted; hash null: not hashed, or no rows. */
  private record Content(@Nullable Long rows, @Nullable String hash) {
    static final Content UNKNOWN = new Content(null, null);
  }

  TableFactsReader(
      PostgresSession session, FactsLimits limits, List<String> warnings, LongConsumer progress) {
    this.session = session;
    this.limits = limits;
    this.warnings = warnings;
    this.progress = progress;
  }

  /** In the order of their names. */
  List<DatabaseFacts.Table> read(List<SourceTable> tables) {
    var sizes = sizes(tables);
    var ordered = new ArrayList<>(tables.stream().filter(SourceTable::comparable).toList());
    ordered.sort(
        Comparator.<SourceTable>comparingLong(table -> sizes.getOrDefault(table.oid(), 0L))
            .thenComparingLong(SourceTable::oid));
    session.execute(
        // The count reads what the dump reads: an index may be damaged.
        "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off");
    var facts = new ArrayList<DatabaseFacts.Table>();
    var read = 0L;
    var left = 0;
    for (var table : ordered) {
      var bytes = sizes.getOrDefault(table.oid(), 0L);
      var content = Content.UNKNOWN;
      if (limits.counts()) {
        if (bytes > limits.maximumBytes() - read || limits.timeIsOver()) {
          left++;
        } else {
          content = content(table);
          read += bytes;
          progress.accept(read);
        }
      }
      facts.add(
          new DatabaseFacts.Table(
              table.schema(), table.name(), bytes, content.rows(), content.hash()));
    }
    if (left > 0) {
      warnings.add(left + " tables of " + session.database() + " are beyond the cap of the facts");
    }
    facts.sort(
        Comparator.comparing(DatabaseFacts.Table::schema).thenComparing(DatabaseFacts.Table::name));
    return facts;
  }

  /** Their locks are had, so that this cannot wait. */
  private Map<Long, Long> sizes(List<SourceTable> tables) {
    var sizes = new HashMap<Long, Long>();
    session.rows(
        "SELECT c.oid, pg_catalog.pg_table_size(c.oid) FROM pg_catalog.pg_class c WHERE c.oid ="
            + " ANY (?)",
        row -> sizes.put(row.getLong(1), row.getLong(2)),
        tables.stream().map(SourceTable::oid).toList());
    return sizes;
  }

  private Content content(SourceTable table) {
    if (table.unlogged() && session.server().standby()) {
      // A standby holds no rows of it, and pg_dump leaves them out there too.
      return Content.UNKNOWN;
    }
    try {
      return ask(table, limits.hashes());
    } catch (EngineException e) {
      var state = SqlFailures.state(e);
      if (SqlFailures.endsSession(state)) {
        throw e;
      }
      session.execute("ROLLBACK TO SAVEPOINT facts");
      if (limits.hashes() && !state.equals(CANCELLED)) {
        warnings.add(table.text() + " is counted but not hashed: " + e.failure().message());
        return counted(table);
      }
      warnings.add(table.text() + " is not compared: " + e.failure().message());
      return Content.UNKNOWN;
    }
  }

  /** A row whose text is too long for the server can still be counted. */
  private Content counted(SourceTable table) {
    try {
      return ask(table, false);
    } catch (EngineException e) {
      if (SqlFailures.endsSession(SqlFailures.state(e))) {
        throw e;
      }
      session.execute("ROLLBACK TO SAVEPOINT facts");
      return Content.UNKNOWN;
    }
  }

  private Content ask(SourceTable table, boolean hashed) {
    session.execute(
        "SAVEPOINT facts; SET LOCAL statement_timeout = " + limits.statementTimeoutMillis());
    var content =
        session
            .first(
                "SELECT pg_catalog.count(*), "
                    + (hashed ? HASH : "NULL")
                    + " FROM ONLY "
                    + table.qualified()
                    + " AS t",
                row -> new Content(row.getLong(1), row.getString(2)))
            .orElseThrow();
    session.execute("ROLLBACK TO SAVEPOINT facts; RELEASE SAVEPOINT facts");
    return content.rows() != null && content.rows() == 0 && hashed ? new Content(0L, "0") : content;
  }
}
