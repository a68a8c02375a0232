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
      var stored = StoredDevice.find(context, points, task.point(), task.part());
      context.progress().step(Step.PLAN);
      var bytes = stored.part().sizeBytes();
      var state =
          task.effect() == Task.Effect.PLAN_WITHOUT_TARGET
              ? DeviceState.NOT_LOOKED_AT
              : look(task, stored, path);
      plan =
          switch (DeviceRestorePlanning.decide(task, state, bytes, context.clock().instant())) {
            case Decision.Refused(var failure) -> throw new EngineException(failure);
            case Decision.CarriedOut carriedOut -> carriedOut;
          };
      if (task.effect() != Task.Effect.CARRY_OUT) {
        return new TaskResult.Restored(plan.steps(), null, bytes, null, null, null, null);
      }
      context.refuseIfExpired(task.notAfter());
      if (plan.method() != Method.REPLACE) {
        return stored.restore(task, plan.steps(), safetyPointOfEarlierAttempt(task, points));
      }
      stored.requireReadable();
    }
    return replace(task, plan.steps());
  }

  private static DeviceState look(Task.RestoreDevice task, StoredDevice stored, Path path) {
    try {
      if (!Files.exists(path) || Files.isDirectory(path)) {
        return new DeviceState(Presence.NO_DEVICE, 0);
      }
      var device = RawDevice.at(path);
      var size = device.sizeBytes();
      // Of one that is too small nothing else is asked.
      return new DeviceState(
          size < stored.part().sizeBytes() ? Presence.FULL : presence(task, stored, device), size);
    } catch (IOException e) {
      throw new EngineException(
          Reason.TARGET_UNUSABLE, path + " cannot be looked at: " + e + " Nothing was touched.", e);
    }
  }

  private static Presence presence(Task.RestoreDevice task, StoredDevice stored, RawDevice device)
      throws IOException {
    var marker = DeviceMarker.read(device);
    if (marker.isPresent()) {
      return marker.get().request().equals(task.requestUid())
          ? Presence.BEGUN
          : Presence.BEGUN_BY_OTHER;
    }
    if (device.isBlank()) {
      return Presence.BLANK;
    }
    return task.header().attempt() > 1 && stored.isOn(device) ? Presence.DONE : Presence.FULL;
  }

  private static @Nullable String safetyPointOfEarlierAttempt(
      Task.RestoreDevice task, RecoveryPoints points) {
    try {
      var marker = DeviceMarker.read(RawDevice.at(Path.of(task.device())));
      return marker
          .map(DeviceMarker::safetyPoint)
          .orElseGet(() -> points.safetyPointOfEarlierAttempt());
    } catch (IOException e) {
      throw new EngineException(Reason.TARGET_UNUSABLE, task.device() + " cannot be read: " + e, e);
    }
  }

  private TaskResult replace(Task.RestoreDevice task, List<String> steps) {
    context.progress().step(Step.SAFETY_COPY);
    Function<String, Optional<Failure>> without =
        why -> DeviceRestorePlanning.withoutSafety(task, why);
    try (var repository = SafetyRepository.open(context, task.repository(), without)) {
      var name = String.valueOf(Path.of(task.device()).getFileName());
      var device = new FileTrees.Device(name, task.device());
      var safetyPoint =
          repository.keep(
              context,
              task.repository().owner(),
              new FileTrees(List.of(), List.of(device), List.of(), null, true),
              without);
      context.refuseIfExpired(task.notAfter());
      return StoredDevice.find(context, repository.points(), task.point(), task.part())
          .restore(task, steps, safetyPoint);
    }
  }
}
