package dev.salvor.plan;

import dev.salvor.api.DockerVolumeSource.Consumers;
import dev.salvor.api.Model;
import dev.salvor.api.StillnessMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which containers must hold still while a run works on their volumes (ADR 22).
 *
 * @param volumes whose users are meant
 * @param mode null: nobody may run, and nobody is stopped
 * @param matchLabels of those users; empty: all of them
 * @param limitSeconds after which they run again, whatever becomes of the run; null: when it ends
 */
@Model
public record ContainerHold(
    List<String> volumes,
    @Nullable StillnessMode mode,
    Map<String, String> matchLabels,
    Work work,
    @Nullable Long limitSeconds) {
  public ContainerHold {
    volumes = List.copyOf(volumes);
    matchLabels = Map.copyOf(matchLabels);
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
        TaskBuilder.orElse(consumers.matchLabels(), Map.of()),
        Work.READ,
        TaskBuilder.duration(consumers.maxDowntime(), "30m").toSeconds());
  }

  static ContainerHold toWrite(List<String> volumes) {
    return new ContainerHold(volumes, StillnessMode.STOP, Map.of(), Work.WRITE, null);
  }

  /** Nobody used them when that was asked for; who begins to meanwhile is said. */
  static ContainerHold ofUnused(List<String> volumes) {
    return new ContainerHold(volumes, null, Map.of(), Work.WRITE, null);
  }

  /** Null: there is none. */
  public @Nullable Duration limit() {
    return limitSeconds == null ? null : Duration.ofSeconds(limitSeconds);
  }
}
