package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.engine.volume.RawDevice;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;

/**
 * One raw block device on its way into a recovery point: read once, by one stream, and known by the
 * SHA-256 of all its bytes (ADR 18).
 */
final class DeviceBackup {
  private final FileTrees.Device source;
  private final RawDevice device;
  private final long sizeBytes;

  private DeviceBackup(FileTrees.Device source, RawDevice device, long sizeBytes) {
    this.source = source;
    this.device = device;
    this.sizeBytes = sizeBytes;
  }

  /**
   * A part that was made.
   *
   * @param stillness of the device while it was read; never {@code WRITTEN_TO}
   */
  record Made(Manifest.Part part, long addedBytes, RawDevice.Stillness stillness) {}

  /**
   * Looks at a device.
   *
   * @throws EngineException SOURCE_MISSING where there is none, or it may not be read
   */
  static DeviceBackup of(FileTrees.Device source) {
    try {
      var device = RawDevice.at(Path.of(source.path()));
      return new DeviceBackup(source, device, device.sizeBytes());
    } catch (IOException e) {
      throw new EngineException(
          Reason.SOURCE_MISSING,
          "device " + source.path() + " is not there or may not be read: " + e,
          e);
    }
  }

  String name() {
    return source.name();
  }

  /** In the snapshot: the same wherever a worker finds it. */
  String path() {
    return PartPath.device(name());
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /**
   * What is half restored is no backup of anything.
   *
   * @throws EngineException INCOMPLETE_BACKUP
   */
  void refuseUnfinished() {
    try {
      if (DeviceMarker.read(device).isPresent()) {
        throw new EngineException(
            Reason.INCOMPLETE_BACKUP,
            "a restore to device "
                + name()
                + " is under way or was left unfinished (its first bytes say which): end it, or"
                + " write over its first 4,096 bytes.");
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Stores it.
   *
   * @param hears how many bytes were read
   * @throws EngineException EMPTY_SOURCE where it holds nothing but zeros and that is not allowed;
   *     INCOMPLETE_BACKUP where it was written to meanwhile or could not be read whole; what the
   *     repository fails with. A snapshot without a manifest may be there then.
   */
  Made store(
      RecoveryPoints points, String point, Instant time, boolean allowEmpty, LongConsumer hears) {
    var seen = new AtomicReference<>(new Fingerprint());
    try {
      var watch = device.watch();
      var stored =
          points
              .repository()
              .backupInput(
                  points.device(point),
                  path(),
                  stream -> seen.set(read(stream)),
                  (done, total) -> hears.accept(done));
      if (seen.get().bytes() != sizeBytes || stored.sizeBytes() != sizeBytes) {
        throw incomplete("has " + sizeBytes + " bytes, of which " + stored.sizeBytes() + " came.");
      }
      var stillness = watch.stillness();
      if (stillness == RawDevice.Stillness.WRITTEN_TO) {
        throw incomplete(
            "was written to while it was read, and what was read is no state that it ever had:"
                + " read a snapshot of it, or let nobody use it meanwhile.");
      }
      if (seen.get().isBlank() && !allowEmpty) {
        throw new EngineException(
            Reason.EMPTY_SOURCE, "device " + name() + " holds nothing but zeros");
      }
      return new Made(
          new Manifest.Part(
              name(),
              path(),
              RecoveryPoints.partTag(point),
              stored.snapshot(),
              "",
              sizeBytes,
              time,
              null,
              seen.get().sha256()),
          stored.addedBytes(),
          stillness);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Begins anew each time: restic may have had to wait for another one. */
  private Fingerprint read(OutputStream stream) throws IOException {
    try (var bytes = device.read(0)) {
      return Fingerprint.of(bytes, stream, read -> {});
    }
  }

  private EngineException incomplete(String what) {
    return new EngineException(Reason.INCOMPLETE_BACKUP, "device " + name() + " " + what);
  }

  private EngineException unreadable(IOException e) {
    return new EngineException(
        Reason.INCOMPLETE_BACKUP, "device " + name() + " cannot be read: " + e, e);
  }
}
