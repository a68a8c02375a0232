package dev.salvor.engine.supabase;

import dev.salvor.api.StorageVersions;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.StorageLayout;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Under which keys of a bucket the files of Storage's tree are to be: the service's other backend
 * has bucket and tenant of its own, and may tell versions otherwise.
 *
 * @param of as the tree is laid out
 * @param at as the bucket is
 */
public record StorageKeys(StorageLayout of, StorageLayout at) {
  /** Amazon's S3 and others take no longer ones (S3 user guide, "Naming Amazon S3 objects"). */
  private static final int LONGEST_KEY = 1024;

  private static final String VERSION =
      "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
  private static final Pattern IN_FOLDER = Pattern.compile("(?s)([^/]+/.+)/(" + VERSION + ")");
  private static final Pattern IN_SUFFIX = Pattern.compile("(?s)([^/]+/.+)-\\$v-(" + VERSION + ")");

  /** What becomes of a file. */
  public sealed interface Key {
    /** It is put there. */
    record Fits(String key) implements Key {}

    /**
     * It can be no object of the bucket.
     *
     * @param why for people
     */
    record Unfit(String why) implements Key {}
  }

  /** The folder of the tree in which all objects are, as it is. */
  public String root() {
    return of.bucket() + "/" + of.tenant();
  }

  /** What all keys begin with. */
  public String prefix() {
    return at.tenant() + "/";
  }

  /**
   * Where a file belongs.
   *
   * @param path as {@link dev.salvor.task.FileEntry#path} writes it
   */
  public Key key(String path) {
    var text = FileTree.text(path);
    if (text.isEmpty()) {
      return new Key.Unfit("has a name that is no UTF-8");
    }
    var root = root() + "/";
    if (!text.get().startsWith(root)) {
      return new Key.Unfit("lies outside of " + root);
    }
    var key =
        prefix() + converted(text.get().substring(root.length()), of.versions(), at.versions());
    if (key.getBytes(StandardCharsets.UTF_8).length > LONGEST_KEY) {
      return new Key.Unfit("would have a key longer than " + LONGEST_KEY + " bytes");
    }
    // Else two files could be one object.
    return path(key).equals(path)
        ? new Key.Fits(key)
        : new Key.Unfit("would have the key of another object");
  }

  /** Where an object of the bucket would be in the tree, as entries are written. */
  public String path(String key) {
    return FileTree.written(
        root() + "/" + converted(key.substring(prefix().length()), at.versions(), of.versions()));
  }

  private static String converted(String name, StorageVersions from, StorageVersions to) {
    if (from == to) {
      return name;
    }
    var parts = (from == StorageVersions.FOLDER ? IN_FOLDER : IN_SUFFIX).matcher(name);
    return parts.matches()
        ? parts.group(1) + (to == StorageVersions.FOLDER ? "/" : "-$v-") + parts.group(2)
        : name;
  }
}
