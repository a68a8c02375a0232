package dev.salvor.plan;

import java.nio.file.Path;
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
  public record Mount(Path destination, @Nullable Path source) {}

  /**
   * Where the machine has a folder of this container; empty: where no other container could mount
   * it from.
   *
   * @param folder without links
   */
  public Optional<Path> onTheMachine(Path folder) {
    return mounts.stream()
        .filter(mount -> folder.startsWith(mount.destination()))
        .max(Comparator.comparingInt(mount -> mount.destination().getNameCount()))
        .flatMap(
            mount ->
                Optional.ofNullable(mount.source())
                    .map(source -> source.resolve(mount.destination().relativize(folder))));
  }
}
