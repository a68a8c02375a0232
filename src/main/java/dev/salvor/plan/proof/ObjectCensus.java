package dev.salvor.plan.proof;

import dev.salvor.task.FileEntry;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoredObject;
import dev.salvor.task.StoredObject.Fate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Storage's objects beside its files at backup: who of them is not whole, and what is to be said.
 */
public final class ObjectCensus implements StoredObject.Comparison {
  /**
   * What was uploaded meanwhile has no row in the dump; what is older than this has none at all.
   */
  private static final Duration YOUNG = Duration.ofDays(1);

  private static final int NAMED = 3;
  private static final int LONGEST_NAME = 60;

  /** How objects came to lie beside their rows. */
  public enum Way {
    /** Files were read, of whatever is there. */
    BY_FILES,
    /** Each was fetched that a row names. */
    BY_ROWS
  }

  private final StorageLayout layout;
  private final Instant dumped;
  private final Set<StoredObject> overtaken;
  private final Consumer<StoredObject> noted;
  private final Way way;
  private final long unread;
  private final Map<Fate, Long> fates = new EnumMap<>(Fate.class);
  private final List<String> notWhole = new ArrayList<>();
  private final List<String> gone = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();
  private final List<String> folders = new ArrayList<>();
  private long objects;
  private long bytes;
  private long expectedTypes;
  private long foundTypes;
  private long orphans;
  private long orphanBytes;

  /**
   * A census.
   *
   * @param dumped the moment of the rows
   * @param overtaken objects that are not as they were any more
   * @param noted is given each object with what became of it, in order
   * @param unread so many were perhaps there, and could not be fetched
   */
  public ObjectCensus(
      StorageLayout layout,
      Instant dumped,
      Set<StoredObject> overtaken,
      Consumer<StoredObject> noted,
      Way way,
      long unread) {
    this.layout = layout;
    this.dumped = dumped;
    this.overtaken = Set.copyOf(overtaken);
    this.noted = noted;
    this.way = way;
    this.unread = unread;
  }

  @Override
  public void missing(StoredObject object) {
    count(object, null);
  }

  @Override
  public void both(StoredObject object, FileEntry entry) {
    count(object, entry);
  }

  private void count(StoredObject row, @Nullable FileEntry entry) {
    var object = fetched(row, entry);
    objects++;
    bytes += object.size() == null ? 0 : object.size();
    var fate =
        FoundBytes.fate(object, entry)
            .map(found -> overtaken.contains(object) ? Fate.OVERTAKEN : found)
            .orElse(null);
    if (Boolean.TRUE.equals(object.typed()) && entry != null) {
      expectedTypes++;
      foundTypes += FoundBytes.isTyped(entry) ? 1 : 0;
    }
    noted.accept(object.stored(fate));
    if (fate == null) {
      return;
    }
    fates.merge(fate, 1L, Long::sum);
    switch (fate) {
      case LOST, WRONG_SIZE, NO_TYPE -> name(notWhole, object.path());
      case OVERTAKEN -> name(gone, object.path());
      case PENDING, UNSTEADY -> {}
    }
  }

  /** What was fetched by a row without metadata is its object's: the upload had ended. */
  private StoredObject fetched(StoredObject row, @Nullable FileEntry entry) {
    return way == Way.BY_ROWS
            && row.fate() == Fate.PENDING
            && entry != null
            && entry.type() == FileEntry.Type.FILE
        ? row.stored(null)
        : row;
  }

  @Override
  public void orphan(FileEntry entry) {
    if (entry.type() == FileEntry.Type.FOLDER) {
      if (entry.path().chars().filter(each -> each == '/').count() == 1 && folders.size() < NAMED) {
        folders.add(entry.path());
      }
      return;
    }
    if (entry.type() != FileEntry.Type.FILE
        || entry.unsteady() != null
        || !entry.path().startsWith(root())
        || entry.modified() > nanoseconds(dumped.minus(YOUNG))) {
      return;
    }
    orphans++;
    orphanBytes += entry.size() == null ? 0 : entry.size();
    name(unknown, entry.path());
  }

  private static long nanoseconds(Instant time) {
    return ChronoUnit.NANOS.between(Instant.EPOCH, time);
  }

  /** Below it there is nothing but objects. */
  private String root() {
    return layout.bucket() + "/" + layout.tenant() + "/";
  }

  /** Without what is the same of all, and cut: a report has room for few. */
  private void name(List<String> names, String path) {
    if (names.size() < NAMED) {
      var name = path.startsWith(root()) ? path.substring(root().length()) : path;
      names.add(name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "...");
    }
  }

  private long count(Fate fate) {
    return fates.getOrDefault(fate, 0L);
  }

  /** In figures. */
  public StorageFacts facts() {
    return new StorageFacts(
        layout,
        objects,
        bytes,
        count(Fate.PENDING),
        count(Fate.LOST),
        count(Fate.WRONG_SIZE),
        count(Fate.NO_TYPE),
        count(Fate.OVERTAKEN),
        count(Fate.UNSTEADY),
        orphans,
        orphanBytes);
  }

  /** What is not whole at the source, and what to do; empty where all is. */
  public Optional<String> complaint() {
    var facts = facts();
    if (facts.notWhole() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        "%d of %d objects of Storage are not whole at the source (%d without bytes, %d of another size, %d without their content type). %s They are: %s"
            .formatted(
                facts.notWhole(),
                objects,
                facts.lost(),
                facts.wrongSize(),
                facts.untyped(),
                remedy(facts),
                listed(notWhole, facts.notWhole())));
  }

  private String remedy(StorageFacts facts) {
    if (unread == 0) {
      return remedyOfAll(facts);
    }
    var unknown =
        unread + " could not be fetched, and may well be there: another warning says why.";
    return facts.notWhole() <= unread ? unknown : unknown + " The others: " + remedyOfAll(facts);
  }

  private String remedyOfAll(StorageFacts facts) {
    if (way == Way.BY_ROWS) {
      return lookForThem(facts);
    }
    if (10 * facts.lost() > 9 * objects) {
      return "Are bucket, tenant and versions of the policy right? There are the folders "
          + folders
          + ".";
    }
    if (expectedTypes > 0 && foundTypes == 0) {
      return "No file has its type: copy them anew with their extended attributes (cp -a, rsync"
          + " -aX), to a file system that keeps them.";
    }
    return uploadAgain(facts);
  }

  private static String uploadAgain(StorageFacts facts) {
    return "Upload them again or delete them in Storage, or set storage.tolerateMissing: "
        + facts.notWhole()
        + ".";
  }

  /** The row is all that is left of it there, and Storage's answer may be wrong. */
  private static String lookForThem(StorageFacts facts) {
    return "Delete none of them before you have their bytes: look for them in earlier points"
        + " (--files storage --to-folder) and in copies of your own and upload them under the same"
        + " names, or ask Supabase. What is lost for good, set as storage.tolerateMissing: "
        + facts.notWhole()
        + ".";
  }

  /** What else is worth knowing and makes no point Partial. */
  public List<String> remarks() {
    var remarks = new ArrayList<String>();
    if (count(Fate.OVERTAKEN) > 0) {
      remarks.add(
          count(Fate.OVERTAKEN)
              + " objects of Storage were deleted or replaced after their rows had been dumped; the"
              + " point has these rows without bytes: "
              + listed(gone, count(Fate.OVERTAKEN)));
    }
    if (orphans > 0) {
      remarks.add(
          "%d files of Storage with %d bytes are older than a day, and no object names them: %s"
              .formatted(orphans, orphanBytes, listed(unknown, orphans)));
    }
    return remarks;
  }

  private static String listed(List<String> names, long all) {
    return String.join("; ", names) + (all > names.size() ? "; and others" : "");
  }
}
