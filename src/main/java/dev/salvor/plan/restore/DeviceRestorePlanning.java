package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides what a restore of a device would do, from what is known before anything is touched. */
public final class DeviceRestorePlanning {
  private final Task.RestoreDevice task;
  private final DeviceState device;
  private final long bytes;
  private final OverwrittenTarget target;

  private DeviceRestorePlanning(Task.RestoreDevice task, DeviceState device, long bytes) {
    this.task = task;
    this.device = device;
    this.bytes = bytes;
    this.target =
        target(
            task,
            device.presence() == DeviceState.Presence.BEGUN
                ? OverwrittenTarget.Earlier.BEGUN
                : OverwrittenTarget.Earlier.NOTHING);
  }

  /** What becomes of it. */
  public sealed interface Decision {
    /** Nothing is touched. */
    record Refused(Failure failure) implements Decision {}

    /**
     * It is carried out.
     *
     * @param steps for people, in order
     */
    record CarriedOut(Method method, List<String> steps) implements Decision {
      public CarriedOut {
        steps = List.copyOf(steps);
      }
    }
  }

  /** How the device comes to hold it. */
  public enum Method {
    /** It is there already, as was seen by reading all of it. */
    KEEP,
    /** Onto what is blank, or what an earlier attempt began to write to. */
    FILL,
    /** Seen to be readable, then a safety point of all that is there, then over it. */
    REPLACE
  }

  /**
   * Decides.
   *
   * @param bytes to restore
   */
  public static Decision decide(
      Task.RestoreDevice task, DeviceState device, long bytes, Instant now) {
    return new DeviceRestorePlanning(task, device, bytes).decide(now);
  }

  private Decision decide(Instant now) {
    return Expiry.of(task.notAfter(), now)
        .or(this::unusable)
        .or(this::occupied)
        .or(this::unfinished)
        .<Decision>map(Decision.Refused::new)
        .orElseGet(
            () ->
                switch (device.presence()) {
                  case DONE ->
                      new Decision.CarriedOut(
                          Method.KEEP,
                          List.of(
                              "nothing: an earlier attempt wrote all of "
                                  + task.point().id()
                                  + " to "
                                  + task.device()
                                  + ", and it was read back now"));
                  case BLANK, BEGUN -> carriedOut(Method.FILL);
                  case FULL, BEGUN_BY_OTHER -> carriedOut(Method.REPLACE);
                  case NO_DEVICE -> throw new IllegalStateException("refused before");
                });
  }

  private Optional<Failure> unusable() {
    if (device.presence() == DeviceState.Presence.NO_DEVICE) {
      return target.unusable(
          " is no raw block device, which the recovery point holds: restore to a claim of"
              + " volumeMode Block.");
    }
    return device.sizeBytes() < bytes
        ? target.unusable(
            " has " + device.sizeBytes() + " bytes; the recovery point needs " + bytes + ".")
        : Optional.empty();
  }

  private Optional<Failure> occupied() {
    return switch (device.presence()) {
      case FULL, BEGUN_BY_OTHER ->
          target.occupied(task.existing(), " is not empty: not all of its bytes are zero.");
      case BLANK, BEGUN, DONE, NO_DEVICE -> Optional.empty();
    };
  }

  private Optional<Failure> unfinished() {
    return device.presence() == DeviceState.Presence.BEGUN_BY_OTHER
        ? target.unfinished("its first bytes say which")
        : Optional.empty();
  }

  private Decision.CarriedOut carriedOut(Method method) {
    var steps = new ArrayList<String>();
    switch (method) {
      case KEEP -> {}
      case FILL -> {
        if (device.presence() == DeviceState.Presence.BEGUN) {
          steps.add("go on with what an earlier attempt began on " + task.device());
        }
      }
      case REPLACE -> {
        steps.add("read all of it from the store and compare its SHA-256 with what was noted");
        steps.add("take a safety point of " + task.device() + " as it is, and read it back");
      }
    }
    steps.add("write all of " + task.point().id() + " (" + bytes + " bytes) to " + task.device());
    if (task.effect() != Task.Effect.PLAN_WITHOUT_TARGET && device.sizeBytes() > bytes) {
      steps.add("leave the " + (device.sizeBytes() - bytes) + " bytes behind it as they are");
    }
    steps.add("read it back and compare its SHA-256 with what was noted");
    return new Decision.CarriedOut(method, steps);
  }

  /**
   * Asks to go on although what would be replaced could not be kept; empty: that is accepted.
   *
   * @param why it could not be kept
   */
  public static Optional<Failure> withoutSafety(Task.RestoreDevice task, String why) {
    return target(task, OverwrittenTarget.Earlier.NOTHING).withoutSafety(why);
  }

  private static OverwrittenTarget target(
      Task.RestoreDevice task, OverwrittenTarget.Earlier earlier) {
    return new OverwrittenTarget(task.device(), earlier, task.acknowledge());
  }
}
