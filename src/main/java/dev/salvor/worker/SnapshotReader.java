package dev.salvor.worker;

import dev.salvor.engine.postgres.PostgresSession;

/**
 * Reads something else in the snapshot of a dump, while that runs. What it throws fails the
 * database; it may be called once more for the same one, and begins anew then.
 */
@FunctionalInterface
interface SnapshotReader {
  SnapshotReader NOTHING = session -> {};

  void read(PostgresSession inSnapshot);
}
