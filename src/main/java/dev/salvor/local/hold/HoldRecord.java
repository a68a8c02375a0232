package dev.salvor.local.hold;

import dev.salvor.api.Model;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.HeldContainer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a state folder says of containers that are held for a run. It is there before the first is
 * stopped, and until the last runs again, whatever becomes of the run.
 *
 * @param since when the first was to be stopped
 * @param layers in the order in which they are held; what was taken back is in it no more
 * @param problem why one could not be taken back; null: none was tried, or all went well
 */
@Model
public record HoldRecord(
    String run,
    ContainerHold hold,
    Instant since,
    Stage stage,
    List<List<HeldContainer>> layers,
    @Nullable String problem) {
  public HoldRecord {
    layers = layers.stream().map(List::copyOf).toList();
  }

  /** How far it is. */
  public enum Stage {
    /** Some may be stopped or paused by now. */
    TAKING,
    /** All were seen to hold. */
    HELD
  }

  /** All of them, in the order in which they are held. */
  public List<HeldContainer> containers() {
    return layers.stream().flatMap(List::stream).toList();
  }

  /** Their names, for people. */
  public String names() {
    return String.join(", ", containers().stream().map(HeldContainer::name).toList());
  }

  /** That containers are down which should run, in words; empty: nothing speaks for it. */
  public Optional<String> trouble() {
    return problem == null
        ? Optional.empty()
        : Optional.of(
            names()
                + (containers().size() == 1 ? " is" : " are")
                + " still down for run "
                + run
                + ", which needs that no more: "
                + problem);
  }

  /** All hold; each with its life as it was seen then. */
  HoldRecord held(List<List<HeldContainer>> seen) {
    return new HoldRecord(run, hold, since, Stage.HELD, seen, null);
  }

  /** What is still to be taken back. */
  HoldRecord left(List<List<HeldContainer>> others, @Nullable String why) {
    return new HoldRecord(run, hold, since, stage, others, why);
  }
}
