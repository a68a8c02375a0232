package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.engine.volume.RawDevice;
import dev.salvor.plan.proof.FileCoverage;
import dev.salvor.task.Manifest;
import dev.salvor.task.PointReference;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One raw block device of a recovery point, and how it is brought onto another. */
record StoredDevice(
    WorkerContext context, RecoveryPoints points, Manifest.Part part, String snapshot) {
  private static final int PIECE_BYTES = 1 << 20;

  /**
   * Finds it.
   *
   * @param name of its part; null: the only one
   * @throws EngineException NO_MATCHING_RECOVERY_POINT, CORRUPT_RECOVERY_POINT; INVALID_SPEC where
   *     the point holds no such device
   */
  static StoredDevice find(
      WorkerContext context,
      RecoveryPoints points,
      PointReference reference,
      @Nullable String name) {
    var set = points.require(reference);
    var manifest = points.manifest(set);
    var part = StoredTree.part(manifest, name);
    if (part.sha256() == null) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          part.name()
              + " of recovery point "
              + set.id()
              + " is no raw block device, and its target is one (volumeMode: Block).");
    }
    return new StoredDevice(context, points, part, points.snapshotOf(set, part));
  }

  /**
   * Reads all of it from the store and writes nothing: what a device holds is not given up for what
   * cannot be had.
   *
   * @throws EngineException STORE_DAMAGED, CORRUPT_RECOVERY_POINT
   */
  void requireReadable() {
    SafetyRepository.beforeAnythingIsTouched(this::readThrough);
  }

  /**
   * Reads all of it from the store and lays it beside what was noted.
   *
   * @throws EngineException STORE_DAMAGED, CORRUPT_RECOVERY_POINT
   */
  void readThrough() {
    context.progress().step(Step.READ_BACK, part.name());
    var seen = new AtomicReference<>(new Fingerprint());
    points
        .repository()
        .dump(
            snapshot,
            part.path(),
            stream ->
                seen.set(
                    Fingerprint.of(
                        stream,
                        OutputStream.nullOutputStream(),
                        read -> context.progress().bytes(read, part.sizeBytes()))));
    requireWhole(seen.get());
  }

  /** Whether a device begins with all of it. */
  boolean isOn(RawDevice device) throws IOException {
    return isWhole(seen(device, new byte[0]));
  }

  private boolean isWhole(Fingerprint seen) {
    return seen.bytes() == part.sizeBytes() && seen.sha256().equals(part.sha256());
  }

  /** What a device has as far as the part goes, but for the first bytes, which are given. */
  private Fingerprint seen(RawDevice device, byte[] first) throws IOException {
    var seen = new Fingerprint();
    seen.write(first, 0, (int) Math.min(first.length, part.sizeBytes()));
    var piece = new byte[PIECE_BYTES];
    try (var bytes = device.read(first.length)) {
      while (seen.bytes() < part.sizeBytes()) {
        var wanted = (int) Math.min(piece.length, part.sizeBytes() - seen.bytes());
        var read = bytes.read(piece, 0, wanted);
        if (read < 0) {
          return seen;
        }
        seen.write(piece, 0, read);
        context.progress().bytes(seen.bytes(), part.sizeBytes());
      }
    }
    return seen;
  }

  /**
   * Writes it to the task's device: a marker instead of its first block, all else, and when that
   * was read back, the first block.
   *
   * @param safetyPoint holds what is replaced; null: nothing is, or losing it was acknowledged
   * @throws EngineException RESTORE_FAILED, STORE_DAMAGED; the device bears the marker then
   */
  TaskResult.Restored restore(
      Task.RestoreDevice task, List<String> steps, @Nullable String safetyPoint) {
    context.warnings().writesOver(safetyPoint);
    try {
      var device = RawDevice.at(Path.of(task.device()));
      try (var channel = device.write()) {
        write(channel, new DeviceMarker(task.requestUid(), safetyPoint).block(), 0);
        channel.force(true);
        context.progress().step(Step.RESTORE, task.device());
        var first = writeAllButFirst(channel);
        channel.force(true);
        context.progress().step(Step.COMPARE, task.device());
        if (!isWhole(seen(device, first))) {
          throw new IOException("it reads back other than it was written");
        }
        context.progress().step(Step.SWITCH);
        write(channel, first, 0);
        channel.force(true);
        requireFirst(device, first);
      }
      return restored(steps, safetyPoint);
    } catch (IOException e) {
      throw left(Reason.RESTORE_FAILED, task.device() + ": " + e + ".", task, safetyPoint, e);
    } catch (EngineException e) {
      var reason =
          switch (e.reason()) {
            case ENGINE_FAILED, SCRATCH_FULL, CORRUPT_RECOVERY_POINT -> Reason.RESTORE_FAILED;
            default -> e.reason();
          };
      throw left(reason, e.failure().message(), task, safetyPoint, e);
    }
  }

  /** What was read back from a device and is what was noted. */
  TaskResult.Restored restored(List<String> steps, @Nullable String safetyPoint) {
    return new TaskResult.Restored(
        steps,
        null,
        part.sizeBytes(),
        null,
        safetyPoint,
        VerdictOutcome.VERIFIED,
        new FileCoverage(1, 1, part.sizeBytes(), 0, 0).text());
  }

  /**
   * Streams it.
   *
   * @return the first block
   * @throws EngineException RESTORE_FAILED if it is not what was noted
   */
  private byte[] writeAllButFirst(FileChannel channel) {
    var first = new byte[RawDevice.BLOCK_BYTES];
    var seen = new AtomicReference<>(new Fingerprint());
    points
        .repository()
        .dump(snapshot, part.path(), stream -> seen.set(write(channel, stream, first)));
    requireWhole(seen.get());
    return first;
  }

  private void requireWhole(Fingerprint seen) {
    if (!isWhole(seen)) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          "the stored bytes of device " + part.name() + " are not those that were noted.");
    }
  }

  private Fingerprint write(FileChannel channel, InputStream stream, byte[] first)
      throws IOException {
    var seen = new Fingerprint();
    seen.write(first, 0, stream.readNBytes(first, 0, first.length));
    // In whole pieces: of a block that is written in part the rest would have to be read before.
    var piece = new byte[PIECE_BYTES];
    for (var read = stream.readNBytes(piece, 0, piece.length);
        read > 0;
        read = stream.readNBytes(piece, 0, piece.length)) {
      write(channel, read == piece.length ? piece : Arrays.copyOf(piece, read), seen.bytes());
      seen.write(piece, 0, read);
      context.progress().bytes(seen.bytes(), part.sizeBytes());
    }
    return seen;
  }

  private static void write(FileChannel channel, byte[] bytes, long offset) throws IOException {
    var buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer, offset + buffer.position());
    }
  }

  private static void requireFirst(RawDevice device, byte[] first) throws IOException {
    try (var bytes = device.read(0)) {
      if (!Arrays.equals(bytes.readNBytes(first.length), first)) {
        throw new IOException("its first block reads back other than it was written");
      }
    }
  }

  private static EngineException left(
      Reason reason,
      String why,
      Task.RestoreDevice task,
      @Nullable String safetyPoint,
      Exception cause) {
    return new EngineException(
        reason.failure(
            why
                + " Not all of "
                + task.device()
                + " was written; its first block says so."
                + (safetyPoint == null
                    ? ""
                    : " What was there before is recovery point " + safetyPoint + ".")),
        cause);
  }
}
