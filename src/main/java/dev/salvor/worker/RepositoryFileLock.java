package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.restic.Neighbourhood;
import dev.salvor.engine.restic.ResticSettings;
import dev.salvor.engine.restic.UnlockPolicy.Neighbours;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * On one machine every run bears the same hostname, and a run in a container has process numbers of
 * its own: only this lock says whether another run is alive (SAFETY 25). Readers and backups share
 * it, maintenance has it alone. The kernel frees it when the worker dies, however it dies.
 */
final class RepositoryFileLock implements Neighbourhood, AutoCloseable {
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);

  enum Mode {
    SHARED,
    ALONE
  }

  private final @Nullable FileChannel channel;
  private @Nullable FileLock lock;
  private Mode mode;

  private RepositoryFileLock(@Nullable FileChannel channel, Mode mode) {
    this.channel = channel;
    this.mode = mode;
  }

  /**
   * Takes it.
   *
   * @param file absent in a cluster: nothing is locked
   * @throws EngineException REPOSITORY_LOCKED when it is not free in time
   */
  static RepositoryFileLock take(Optional<Path> file, Mode mode, Deadline deadline) {
    if (file.isEmpty()) {
      return new RepositoryFileLock(null, mode);
    }
    try {
      var folder = file.get().toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      var channel =
          FileChannel.open(
              file.get(),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      var taken = new RepositoryFileLock(channel, mode);
      if (!taken.await(mode, deadline.within(ResticSettings.LOCK_WAIT))) {
        channel.close();
        throw new EngineException(
            Reason.REPOSITORY_LOCKED, "another run of this machine works in the repository");
      }
      return taken;
    } catch (IOException e) {
      throw new EngineException(
          Reason.INTERNAL_ERROR, "the lock file " + file.get() + " cannot be used", e);
    }
  }

  private boolean await(Mode wanted, Deadline deadline) throws IOException {
    while (!attempt(wanted)) {
      if (deadline.remaining().isZero() || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(BETWEEN_TRIES.toNanos());
    }
    return true;
  }

  private boolean attempt(Mode wanted) throws IOException {
    if (channel == null) {
      return true;
    }
    try {
      lock = channel.tryLock(0, Long.MAX_VALUE, wanted == Mode.SHARED);
      return lock != null;
    } catch (OverlappingFileLockException heldByThisProcess) {
      return false;
    }
  }

  /** Tells {@link Neighbours#NONE} only while the lock is held alone. */
  @Override
  public void during(Consumer<Neighbours> work) {
    if (channel == null) {
      work.accept(Neighbours.POSSIBLE);
      return;
    }
    if (mode == Mode.ALONE) {
      work.accept(Neighbours.NONE);
      return;
    }
    try {
      release();
      var alone = attempt(Mode.ALONE);
      try {
        work.accept(alone ? Neighbours.NONE : Neighbours.POSSIBLE);
      } finally {
        shareAgain();
      }
    } catch (IOException e) {
      throw new EngineException(Reason.INTERNAL_ERROR, "the lock file cannot be used", e);
    }
  }

  private void shareAgain() throws IOException {
    release();
    if (!await(Mode.SHARED, Deadline.after(ResticSettings.LOCK_WAIT))) {
      throw new EngineException(
          Reason.REPOSITORY_LOCKED, "another run of this machine took the repository");
    }
  }

  private void release() throws IOException {
    if (lock != null) {
      lock.release();
      lock = null;
    }
  }

  @Override
  public void close() {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new IllegalStateException("the lock file cannot be closed", e);
      }
    }
  }
}
