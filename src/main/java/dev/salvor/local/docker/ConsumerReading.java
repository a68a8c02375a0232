package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.DockerConsumers;
import dev.salvor.plan.DockerConsumers.OnceStopped;
import dev.salvor.plan.DockerConsumers.State;
import dev.salvor.plan.DockerConsumers.User;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Who is to hold still, and what each is doing. */
final class ConsumerReading {
  /** Docker's own, where a container says nothing. */
  private static final Duration USUAL_GRACE = Duration.ofSeconds(10);

  private ConsumerReading() {}

  static DockerConsumers of(
      DockerClient docker, String daemon, ContainerHold hold, @Nullable String own) {
    var all = docker.listContainersCmd().withShowAll(true).exec();
    return new DockerConsumers(
        daemon,
        all.stream()
            .filter(each -> hold.means(mounted(each), labels(each)))
            .flatMap(each -> read(docker, each).stream())
            .toList(),
        all.stream().map(ConsumerReading::labels).toList(),
        own);
  }

  private static Optional<User> read(DockerClient docker, Container listed) {
    try {
      var found = docker.inspectContainerCmd(listed.getId()).exec();
      return Optional.of(
          new User(
              listed.getId(),
              found.getName().replaceFirst("^/", ""),
              state(found.getState()),
              Boolean.TRUE.equals(found.getHostConfig().getAutoRemove())
                  ? OnceStopped.REMOVED
                  : OnceStopped.STAYS,
              labels(listed),
              mounted(listed),
              found.getState().getStartedAt() + " " + found.getState().getFinishedAt(),
              grace(found)));
    } catch (NotFoundException removedMeanwhile) {
      return Optional.empty();
    }
  }

  private static State state(InspectContainerResponse.ContainerState state) {
    if (Boolean.TRUE.equals(state.getRestarting())) {
      return State.RESTARTING;
    }
    if (Boolean.TRUE.equals(state.getPaused())) {
      return State.PAUSED;
    }
    return Boolean.TRUE.equals(state.getRunning()) ? State.RUNNING : State.DOWN;
  }

  private static Set<String> mounted(Container listed) {
    var mounts = listed.getMounts();
    return mounts == null
        ? Set.of()
        : mounts.stream()
            .flatMap(mount -> VolumeReading.name(mount).stream())
            .collect(Collectors.toSet());
  }

  private static Map<String, String> labels(Container listed) {
    return Objects.requireNonNullElse(listed.getLabels(), Map.of());
  }

  /** Which the library has no name for. */
  private static Duration grace(InspectContainerResponse found) {
    return found.getConfig().getRawValues().get("StopTimeout") instanceof Number seconds
        ? Duration.ofSeconds(seconds.longValue())
        : USUAL_GRACE;
  }
}
