package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.model.Container;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.DockerView.Volume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Volumes as the daemon lists them, with the running containers that mount them. */
final class VolumeReading {
  private VolumeReading() {}

  static List<Volume> all(DockerClient docker) {
    var volumes = docker.listVolumesCmd().exec().getVolumes();
    var running = docker.listContainersCmd().exec();
    var own = OwnContainer.id().orElse("");
    var mine = users(running.stream().filter(each -> each.getId().equals(own)).toList()).keySet();
    var users = users(running);
    return orEmpty(volumes).stream().map(volume -> read(volume, users, mine)).toList();
  }

  private static Map<String, List<String>> users(List<Container> running) {
    var users = new TreeMap<String, List<String>>();
    for (var container : running) {
      for (var mount : orEmpty(container.getMounts())) {
        if (mount.getName() != null) {
          users
              .computeIfAbsent(mount.getName(), volume -> new ArrayList<>())
              .add(container.getNames()[0].replaceFirst("^/", ""));
        }
      }
    }
    return users;
  }

  /**
   * @param mine names of volumes that Salvor's own container mounts
   */
  private static Volume read(
      InspectVolumeResponse volume, Map<String, List<String>> users, Set<String> mine) {
    var folder = Objects.requireNonNullElse(volume.getMountpoint(), "");
    return new Volume(
        volume.getName(),
        volume.getDriver(),
        orEmpty(volume.getOptions()),
        orEmpty(volume.getLabels()),
        folder,
        mine.contains(volume.getName()) ? Sight.OWN : sight(volume, Path.of(folder)),
        users.getOrDefault(volume.getName(), List.of()).stream().sorted().toList());
  }

  private static Sight sight(InspectVolumeResponse volume, Path folder) {
    return isOfDisk(volume) && Files.isReadable(folder) && Files.isDirectory(folder)
        ? Sight.SEEN
        : Sight.HIDDEN;
  }

  /** One that is mounted from elsewhere is refused anyway; to look at it may take for ever. */
  private static boolean isOfDisk(InspectVolumeResponse volume) {
    return "local".equals(volume.getDriver()) && !Volume.isMount(orEmpty(volume.getOptions()));
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }
}
