package dev.salvor.task;

import dev.salvor.api.Model;
import dev.salvor.api.StorageObjects;

/**
 * What was found when Storage's objects were laid beside its files; each object is a line of {@link
 * #FILE} among the notes.
 *
 * @param objects rows, in the snapshot of the dump
 * @param bytes that they must have
 * @param pending uploads that were not finished
 * @param lost without bytes at the source
 * @param wrongSize with more bytes, or less
 * @param untyped whose file does not say its type
 * @param overtaken deleted or replaced before their bytes were read
 * @param unsteady whose file changed while it was read
 * @param orphans files older than a day that no object names
 */
@Model
public record StorageFacts(
    StorageLayout layout,
    long objects,
    long bytes,
    long pending,
    long lost,
    long wrongSize,
    long untyped,
    long overtaken,
    long unsteady,
    long orphans,
    long orphanBytes) {
  public static final String FILE = "objects.jsonl";

  /** Among the notes: entries of those objects whose bytes are an earlier point's. */
  public static final String EARLIER = "earlier.jsonl";

  /** In short. */
  public StorageObjects inShort() {
    return new StorageObjects(objects, notWhole(), overtaken, orphans);
  }

  /** Of these the source itself is to be mended. */
  public long notWhole() {
    return lost + wrongSize + untyped;
  }
}
