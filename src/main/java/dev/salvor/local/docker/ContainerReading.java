package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.Mount;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.InternetProtocol;
import dev.salvor.api.ComposeService;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.ContainerView.Network;
import dev.salvor.plan.ContainerView.Published;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.ServerChoice;
import dev.salvor.task.CredentialSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Containers as the daemon shows them. */
final class ContainerReading {
  /** What {@code docker compose run} makes: it is not the service. */
  static final String ONE_OFF = "com.docker.compose.oneoff";

  private ContainerReading() {}

  static List<ContainerView> find(DockerClient docker, CredentialSource.Container source) {
    return all(docker, source).map(found -> read(docker, found)).toList();
  }

  static List<ServerChoice.Candidate> images(
      DockerClient docker, CredentialSource.Container source) {
    return all(docker, source)
        .map(
            found ->
                new ServerChoice.Candidate(
                    name(found), isRunning(found.getState()), found.getImageId()))
        .toList();
  }

  private static Stream<InspectContainerResponse> all(
      DockerClient docker, CredentialSource.Container source) {
    var name = source.container();
    if (name != null) {
      // The daemon takes the beginning of an id for a name too.
      return inspect(docker, name).filter(found -> name(found).equals(name)).stream();
    }
    var service = Objects.requireNonNull(source.service());
    return docker
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(
            Map.of(
                ComposeService.PROJECT_LABEL,
                service.project(),
                ComposeService.SERVICE_LABEL,
                service.service()))
        .exec()
        .stream()
        .filter(each -> !"True".equals(each.getLabels().get(ONE_OFF)))
        // An image that was made of a container may have that one's labels.
        .filter(each -> !each.getLabels().containsKey(SandboxContainer.STATE))
        .flatMap(each -> inspect(docker, each.getId()).stream());
  }

  private static Optional<InspectContainerResponse> inspect(DockerClient docker, String name) {
    try {
      return Optional.of(docker.inspectContainerCmd(name).exec());
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  private static String name(InspectContainerResponse found) {
    return found.getName().replaceFirst("^/", "");
  }

  private static ContainerView read(DockerClient docker, InspectContainerResponse found) {
    return new ContainerView(
        name(found),
        isRunning(found.getState()),
        String.valueOf(found.getHostConfig().getNetworkMode()),
        found.getNetworkSettings().getNetworks().entrySet().stream()
            .flatMap(entry -> network(docker, entry.getKey(), entry.getValue()).stream())
            .toList(),
        published(found),
        List.of(Objects.requireNonNullElse(found.getArgs(), new String[0])),
        environment(found),
        mounts(found));
  }

  /** Between two starts the daemon says that it runs, and it has no address. */
  private static boolean isRunning(InspectContainerResponse.ContainerState state) {
    return Boolean.TRUE.equals(state.getRunning())
        && !Boolean.TRUE.equals(state.getRestarting())
        && !Boolean.TRUE.equals(state.getPaused());
  }

  private static Optional<Network> network(
      DockerClient docker, String name, ContainerNetwork network) {
    var address =
        Stream.of(network.getIpAddress(), network.getGlobalIPv6Address())
            .filter(each -> each != null && !each.isEmpty())
            .findFirst();
    var id = network.getNetworkID();
    if (address.isEmpty() || id == null) {
      return Optional.empty();
    }
    try {
      var driver = docker.inspectNetworkCmd().withNetworkId(id).exec().getDriver();
      return Optional.of(new Network(name, driver, address.get()));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  private static List<Published> published(InspectContainerResponse found) {
    var ports = found.getNetworkSettings().getPorts();
    return ports == null
        ? List.of()
        : ports.getBindings().entrySet().stream()
            .filter(entry -> entry.getValue() != null)
            .filter(entry -> entry.getKey().getProtocol() == InternetProtocol.TCP)
            .flatMap(
                entry ->
                    Arrays.stream(entry.getValue())
                        .map(
                            binding ->
                                new Published(
                                    entry.getKey().getPort(),
                                    Objects.requireNonNullElse(binding.getHostIp(), ""),
                                    Integer.parseInt(binding.getHostPortSpec()))))
            .toList();
  }

  private static Map<String, String> mounts(InspectContainerResponse found) {
    var mounts = new HashMap<String, String>();
    for (var mount : Objects.requireNonNullElse(found.getMounts(), List.<Mount>of())) {
      var seen = mount.getDestination();
      // Memory is no folder.
      if (seen != null && mount.getSource() != null && Boolean.TRUE.equals(mount.getRW())) {
        mounts.put(seen.getPath(), mount.getSource());
      }
    }
    return mounts;
  }

  private static Map<String, String> environment(InspectContainerResponse found) {
    var variables = found.getConfig().getEnv();
    var environment = new HashMap<String, String>();
    if (variables != null) {
      for (var variable : variables) {
        var equals = variable.indexOf('=');
        if (equals > 0) {
          environment.put(variable.substring(0, equals), variable.substring(equals + 1));
        }
      }
    }
    return environment;
  }
}
