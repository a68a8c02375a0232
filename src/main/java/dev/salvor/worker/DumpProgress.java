package dev.salvor.worker;

import dev.salvor.engine.restic.ByteProgress;
import dev.salvor.task.Step;
import org.jspecify.annotations.Nullable;

/** Bytes of a dump, shown once the facts that are read beside it are done. */
final class DumpProgress implements ByteProgress {
  private final ProgressLines lines;
  private final String database;
  private final long estimate;
  private boolean shown;

  /**
   * For one database.
   *
   * @param estimate bytes of its tables: a dump is about as large
   */
  DumpProgress(ProgressLines lines, String database, long estimate) {
    this.lines = lines;
    this.database = database;
    this.estimate = estimate;
  }

  /** From now on. */
  synchronized void show() {
    lines.step(Step.DUMP, database);
    shown = true;
  }

  @Override
  public synchronized void at(long doneBytes, @Nullable Long totalBytes) {
    if (shown) {
      lines.bytes(doneBytes, Math.max(doneBytes, estimate));
    }
  }
}
