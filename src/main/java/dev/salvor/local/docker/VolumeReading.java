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
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Volumes as the daemon lists them, with the running containers that mount them. */
final class VolumeReading {
  private VolumeReading() {}

  static List<Volume> all(DockerClient docker) {
    var volumes = docker.listVolumesCmd().exec().getVolumes();
    var users = users(docker.listContainersCmd().exec());
    return orEmpty(volumes).stream().map(volume -> read(volume, users)).toList();
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

  private static Volume read(InspectVolumeResponse volume, Map<String, List<String>> users) {
    var folder = Objects.requireNonNullElse(volume.getMountpoint(), "");
    return new Volume(
        volume.getName(),
        volume.getDriver(),
        orEmpty(volume.getOptions()),
        orEmpty(volume.getLabels()),
        folder,
        isOfDisk(volume) && Files.isReadable(Path.of(folder)) && Files.isDirectory(Path.of(folder))
            ? Sight.SEEN
            : Sight.HIDDEN,
        users.getOrDefault(volume.getName(), List.of()).stream().sorted().toList());
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
