package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What stands in the way of a restore of Storage's objects to a bucket, before anything is touched.
 */
public final class BucketRestorePlanning {
  private final Task.RestoreSupabase task;
  private final BucketState state;
  private final OverwrittenTarget target;

  private BucketRestorePlanning(Task.RestoreSupabase task, String place, BucketState state) {
    this.task = task;
    this.state = state;
    this.target =
        new OverwrittenTarget(
            place,
            state.presence() == BucketState.Presence.BEGUN
                ? OverwrittenTarget.Earlier.BEGUN
                : OverwrittenTarget.Earlier.NOTHING,
            task.acknowledge());
  }

  /**
   * All of it; of what is no target nothing else is said.
   *
   * @param place the bucket, for people
   */
  public static List<Failure> obstacles(
      Task.RestoreSupabase task, String place, BucketState state) {
    return new BucketRestorePlanning(task, place, state).obstacles();
  }

  private List<Failure> obstacles() {
    return unusable()
        .map(List::of)
        .orElseGet(
            () -> Stream.of(occupied(), unfinished(), unfit()).flatMap(Optional::stream).toList());
  }

  private Optional<Failure> unusable() {
    if (!state.obstacles().isEmpty()) {
      return target.unusable(" cannot be restored to: " + state.obstacles().getFirst() + ".");
    }
    return state.fitting() == 0 && state.unfitting() > 0
        ? Optional.of(
            Reason.INVALID_SPEC.failure(
                "None of "
                    + state.unfitting()
                    + " files of Storage can be an object of the bucket ("
                    + String.join("; ", state.unfit())
                    + "): were bucket and tenant of the policy right, or is the recovery point of"
                    + " another tenant? Nothing was touched."))
        : Optional.empty();
  }

  private Optional<Failure> occupied() {
    if (state.manner() == BucketState.Manner.ADDED) {
      return Optional.empty();
    }
    return switch (state.presence()) {
      case FULL, BEGUN_BY_OTHER, MARKED -> target.occupied(task.existing(), " holds objects.");
      case EMPTY, BEGUN, DONE -> Optional.empty();
    };
  }

  private Optional<Failure> unfinished() {
    if (state.manner() == BucketState.Manner.ADDED) {
      return halfRestored();
    }
    return switch (state.presence()) {
      case BEGUN_BY_OTHER -> target.unfinished("an object below .salvor-restore/ says which");
      case MARKED ->
          target.unfinished(
              "an object below .salvor-restore/ says which, and was altered: remove it if you know"
                  + " that nobody restores there");
      case EMPTY, BEGUN, DONE, FULL -> Optional.empty();
    };
  }

  /** Whoever takes its place must make it whole, which adding to it does not. */
  private Optional<Failure> halfRestored() {
    return switch (state.presence()) {
      case BEGUN_BY_OTHER, MARKED ->
          target.unusable(
              " is being restored to by another request, or was left unfinished by one (an object"
                  + " below .salvor-restore/ says which): end that first, since nothing is added to"
                  + " what is half restored.");
      case EMPTY, BEGUN, DONE, FULL -> Optional.empty();
    };
  }

  private Optional<Failure> unfit() {
    return state.unfitting() == 0
        ? Optional.empty()
        : target.needs(
            "left-out-",
            ": "
                + state.unfitting()
                + " files of Storage can be no objects there ("
                + String.join("; ", state.unfit())
                + "): have them by source.files: storage in a folder; and accept that they are"
                + " left out here.");
  }

  /** What is said of it beside the steps, for people. */
  public static List<String> leftOut(String place, BucketState state) {
    var left = new ArrayList<String>();
    if (state.unfitting() > 0) {
      left.add(
          "storage: "
              + state.unfitting()
              + " files that can be no objects of a bucket: "
              + String.join("; ", state.unfit()));
    }
    if (state.history() == BucketState.History.VERSIONS && state.method().writesOver()) {
      left.add(
          place
              + " keeps versions: what is replaced or removed stays there as older ones, and takes"
              + " room");
    }
    return left;
  }
}
