package dev.salvor.plan.proof;

import dev.salvor.task.FileEntry;
import dev.salvor.task.StoredObject;
import dev.salvor.task.StoredObject.Fate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Restored objects beside what was noted of them, and beside restored files. What was not whole at
 * the source need not be whole in the copy, and is said. Files that no object names are a matter of
 * {@link FileComparison}.
 */
public final class ObjectComparison implements StoredObject.Comparison {
  private static final int WRITTEN_OUT = 50;

  private final List<String> differences = new ArrayList<>();
  private final Map<Fate, Long> excused = new EnumMap<>(Fate.class);
  private long different;
  private long objects;
  private long equal;
  private long hashed;

  /** A row that was noted, and is not in the copy. */
  public void rowMissing(StoredObject noted) {
    differs(noted, "is not in the restored storage.objects");
  }

  /** A row of the copy that was not noted. */
  public void rowExtra(StoredObject restored) {
    differs(restored, "is in the restored storage.objects and was not there");
  }

  /**
   * A row that was noted and is in the copy.
   *
   * @return what to lay beside files
   */
  public StoredObject row(StoredObject noted, StoredObject restored) {
    var isPending = noted.fate() == Fate.PENDING;
    // Without metadata there may be bytes, too: they were fetched then.
    var mayBeEither = noted.fate() == null && noted.size() == null;
    if (!noted.stored(null).equals(restored.stored(null))
        || (isPending != (restored.fate() == Fate.PENDING) && !mayBeEither)) {
      differs(noted, "has another size, type or ETag in the restored storage.objects");
    }
    return noted;
  }

  @Override
  public void missing(StoredObject object) {
    judge(object, FoundBytes.fate(object, null));
  }

  @Override
  public void both(StoredObject object, FileEntry entry) {
    judge(object, FoundBytes.fate(object, entry));
  }

  private void judge(StoredObject object, Optional<Fate> found) {
    objects++;
    if (object.fate() != null) {
      excused.merge(object.fate(), 1L, Long::sum);
    } else if (found.isPresent()) {
      differs(object, word(found.get()));
    } else {
      equal++;
    }
  }

  private static String word(Fate fate) {
    return switch (fate) {
      case LOST -> "has no bytes";
      case WRONG_SIZE -> "has bytes of another size";
      case NO_TYPE -> "has lost its content type";
      case PENDING, OVERTAKEN, UNSTEADY -> throw new IllegalStateException(fate.name());
    };
  }

  /** Whether the MD5 of its file is to be looked at. */
  public boolean isHashed(StoredObject object, FileEntry entry) {
    return object.fate() == null
        && object.md5() != null
        && FoundBytes.fate(object, entry).isEmpty();
  }

  /** What the file of an object was seen to have. */
  public void hashed(StoredObject object, String md5) {
    hashed++;
    if (!md5.equals(object.md5())) {
      differs(object, "has other bytes than its ETag says");
    }
  }

  @Override
  public void orphan(FileEntry entry) {
    // Noted, or told as a difference of the tree.
  }

  private void differs(StoredObject object, String what) {
    different++;
    if (differences.size() < WRITTEN_OUT) {
      differences.add(object.path() + " " + what);
    }
  }

  /** The first differences, one line each. */
  public List<String> differences() {
    var some = new ArrayList<>(differences);
    if (different > some.size()) {
      some.add("and " + (different - some.size()) + " more");
    }
    return List.copyOf(some);
  }

  /** What was not whole at the source already; empty: nothing. */
  public Optional<String> excused() {
    return excused.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "not whole when they were backed up, of %d objects of Storage: %d without bytes, %d of another size, %d without their type, %d deleted or replaced meanwhile, %d changed meanwhile, %d not uploaded yet"
                .formatted(
                    objects,
                    count(Fate.LOST),
                    count(Fate.WRONG_SIZE),
                    count(Fate.NO_TYPE),
                    count(Fate.OVERTAKEN),
                    count(Fate.UNSTEADY),
                    count(Fate.PENDING)));
  }

  private long count(Fate fate) {
    return excused.getOrDefault(fate, 0L);
  }

  public Compared coverage() {
    return new ObjectCoverage(objects, equal, hashed);
  }

  /** How much of Storage's objects was compared. */
  private record ObjectCoverage(long objects, long equal, long hashed) implements Compared {
    @Override
    public boolean nothing() {
      return objects > 0 && equal == 0;
    }

    @Override
    public boolean everything() {
      return equal == objects;
    }

    @Override
    public String text() {
      return "bytes of %d of %d objects, MD5 of %d".formatted(equal, objects, hashed);
    }
  }
}
