package dev.salvor.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.salvor.api.ComposeService;
import dev.salvor.api.DockerVolumeSource.Consumers;
import dev.salvor.api.Model;
import dev.salvor.api.StillnessMode;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which containers must hold still while a run works on their volumes, or their database (ADR 22).
 *
 * @param volumes whose users are meant
 * @param mode null: nobody of them may run, and nobody is stopped for it
 * @param matchLabels of those users; empty: all of them
 * @param services whose containers are stopped, whatever they mount
 * @param limitSeconds after which they run again, whatever becomes of the run; null: when it ends
 */
@Model
public record ContainerHold(
    List<String> volumes,
    @Nullable StillnessMode mode,
    Map<String, String> matchLabels,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ComposeService> services,
    Work work,
    @Nullable Long limitSeconds) {
  public ContainerHold {
    volumes = List.copyOf(volumes);
    matchLabels = Map.copyOf(matchLabels);
    // Written before there were any, or there are none.
    services = List.copyOf(Defaults.orElse(services, List.of()));
  }

  /** Of users of volumes alone. */
  public ContainerHold(
      List<String> volumes,
      @Nullable StillnessMode mode,
      Map<String, String> matchLabels,
      Work work,
      @Nullable Long limitSeconds) {
    this(volumes, mode, matchLabels, List.of(), work, limitSeconds);
  }

  /** What the run does with the volumes. */
  public enum Work {
    /** A point that was read beside a writer would claim a stillness that there was not. */
    READ,
    /** Half a restore is worse than one that somebody looked at: it goes on, and says so. */
    WRITE
  }

  static ContainerHold toRead(List<String> volumes, Consumers consumers) {
    return new ContainerHold(
        volumes,
        consumers.mode(),
        Defaults.orElse(consumers.matchLabels(), Map.of()),
        Work.READ,
        Defaults.duration(consumers.maxDowntime(), "30m").toSeconds());
  }

  static ContainerHold toWrite(List<String> volumes) {
    return new ContainerHold(volumes, StillnessMode.STOP, Map.of(), Work.WRITE, null);
  }

  /** Nobody used them when that was asked for; who begins to meanwhile is said. */
  static ContainerHold ofUnused(List<String> volumes) {
    return new ContainerHold(volumes, null, Map.of(), Work.WRITE, null);
  }

  /**
   * Of a project.
   *
   * @param mode of who uses its places; null: nobody did when that was asked for
   */
  static ContainerHold ofProject(
      List<String> volumes, @Nullable StillnessMode mode, List<ComposeService> services) {
    return new ContainerHold(volumes, mode, Map.of(), services, Work.WRITE, null);
  }

  /** Whether a container must hold still. */
  public boolean means(Set<String> mounted, Map<String, String> labels) {
    return isOfService(labels)
        || (!Collections.disjoint(mounted, volumes)
            && labels.entrySet().containsAll(matchLabels.entrySet()));
  }

  /** Whether one that is meant and runs is held for it, and not in the way. */
  boolean mayHold(Map<String, String> labels) {
    return mode != null || isOfService(labels);
  }

  boolean isOfService(Map<String, String> labels) {
    return ComposeService.of(labels).filter(services::contains).isPresent();
  }

  /** How those are held that may be. */
  public StillnessMode how() {
    return mode == null ? StillnessMode.STOP : mode;
  }

  /** Null: there is none. */
  public @Nullable Duration limit() {
    return limitSeconds == null ? null : Duration.ofSeconds(limitSeconds);
  }
}
