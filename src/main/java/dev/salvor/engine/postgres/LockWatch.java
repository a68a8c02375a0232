package dev.salvor.engine.postgres;

import java.util.List;
import java.util.Optional;

/**
 * Sees, from a session beside, who waits for the locks of an exported snapshot. While pg_dump has
 * not all its locks, such a waiter is a deadlock of three that the server does not see: it waits
 * for us, pg_dump waits behind it, and we wait for pg_dump.
 */
public final class LockWatch implements AutoCloseable {
  private final PostgresSession session;
  private final int holder;
  private final String dumper;
  private final List<Long> tables;

  /**
   * A watch with a session of its own.
   *
   * @param dumper application name of pg_dump's session
   */
  public LockWatch(PostgresSession session, ExportedSnapshot snapshot, String dumper) {
    this.session = session;
    this.holder = snapshot.session().process();
    this.dumper = dumper;
    this.tables =
        snapshot.tables().stream()
            .filter(table -> !table.extensionMember())
            .map(SourceTable::oid)
            .toList();
  }

  /**
   * Whether pg_dump has every lock that it will ask for: whoever waits now harms nobody but time.
   */
  public boolean dumpHasItsLocks() {
    return hasLocksOfAll() && dumpIsThere();
  }

  /**
   * Whether pg_dump is at work without all its locks. One that has not begun asks for none yet, and
   * one that has ended asks for none any more: a short dump may come and go between two looks.
   */
  public boolean dumpLacksLocks() {
    // It ends but once: if it is there before and after, it was there when the locks were counted.
    return dumpIsThere() && !hasLocksOfAll() && dumpIsThere();
  }

  private boolean hasLocksOfAll() {
    return session.number(
            "SELECT pg_catalog.count(DISTINCT l.relation) FROM pg_catalog.pg_locks l JOIN"
                + " pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE a.application_name = ?"
                + " AND a.datname = pg_catalog.current_database() AND l.locktype = 'relation'"
                + " AND l.mode = 'AccessShareLock' AND l.granted AND l.relation = ANY (?)",
            dumper,
            tables)
        >= tables.size();
  }

  /** Whether pg_dump has a session. */
  public boolean dumpIsThere() {
    return session.truth(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.application_name = ? AND"
            + " a.datname = pg_catalog.current_database())",
        dumper);
  }

  /** Who waits for a lock of ours, and for which, in plain words. */
  public Optional<String> waiting() {
    return session.first(
        "SELECT 'process ' || l.pid || coalesce(' (role ' || a.usename || ')', '') || ' waits for "
            + "' || l.mode || coalesce(' on ' || l.relation::pg_catalog.regclass::pg_catalog.text,"
            + " '') FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid ="
            + " l.pid WHERE NOT l.granted AND ? = ANY (pg_catalog.pg_blocking_pids(l.pid)) LIMIT 1",
        row -> row.getString(1),
        holder);
  }

  @Override
  public void close() {
    session.close();
  }
}
