package dev.salvor.plan.proof;

import dev.salvor.task.FileEntry;
import dev.salvor.task.FileEntry.Unsteady;
import dev.salvor.task.StoredObject;
import dev.salvor.task.StoredObject.Fate;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an entry of Storage's tree says of the object whose bytes must be there. */
public final class FoundBytes {
  /** Storage has an object's type there and nowhere else, where its backend is file. */
  public static final String TYPE = "user.supabase.content-type";

  private FoundBytes() {}

  /**
   * What is wrong; empty where nothing is.
   *
   * @param entry null: none is there
   */
  public static Optional<Fate> fate(StoredObject object, @Nullable FileEntry entry) {
    if (object.fate() == Fate.PENDING) {
      return Optional.of(Fate.PENDING);
    }
    if (entry == null
        || entry.type() != FileEntry.Type.FILE
        || entry.unsteady() == Unsteady.VANISHED) {
      return Optional.of(Fate.LOST);
    }
    if (entry.unsteady() != null) {
      return Optional.of(Fate.UNSTEADY);
    }
    if (object.size() != null && !object.size().equals(entry.size())) {
      return Optional.of(Fate.WRONG_SIZE);
    }
    return Boolean.TRUE.equals(object.typed()) && !isTyped(entry)
        ? Optional.of(Fate.NO_TYPE)
        : Optional.empty();
  }

  static boolean isTyped(FileEntry entry) {
    return entry.attributes() != null && entry.attributes().containsKey(TYPE);
  }
}
