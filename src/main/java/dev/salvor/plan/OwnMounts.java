package dev.salvor.plan;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the container that Salvor itself runs in sees of its Docker's machine. All else that it sees
 * lies in layers of its image, whose place on the machine is no promise of Docker's.
 */
public record OwnMounts(List<Mount> mounts) {
  public OwnMounts {
    mounts = List.copyOf(mounts);
  }

  /**
   * A folder of it.
   *
   * @param source where the machine has it; null: in memory, or nowhere that is known
   */
  public record Mount(String destination, @Nullable String source) {
    public Mount {
      destination = withoutEnd(destination);
      source = source == null ? null : withoutEnd(source);
    }

    /** The root is an empty one. */
    private static String withoutEnd(String path) {
      return path.replaceFirst("/+$", "");
    }

    boolean holds(String folder) {
      return folder.equals(destination) || folder.startsWith(destination + "/");
    }
  }

  /**
   * Where the machine has a folder of this container; empty: where no other container could mount
   * it from.
   *
   * @param folder its whole path, without links
   */
  public Optional<String> onTheMachine(String folder) {
    return mounts.stream()
        .filter(mount -> mount.holds(folder))
        .max(Comparator.comparingInt(mount -> mount.destination().length()))
        .flatMap(
            mount ->
                Optional.ofNullable(mount.source())
                    .map(source -> source + folder.substring(mount.destination().length())));
  }
}
