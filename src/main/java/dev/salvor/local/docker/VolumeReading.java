package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerMount;
import dev.salvor.api.ComposeService;
import dev.salvor.plan.BindMounts;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.DockerView.Volume;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Volumes as the daemon lists them, with the running containers that mount them; and the folders of
 * this machine that containers mount beside them, which bear the label of a project where a
 * container of Compose mounts them.
 */
final class VolumeReading {
  private VolumeReading() {}

  /**
   * All of them.
   *
   * @param folder where the daemon keeps its volumes
   */
  static List<Volume> all(DockerClient docker, String folder) {
    var volumes = docker.listVolumesCmd().exec().getVolumes();
    var running = docker.listContainersCmd().exec();
    var own = OwnContainer.id().orElse("");
    var mine = users(running.stream().filter(each -> each.getId().equals(own)).toList()).keySet();
    // Salvor's own must see what it keeps, and is never held.
    var users = users(running.stream().filter(each -> !each.getId().equals(own)).toList());
    return Stream.concat(
            orEmpty(volumes).stream().map(volume -> read(volume, users, mine)),
            bindMounts(docker, folder, users, mine))
        .toList();
  }

  /** Also those of containers that do not run: what is kept must not depend on that. */
  private static Stream<Volume> bindMounts(
      DockerClient docker, String folder, Map<String, List<String>> users, Set<String> mine) {
    var projects = new TreeMap<String, Set<String>>();
    for (var container : docker.listContainersCmd().withShowAll(true).exec()) {
      var project = orEmpty(container.getLabels()).get(ComposeService.PROJECT_LABEL);
      orEmpty(container.getMounts()).stream()
          .filter(mount -> mount.getName() == null && Boolean.TRUE.equals(mount.getRw()))
          .map(ContainerMount::getSource)
          .filter(source -> source != null && BindMounts.isData(source, folder))
          .map(source -> projects.computeIfAbsent(source, path -> new TreeSet<>()))
          .forEach(all -> Stream.ofNullable(project).forEach(all::add));
    }
    return projects.entrySet().stream()
        .flatMap(
            each -> {
              // Each is looked at once, whoever mounts it.
              var seen = FolderLook.at(Path.of(each.getKey()));
              return mayBeFolder(seen)
                  ? labels(each.getValue())
                      .map(labels -> bindMount(each.getKey(), seen, labels, users, mine))
                  : Stream.empty();
            });
  }

  /** One that several projects mount is of each of them. */
  private static Stream<Map<String, String>> labels(Set<String> projects) {
    return projects.isEmpty()
        ? Stream.of(Map.of())
        : projects.stream().map(project -> Map.of(ComposeService.PROJECT_LABEL, project));
  }

  private static Volume bindMount(
      String path,
      Optional<FolderLook.Seen> seen,
      Map<String, String> labels,
      Map<String, List<String>> users,
      Set<String> mine) {
    var name = BindMounts.name(path);
    return new Volume(
        name,
        "local",
        Map.of(),
        labels,
        path,
        mine.contains(name)
            ? Sight.OWN
            : seen.filter(FolderLook.Seen::readable).isPresent() ? Sight.SEEN : Sight.HIDDEN,
        users.getOrDefault(name, List.of()).stream().sorted().toList(),
        seen.map(FolderLook.Seen::fileSystem).orElse(null));
  }

  /** A file or a socket is none; what is not to be seen from here is refused by who asks for it. */
  private static boolean mayBeFolder(Optional<FolderLook.Seen> seen) {
    return seen.map(it -> it.isFolder() || !it.exists()).orElse(true);
  }

  /** By which a mount is known: a folder of this machine by what its path is made into. */
  static Optional<String> name(ContainerMount mount) {
    return Optional.ofNullable(mount.getName())
        .or(() -> Optional.ofNullable(mount.getSource()).map(BindMounts::name));
  }

  private static Map<String, List<String>> users(List<Container> running) {
    var users = new TreeMap<String, List<String>>();
    for (var container : running) {
      for (var mount : orEmpty(container.getMounts())) {
        name(mount)
            .ifPresent(
                name ->
                    users
                        .computeIfAbsent(name, volume -> new ArrayList<>())
                        .add(container.getNames()[0].replaceFirst("^/", "")));
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
    return isOfDisk(volume) ? sight(folder) : Sight.HIDDEN;
  }

  static Sight sight(Path folder) {
    return FolderLook.at(folder).filter(seen -> seen.isFolder() && seen.readable()).isPresent()
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
