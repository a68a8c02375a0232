package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.salvor.api.Model;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a file tree, as one line of JSON beside the manifest: all that must be equal after a
 * restore but the content, which is restic's own to prove. No access time, change time or inode: a
 * restore cannot bring them back. Sockets are no entries: the program that listens makes them anew.
 *
 * @param path below the tree's root, {@code .} for the root itself; bytes of names that are not
 *     printable ASCII, and {@code %}, are written as {@code %} and two hexadecimal digits
 * @param mode permissions with set-uid, set-gid and sticky, 0 to 07777
 * @param size bytes; of files alone
 * @param modified nanoseconds since 1970
 * @param link where a symbolic link points to, written as a path is
 * @param device major and minor number of a device
 * @param sameAs the first path of the same file, of those that have several
 * @param attributes extended attributes, ACLs and capabilities among them: SHA-256 of each value,
 *     the first 32 digits
 * @param unsteady what is known of an entry that changed while it was read: it need not be equal
 * @param stamp inode and change time: only between the two looks of a backup, never stored
 */
@Model
public record FileEntry(
    @JsonProperty("p") String path,
    @JsonProperty("t") Type type,
    @JsonProperty("m") int mode,
    @JsonProperty("u") long uid,
    @JsonProperty("g") long gid,
    @JsonProperty("s") @Nullable Long size,
    @JsonProperty("n") long modified,
    @JsonProperty("l") @Nullable String link,
    @JsonProperty("d") @Nullable Device device,
    @JsonProperty("h") @Nullable String sameAs,
    @JsonProperty("x") @Nullable Map<String, String> attributes,
    @JsonProperty("c") @Nullable Unsteady unsteady,
    @JsonProperty("i") @Nullable String stamp) {
  /** The root's path. */
  public static final String ROOT = ".";

  /** What an entry is. */
  public enum Type {
    FILE,
    FOLDER,
    LINK,
    FIFO,
    CHARACTER_DEVICE,
    BLOCK_DEVICE
  }

  /** Numbers of a device. */
  @Model
  public record Device(int major, int minor) {}

  /** What became of an entry between the looks before and after the engine read it. */
  public enum Unsteady {
    CHANGED,
    APPEARED,
    VANISHED
  }

  /** Who is told, in the order of the walk, when a tree is laid beside what was noted of it. */
  public interface Comparison {
    /** Noted, and not there. */
    void missing(FileEntry noted);

    /** There, and not noted. */
    void extra(FileEntry found);

    /** Noted and there. */
    void both(FileEntry noted, FileEntry found);

    /** There, noted or not, and could not be looked at. */
    void unreadable(String path, String why);
  }

  /** The same but for what is given. */
  public FileEntry as(
      long owner,
      long group,
      int permissions,
      @Nullable String first,
      @Nullable Map<String, String> values) {
    return new FileEntry(
        path,
        type,
        permissions,
        owner,
        group,
        size,
        modified,
        link,
        device,
        first,
        values,
        unsteady,
        stamp);
  }

  /** As it is stored: without its stamp, and with what became of it. */
  public FileEntry stored(@Nullable Unsteady became) {
    return new FileEntry(
        path, type, mode, uid, gid, size, modified, link, device, sameAs, attributes, became, null);
  }
}
