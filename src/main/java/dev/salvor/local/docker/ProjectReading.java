package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import dev.salvor.api.ComposeService;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.DockerView.Folder;
import dev.salvor.plan.DockerView.Mount;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.StorageSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Containers of Compose's services. Only those of projects that a policy points at are asked about
 * one by one: to look at what others mount may take for ever. Of a variable that {@link
 * StorageSettings#NAMES} does not name nothing leaves this class.
 */
final class ProjectReading {
  private static final String WORKING_FOLDER = "com.docker.compose.project.working_dir";

  private static final String NAME = "[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}";

  private ProjectReading() {}

  static List<DockerView.Container> all(DockerClient docker, Set<String> projects) {
    var digests = new HashMap<String, Optional<String>>();
    return docker.listContainersCmd().withShowAll(true).exec().stream()
        .filter(each -> isService(labels(each)))
        .flatMap(
            each -> {
              var seen = shallow(each);
              return projects.contains(seen.project())
                  ? whole(docker, each, seen, digests).stream()
                  : Stream.of(seen);
            })
        .toList();
  }

  /**
   * What {@code docker compose run} made, and containers of proofs, are no service's. Nor is what
   * has labels that Compose would not give: they are anybody's text.
   */
  private static boolean isService(Map<String, String> labels) {
    return labels.getOrDefault(ComposeService.PROJECT_LABEL, "").matches(NAME)
        && labels.getOrDefault(ComposeService.SERVICE_LABEL, "").matches(NAME)
        && !"True".equals(labels.get(ContainerReading.ONE_OFF))
        && !labels.containsKey(SandboxContainer.STATE);
  }

  private static Map<String, String> labels(Container listed) {
    return Objects.requireNonNullElse(listed.getLabels(), Map.of());
  }

  private static DockerView.Container shallow(Container listed) {
    return new DockerView.Container(
        listed.getNames()[0].replaceFirst("^/", ""),
        "running".equals(listed.getState()),
        listed.getImage(),
        null,
        labels(listed),
        Map.of(),
        null,
        List.of());
  }

  /** Empty: it is gone by now. */
  private static Optional<DockerView.Container> whole(
      DockerClient docker,
      Container listed,
      DockerView.Container seen,
      Map<String, Optional<String>> digests) {
    try {
      var found = docker.inspectContainerCmd(listed.getId()).exec();
      var image = found.getConfig().getImage();
      return Optional.of(
          new DockerView.Container(
              seen.name(),
              seen.running(),
              image == null ? seen.image() : image,
              digests
                  .computeIfAbsent(
                      Objects.requireNonNull(found.getImageId()), id -> digest(docker, id))
                  .orElse(null),
              seen.labels(),
              settings(found),
              folder(seen.labels().get(WORKING_FOLDER)),
              Objects.requireNonNullElse(
                      found.getMounts(), List.<InspectContainerResponse.Mount>of())
                  .stream()
                  .flatMap(mount -> mount(mount).stream())
                  .toList()));
    } catch (NotFoundException gone) {
      return Optional.empty();
    }
  }

  private static Map<String, String> settings(InspectContainerResponse found) {
    return Arrays.stream(Objects.requireNonNullElse(found.getConfig().getEnv(), new String[0]))
        .map(variable -> variable.split("=", 2))
        .filter(pair -> pair.length == 2 && StorageSettings.NAMES.contains(pair[0]))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (_, last) -> last));
  }

  private static Optional<Mount> mount(InspectContainerResponse.Mount mount) {
    var destination = mount.getDestination();
    if (destination == null) {
      return Optional.empty();
    }
    var volume = mount.getName() == null || mount.getName().isEmpty() ? null : mount.getName();
    return Optional.of(
        new Mount(
            destination.getPath().replaceAll("(?<=.)/+$", ""),
            volume,
            volume == null ? folder(mount.getSource()) : null));
  }

  private static @Nullable Folder folder(@Nullable String path) {
    return path == null || !path.startsWith("/")
        ? null
        : new Folder(path, VolumeReading.sight(Path.of(path)));
  }

  /** Of what its registry has; the id of an image is this machine's own. */
  private static Optional<String> digest(DockerClient docker, String image) {
    try {
      return Objects.requireNonNullElse(
              docker.inspectImageCmd(image).exec().getRepoDigests(), List.<String>of())
          .stream()
          .map(digest -> digest.substring(digest.indexOf('@') + 1))
          .findFirst();
    } catch (NotFoundException gone) {
      return Optional.empty();
    }
  }
}
