package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.volume.RawDevice;
import dev.salvor.plan.restore.DeviceRestorePlanning;
import dev.salvor.plan.restore.DeviceRestorePlanning.Decision;
import dev.salvor.plan.restore.DeviceRestorePlanning.Method;
import dev.salvor.plan.restore.DeviceState;
import dev.salvor.plan.restore.DeviceState.Presence;
import dev.salvor.task.FileTrees;
import dev.salvor.task.PointReference;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Restores a raw block device: onto one that is blank, or over what it holds after a safety point.
 */
final class RestoreDeviceCarrier {
  private final WorkerContext context;

  RestoreDeviceCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.RestoreDevice task) {
    context.progress().step(Step.OPEN_REPOSITORY);
    var path = Path.of(task.device());
    Decision.CarriedOut plan;
    try (var points = RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.READ)) {
      points.tellSafetyPointsOfEarlierAttempts();
      var stored = StoredDevice.find(context, points, task.point(), task.part());
      context.progress().step(Step.PLAN);
      var bytes = stored.part().sizeBytes();
      var look =
          task.effect() == Task.Effect.PLAN_WITHOUT_TARGET
              ? new Look(DeviceState.NOT_LOOKED_AT, null)
              : look(task, stored, path);
      var now = context.clock().instant();
      plan =
          switch (DeviceRestorePlanning.decide(task, look.state(), bytes, now)) {
            case Decision.Refused(var failure) -> throw new EngineException(failure);
            case Decision.CarriedOut carriedOut -> carriedOut;
          };
      if (task.effect() != Task.Effect.CARRY_OUT) {
        return new TaskResult.Restored(plan.steps(), null, bytes, null, null, null, null);
      }
      context.refuseIfExpired(task.notAfter());
      if (plan.method() == Method.REPLACE) {
        stored.requireReadable();
      } else {
        var earlier = safetyPointOfEarlierAttempt(task, points);
        if (plan.method() == Method.KEEP) {
          return stored.restored(plan.steps(), earlier);
        }
        requireStillBlank(look, path);
        return stored.restore(task, plan.steps(), earlier);
      }
    }
    return replace(task, plan.steps());
  }

  /**
   * What was seen of a device.
   *
   * @param since what was written to it from the look on; null where that does not matter
   */
  private record Look(DeviceState state, RawDevice.@Nullable WriteWatch since) {}

  private Look look(Task.RestoreDevice task, StoredDevice stored, Path path) {
    try {
      if (!Files.exists(path) || Files.isDirectory(path)) {
        return new Look(new DeviceState(Presence.NO_DEVICE, 0), null);
      }
      var device = RawDevice.at(path);
      var size = device.sizeBytes();
      if (size < stored.part().sizeBytes()) {
        // Nothing else is asked of one that is too small.
        return new Look(new DeviceState(Presence.FULL, size), null);
      }
      var since = device.watch();
      return new Look(new DeviceState(presence(task, stored, device), size), since);
    } catch (IOException e) {
      throw new EngineException(
          Reason.TARGET_UNUSABLE, path + " cannot be looked at: " + e + " Nothing was touched.", e);
    }
  }

  /** It takes hours to see that a large one is blank, and somebody may have found it meanwhile. */
  private void requireStillBlank(Look look, Path path) {
    try {
      if (look.state().presence() == Presence.BLANK
          && (look.since() == null || look.since().stillness() != RawDevice.Stillness.STILL)
          && !isBlank(RawDevice.at(path))) {
        throw new EngineException(
            Reason.TARGET_NOT_EMPTY,
            path + " was blank and has been written to since. Nothing was touched.");
      }
    } catch (IOException e) {
      throw new EngineException(
          Reason.TARGET_UNUSABLE, path + " cannot be looked at: " + e + " Nothing was touched.", e);
    }
  }

  private boolean isBlank(RawDevice device) throws IOException {
    var size = device.sizeBytes();
    return device.isBlank(seen -> context.progress().bytes(seen, size));
  }

  private Presence presence(Task.RestoreDevice task, StoredDevice stored, RawDevice device)
      throws IOException {
    var marker = DeviceMarker.read(device);
    if (marker.isPresent()) {
      return marker.get().request().equals(task.requestUid())
          ? Presence.BEGUN
          : Presence.BEGUN_BY_OTHER;
    }
    if (isBlank(device)) {
      return Presence.BLANK;
    }
    return task.header().attempt() > 1 && stored.isOn(device) ? Presence.DONE : Presence.FULL;
  }

  private static @Nullable String safetyPointOfEarlierAttempt(
      Task.RestoreDevice task, RecoveryPoints points) {
    try {
      var marker = DeviceMarker.read(RawDevice.at(Path.of(task.device())));
      return marker.map(DeviceMarker::safetyPoint).orElseGet(() -> points.lastSafetyPoint());
    } catch (IOException e) {
      throw new EngineException(Reason.TARGET_UNUSABLE, task.device() + " cannot be read: " + e, e);
    }
  }

  /** What it shares with other points was not written now, and may be lost. */
  private @Nullable String readable(
      SafetyRepository repository, String point, Function<String, Optional<Failure>> without) {
    try {
      repository.points().refresh();
      var reference = new PointReference(point, null);
      StoredDevice.find(context, repository.points(), reference, null).readThrough();
      return point;
    } catch (EngineException e) {
      var why = "recovery point " + point + " of it does not read back: " + e.failure().message();
      SafetyRepository.accept(context, without, why, e);
      return null;
    }
  }

  private TaskResult replace(Task.RestoreDevice task, List<String> steps) {
    context.progress().step(Step.SAFETY_COPY);
    Function<String, Optional<Failure>> without =
        why -> DeviceRestorePlanning.withoutSafety(task, why);
    try (var repository = SafetyRepository.open(context, task.repository(), without)) {
      var name = String.valueOf(Path.of(task.device()).getFileName());
      var device = new FileTrees.Device(name, task.device());
      var since = RawDevice.at(Path.of(task.device())).watch();
      var kept =
          repository.keep(
              context,
              task.repository().owner(),
              new FileTrees(List.of(), List.of(device), List.of(), null, true),
              without);
      var safetyPoint = kept == null ? null : readable(repository, kept, without);
      context.refuseIfExpired(task.notAfter());
      var stored = StoredDevice.find(context, repository.points(), task.point(), task.part());
      if (safetyPoint != null && since.stillness() == RawDevice.Stillness.WRITTEN_TO) {
        var why = "it was written to after recovery point " + safetyPoint + " was taken of it.";
        SafetyRepository.accept(
            context, without, why, new EngineException(Reason.INCOMPLETE_BACKUP, why));
      }
      return stored.restore(task, steps, safetyPoint);
    } catch (IOException e) {
      throw new EngineException(
          Reason.TARGET_UNUSABLE,
          task.device() + " cannot be looked at: " + e + " Nothing was touched.",
          e);
    }
  }
}
