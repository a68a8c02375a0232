package dev.salvor.engine.volume;

import dev.salvor.task.FileEntry;
import dev.salvor.task.FileEntry.Comparison;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Lays a walk beside a list of entries in the same order, in one pass over both. */
final class TreeJoin implements TreeWalk.Visitor {
  private final Iterator<FileEntry> listed;
  private final Comparison outcome;
  private @Nullable FileEntry next;

  TreeJoin(Iterator<FileEntry> listed, Comparison outcome) {
    this.listed = listed;
    this.outcome = outcome;
    advance();
  }

  @Override
  public void entry(FileEntry found) {
    missingBefore(found.path());
    var listed = next;
    if (listed != null && listed.path().equals(found.path())) {
      advance();
      outcome.both(listed, found);
    } else {
      outcome.extra(found);
    }
  }

  @Override
  public void unreadable(String path, String why) {
    outcome.unreadable(path, why);
  }

  /** The walk is over. */
  void end() {
    while (next != null) {
      outcome.missing(next);
      advance();
    }
  }

  private void missingBefore(String path) {
    while (next != null && ByteNames.compare(next.path(), path) < 0) {
      outcome.missing(next);
      advance();
    }
  }

  private void advance() {
    next = listed.hasNext() ? listed.next() : null;
  }
}
