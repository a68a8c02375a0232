package dev.salvor.local.docker;

import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerMount;
import com.github.dockerjava.api.model.ContainerPort;
import dev.salvor.plan.BindMounts;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A container that runs, as a list shows it: enough to be chosen by a person.
 *
 * @param ports that its image or its maker names
 * @param volumes names of those that it mounts, folders of this machine by theirs ({@link
 *     BindMounts#name})
 */
public record RunningContainer(
    String name,
    String image,
    Set<Integer> ports,
    Map<String, String> labels,
    List<String> volumes) {
  public RunningContainer {
    ports = Set.copyOf(ports);
    labels = Map.copyOf(labels);
    volumes = List.copyOf(volumes);
  }

  static RunningContainer of(Container found) {
    return new RunningContainer(
        found.getNames()[0].replaceFirst("^/", ""),
        found.getImage(),
        Arrays.stream(Objects.requireNonNullElse(found.getPorts(), new ContainerPort[0]))
            .map(ContainerPort::getPrivatePort)
            .filter(Objects::nonNull)
            .collect(Collectors.toSet()),
        Objects.requireNonNullElse(found.getLabels(), Map.of()),
        Objects.requireNonNullElse(found.getMounts(), List.<ContainerMount>of()).stream()
            .flatMap(mount -> VolumeReading.name(mount).stream())
            .toList());
  }
}
