package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/**
 * A row of Storage's objects, as one line of JSON: what its bytes must be, and what became of them.
 * Owner and own metadata are in the dump.
 *
 * @param path at which its bytes must lie, below Storage's place, as {@link FileEntry#path} writes
 *     it; never opened, for it comes out of a database
 * @param size bytes; null: the row does not say
 * @param md5 of the bytes; null: the row has none, or an ETag of another kind
 * @param typed whether its file must say which type it has; null: it need not
 * @param fate null: its bytes are there
 * @param id of the row; only while a backup is made, never stored
 * @param versioned whether its path is no other version's; null: that is not known; only while a
 *     backup is made, never stored
 * @param name of its bucket and of itself with a slash between, where the path has another: the
 *     file backend lays {@code a//b} where {@code a/b} would be; null: the path's
 */
@Model
public record StoredObject(
    @JsonProperty("p") String path,
    @JsonProperty("s") @Nullable Long size,
    @JsonProperty("e") @Nullable String md5,
    @JsonProperty("t") @Nullable Boolean typed,
    @JsonProperty("x") @Nullable Fate fate,
    @JsonProperty("i") @Nullable String id,
    @JsonProperty("v") @Nullable Boolean versioned,
    @JsonProperty("n") @Nullable String name) {

  /** Why nothing can be expected of an object's bytes. */
  public enum Fate {
    /** The row came before the bytes: an upload that is not finished. */
    PENDING,
    /** There were none at the source. */
    LOST,
    /** There were more of them, or less. */
    WRONG_SIZE,
    /** The file does not say of which type it is. */
    NO_TYPE,
    /** The row was deleted or replaced after it had been dumped, and the bytes went with it. */
    OVERTAKEN,
    /** The file changed while it was read. */
    UNSTEADY;

    /** Whether it may be the source that lacks something. */
    public boolean isOfTheSource() {
      return this == LOST || this == WRONG_SIZE || this == NO_TYPE;
    }
  }

  /** Who is told, in the order of paths, when objects are laid beside files. */
  public interface Comparison {
    /** No entry is where its bytes must be. */
    void missing(StoredObject object);

    /** An entry is there; perhaps no file. */
    void both(StoredObject object, FileEntry entry);

    /** An entry that no object names: a folder on the way, or bytes of none. */
    void orphan(FileEntry entry);
  }

  /** As it is stored: without what is of the row alone, and with what became of it. */
  public StoredObject stored(@Nullable Fate became) {
    return new StoredObject(path, size, md5, typed, became, null, null, name);
  }
}
