package dev.salvor.local.hold;

import dev.salvor.api.Model;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.HeldContainer;
import dev.salvor.plan.HeldContainer.Stand;
import dev.salvor.plan.Stillness;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a state folder says of containers that are held for a run. It is there before the first is
 * stopped, and until the last runs again, whatever becomes of the run.
 *
 * @param daemon the Docker that they are of
 * @param since when the first was to be stopped
 * @param layers in the order in which they are held; what was taken back is in it no more
 * @param lives of all users of the volumes when all were seen to hold, by id; empty until then
 * @param problem why one could not be taken back; null: none was tried, or all went well
 */
@Model
public record HoldRecord(
    String run,
    ContainerHold hold,
    String daemon,
    Instant since,
    Stage stage,
    List<List<HeldContainer>> layers,
    Map<String, String> lives,
    @Nullable String problem) {
  public HoldRecord {
    layers = layers.stream().map(List::copyOf).toList();
    lives = Map.copyOf(lives);
  }

  /** How far it is. */
  public enum Stage {
    /** Some may be stopped or paused by now. */
    TAKING,
    /** All were seen to hold. */
    HELD
  }

  /** Before anything is done to any of them. */
  static HoldRecord chosen(
      String run,
      ContainerHold hold,
      String daemon,
      Instant since,
      List<List<HeldContainer>> layers) {
    return new HoldRecord(run, hold, daemon, since, Stage.TAKING, layers, Map.of(), null);
  }

  /** All of them, in the order in which they are held. */
  public List<HeldContainer> containers() {
    return layers.stream().flatMap(List::stream).toList();
  }

  /** Their names, for people. */
  public String names() {
    return String.join(", ", containers().stream().map(HeldContainer::name).toList());
  }

  /** That containers are down which should run, in words. */
  public String trouble() {
    return names()
        + (containers().size() == 1 ? " is" : " are")
        + " still down for run "
        + run
        + ", which needs that no more: "
        + Objects.requireNonNullElse(problem, "not all of them were seen to run again yet.");
  }

  /** What the decisions need of it. */
  Stillness.Noted noted() {
    return new Stillness.Noted(daemon, lives);
  }

  /** To what these are brought next. */
  HoldRecord with(Stand stand, Collection<HeldContainer> which) {
    var ids = ids(which);
    return with(
        layers.stream()
            .map(
                layer ->
                    layer.stream().map(it -> ids.contains(it.id()) ? it.in(stand) : it).toList())
            .toList());
  }

  /** These were down for somebody else's reasons. */
  HoldRecord without(Collection<HeldContainer> which) {
    var ids = ids(which);
    return with(
        layers.stream()
            .map(layer -> layer.stream().filter(it -> !ids.contains(it.id())).toList())
            .filter(layer -> !layer.isEmpty())
            .toList());
  }

  /** All hold. */
  HoldRecord held(Map<String, String> seen) {
    var all = with(Stand.HELD, containers());
    return new HoldRecord(run, hold, daemon, since, Stage.HELD, all.layers, seen, null);
  }

  HoldRecord hindered(@Nullable String why) {
    return new HoldRecord(run, hold, daemon, since, stage, layers, lives, why);
  }

  private HoldRecord with(List<List<HeldContainer>> others) {
    return new HoldRecord(run, hold, daemon, since, stage, others, lives, problem);
  }

  private static Set<String> ids(Collection<HeldContainer> which) {
    return which.stream().map(HeldContainer::id).collect(Collectors.toSet());
  }
}
