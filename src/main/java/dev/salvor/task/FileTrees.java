package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.salvor.api.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Trees of files, stored by one call of the engine: each is a folder, none in another. And raw
 * block devices, each a stream of its own.
 *
 * @param exclude globs; without a slash they go by name, else by the path below a tree's root
 * @param excludeIfPresent name of a file by which a folder says that nothing in it is kept
 * @param allowEmpty whether a point may hold nothing, or far less than the one before
 */
@Model
public record FileTrees(
    List<Tree> trees,
    List<Device> devices,
    List<String> exclude,
    @Nullable String excludeIfPresent,
    boolean allowEmpty)
    implements BackupSource {
  public FileTrees {
    // Of a Task that was written before there were any.
    devices = devices == null ? List.of() : List.copyOf(devices);
  }

  /**
   * One tree.
   *
   * @param name of its part
   * @param path where this worker finds it; absolute
   * @param exclude of this tree alone, beside the source's
   * @param within a volume that no link on the way may lead out of: whoever writes to it would have
   *     all that the worker can open; null: the way is the machine's own
   */
  @Model
  public record Tree(
      String name,
      String path,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> exclude,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String within) {
    public Tree {
      // Of a Task that was written before there were any.
      exclude = exclude == null ? List.of() : List.copyOf(exclude);
    }

    /** One whose way is the machine's own. */
    public Tree(String name, String path, List<String> exclude) {
      this(name, path, exclude, null);
    }

    /** One that is kept whole, but for what is left out of all. */
    public Tree(String name, String path) {
      this(name, path, List.of());
    }
  }

  /**
   * One device.
   *
   * @param name of its part
   * @param path where this worker finds it; absolute
   */
  @Model
  public record Device(String name, String path) {}
}
