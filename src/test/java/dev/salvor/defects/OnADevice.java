package dev.salvor.defects;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Reason;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Header;
import dev.salvor.task.Manifest;
import dev.salvor.task.PointReference;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.LoopDevice;
import dev.salvor.testing.Script;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Damage to raw block devices, what is stored of them, and what is restored to them. */
final class OnADevice {
  private static final Outcome DAMAGED = new Failed(Reason.STORE_DAMAGED);
  private static final Outcome CORRUPT = new Failed(Reason.CORRUPT_RECOVERY_POINT);
  private static final Outcome RESTORED =
      new Harmless("the next attempt ends what was begun; what was there is in a safety point");

  private OnADevice() {}

  /** On a device of its own. */
  private interface OnDevice {
    Outcome plant(Place place) throws Exception;
  }

  /** A scene, and a file that stands for a device or is one's backing. */
  private record Place(Scene scene, Path disk) {
    private static Place fresh() {
      var scene = Scene.withoutDatabase();
      Script.run("head -c 3000000 /dev/urandom > disk; truncate --size 4M disk", scene.folder());
      return new Place(scene, scene.folder().resolve("disk"));
    }

    private Task.Backup backup(Path device) {
      var source = new FileTrees.Device("disk", device.toString());
      return new Task.Backup(
          scene.header(),
          scene.target(),
          new FileTrees(List.of(), List.of(source), List.of(), null, false),
          null,
          null);
    }

    /** Of the oldest point: safety points are newer. */
    private Task.RestoreDevice restore(Header header) {
      return restore(header, disk);
    }

    private Task.RestoreDevice restore(Header header, Path device) {
      return new Task.RestoreDevice(
          header,
          scene.target(),
          new PointReference(scene.points().getLast().id(), null),
          "disk",
          device.toString(),
          Task.Existing.REPLACE,
          Task.Effect.CARRY_OUT,
          null,
          "4d2c1a90-0000",
          List.of());
    }

    private String sum() {
      return Script.run("sha256sum disk", scene.folder()).substring(0, 64);
    }

    private void damage() {
      Script.run(
          "dd if=/dev/urandom of=disk bs=64k seek=9 count=9 conv=notrunc status=none",
          scene.folder());
    }
  }

  static List<PlantedDefect> all() {
    var all =
        new ArrayList<>(
            List.of(
                planted(
                    "FlippedByteOfADevice",
                    "one bit of a stored device",
                    DAMAGED,
                    place -> {
                      InTheRepository.flipByte(place.scene);
                      return Outcome.of(place.scene.verify(place.scene.newest()));
                    }),
                planted(
                    "DeletedPackOfADevice",
                    "a pack of a stored device is gone, and it is restored in place",
                    DAMAGED,
                    place -> {
                      var task = place.restore(place.scene.header());
                      FolderCopy.delete(InTheRepository.largestPack(place.scene));
                      return untouched(place, task);
                    }),
                planted(
                    "OtherBytesForADevice",
                    "what is stored of a device is not what was noted, and it is restored in place",
                    CORRUPT,
                    place -> {
                      var task = place.restore(place.scene.header());
                      place.scene.wrapRestic(
                          """
                          case "$*" in *"dump "*/devices/disk) "$REAL" "$@" | tr a b; exit 0 ;; esac
                          exec "$REAL" "$@"
                          """);
                      return untouched(place, task);
                    }),
                planted(
                    "DeviceMissing",
                    "the snapshot of a device is gone, its manifest is there",
                    CORRUPT,
                    place -> {
                      var point = place.scene.newest();
                      InTheRepository.forget(place.scene, "kind=device");
                      return Outcome.of(place.scene.verify(point));
                    }),
                planted(
                    "DeviceHashAltered",
                    "the SHA-256 that was noted of a device is not that of what is stored",
                    CORRUPT,
                    place ->
                        InTheRepository.forgedManifest(
                            place.scene,
                            manifest ->
                                ((ObjectNode) manifest.at("/parts/0"))
                                    .put("sha256", "0".repeat(64)))),
                planted(
                    "PointOfANewerForm",
                    "the manifest says that it is of a form that is not known",
                    new Failed(Reason.NEWER_THAN_OPERATOR),
                    place ->
                        InTheRepository.forgedManifest(
                            place.scene,
                            manifest -> manifest.put("format", Manifest.NEWEST_FORMAT + 1))),
                planted(
                    "DeviceWrittenToWhileRead",
                    "a sector of a device is written between its first byte and its last",
                    new Failed(Reason.INCOMPLETE_BACKUP),
                    OnADevice::writtenToWhileRead),
                planted(
                    "DeviceThatNobodyWatches",
                    "the kernel does not count what is written to a device",
                    new Failed(Reason.SAFETY_COPY_FAILED),
                    OnADevice::notWatched),
                planted(
                    "DeviceWrittenToAfterItWasKept",
                    "a device is written to between its safety point and the restore",
                    new Failed(Reason.SAFETY_COPY_FAILED),
                    place -> {
                      var report =
                          place.scene.run(
                              place.restore(place.scene.header()), Step.MANIFEST, place::damage);
                      return Script.run("head -c 6 disk", place.scene.folder()).equals("salvor")
                          ? new Green("the device was touched")
                          : Outcome.of(report);
                    }),
                planted(
                    "DeviceKeepsAnotherByte",
                    "a device gives back another byte than it was given",
                    new Failed(Reason.RESTORE_FAILED),
                    place ->
                        notTakenForWhole(
                            place,
                            place.scene.run(
                                place.restore(place.scene.header()), Step.COMPARE, place::damage))),
                planted(
                    "BackupOfAHalfRestoredDevice",
                    "a restore to the device was killed, and it is backed up",
                    new Failed(Reason.INCOMPLETE_BACKUP),
                    place -> {
                      place.damage();
                      place.scene.kill(place.restore(place.scene.header()), Step.COMPARE);
                      return Outcome.of(place.scene.run(place.backup(place.disk)));
                    })));
    try (var scene = Scene.imagined()) {
      for (var step : likeRestore(scene).steps()) {
        all.add(
            planted(
                "KilledDeviceRestoreAt" + KilledAtAStep.camelCase(step),
                "kill -9 of a restore of a device in place as it begins " + step,
                RESTORED,
                place -> killedRestore(place, step)));
      }
    }
    return all;
  }

  private static Task likeRestore(Scene scene) {
    return new Task.RestoreDevice(
        scene.header(),
        scene.target(),
        new PointReference("any", null),
        "disk",
        "/nowhere",
        Task.Existing.REPLACE,
        Task.Effect.CARRY_OUT,
        null,
        "any",
        List.of());
  }

  private static PlantedDefect planted(
      String name, String breaks, Outcome expected, OnDevice what) {
    return new PlantedDefect(
        name,
        breaks,
        expected,
        () -> {
          var place = Place.fresh();
          try (var scene = place.scene) {
            scene.require(scene.run(place.backup(place.disk)));
            return what.plant(place);
          }
        });
  }

  /** A point of it is Partial, and it is not replaced without a word. */
  private static Outcome notWatched(Place place) throws Exception {
    try (var loop = LoopDevice.of(place.disk)) {
      return loop.uncounted(() -> notWatched(place, loop.path()));
    }
  }

  private static Outcome notWatched(Place place, Path device) {
    var made = place.scene.require(place.scene.run(place.backup(device)));
    if (((TaskResult.BackedUp) Objects.requireNonNull(made.result())).complete()) {
      return new Green("the point counts as complete");
    }
    return Outcome.of(place.scene.run(place.restore(place.scene.header(), device)));
  }

  private static Outcome writtenToWhileRead(Place place) {
    try (var loop = LoopDevice.of(place.disk)) {
      place.scene.wrapRestic(
          """
          case "$*" in *--stdin*) dd if=/dev/zero of=%s bs=4096 count=1 conv=fsync status=none ;; esac
          exec "$REAL" "$@"
          """
              .formatted(loop.path()));
      return Outcome.of(place.scene.run(place.backup(loop.path())));
    }
  }

  /** Damaged before, so that what is restored is not what is there. */
  private static Outcome untouched(Place place, Task.RestoreDevice task) {
    place.damage();
    var before = place.sum();
    var report = place.scene.run(task);
    return place.sum().equals(before) ? Outcome.of(report) : new Green("the device was touched");
  }

  private static Outcome notTakenForWhole(Place place, TaskReport report) {
    return Script.run("head -c 30 disk", place.scene.folder())
            .equals("salvor restores to this device")
        ? Outcome.of(report)
        : new Green("the device does not say that it was left unfinished");
  }

  private static Outcome killedRestore(Place place, Step step) {
    var good = place.sum();
    place.damage();
    var worse = place.sum();
    var header = place.scene.header();
    place.scene.kill(place.restore(header), step);
    var next =
        place.scene.run(
            place.restore(
                new Header(
                    header.run() + "-again",
                    header.attempt() + 1,
                    header.tick(),
                    header.deadlineSeconds(),
                    header.credentials())));
    if (next.failure() != null) {
      return Outcome.of(next);
    }
    if (!place.sum().equals(good)) {
      return new Green("the device is not what was backed up");
    }
    var safety = ((TaskResult.Restored) Objects.requireNonNull(next.result())).safetyPoint();
    if (safety == null) {
      return new Green("no safety point is named");
    }
    var manifest =
        new ResticByHand(place.scene)
            .run("dump", "--tag=rp=" + safety + ",kind=manifest", "latest", "/manifest.json");
    return manifest.contains(worse)
        ? RESTORED
        : new Green("the safety point is not what was there");
  }
}
