package dev.salvor.engine.supabase;

import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.FileEntry;
import dev.salvor.task.StoredObject;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Lays objects beside the entries of a tree, both in the order of the walk, in one pass over both.
 * They are compared as text: no path that a database says is ever opened.
 */
public final class ObjectJoin {
  private final Iterator<StoredObject> objects;
  private final StoredObject.Comparison outcome;
  private @Nullable StoredObject next;

  public ObjectJoin(Iterator<StoredObject> objects, StoredObject.Comparison outcome) {
    this.objects = objects;
    this.outcome = outcome;
    advance();
  }

  /** The next entry of the tree. */
  public void entry(FileEntry found) {
    while (next != null && FileTree.order().compare(next.path(), found.path()) < 0) {
      outcome.missing(next);
      advance();
    }
    var named = false;
    // Two rows may name the same bytes.
    while (next != null && next.path().equals(found.path())) {
      outcome.both(next, found);
      named = true;
      advance();
    }
    if (!named) {
      outcome.orphan(found);
    }
  }

  /** There are no more entries. */
  public void end() {
    while (next != null) {
      outcome.missing(next);
      advance();
    }
  }

  private void advance() {
    next = objects.hasNext() ? objects.next() : null;
  }
}
