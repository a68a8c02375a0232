package dev.salvor.engine.restic;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * When {@code restic unlock} is safe (SAFETY 25). It removes locks older than 30 minutes, and of
 * younger ones those that bear our hostname and whose process number is not found here; to find
 * out, it sends SIGHUP to whoever has that number. A container with our hostname but process
 * numbers of its own would lose a live lock, and an innocent process be ended.
 */
public final class UnlockPolicy {
  /** restic's own bound (internal/restic/lock.go, StaleLockTimeout). */
  static final Duration STALE = Duration.ofMinutes(30);

  /** Whether other runs of this machine may be at work in the repository. */
  public enum Neighbours {
    /** Another run may be alive under our hostname. */
    POSSIBLE,
    /** The file lock of this repository is ours alone: every other run here is dead. */
    NONE
  }

  private UnlockPolicy() {}

  /**
   * Whether unlocking removes nothing live and signals nobody.
   *
   * @param processExists whether a process of this machine has that number
   */
  public static boolean allows(
      List<RepositoryLock> locks,
      String hostname,
      Instant now,
      Neighbours neighbours,
      IntPredicate processExists) {
    return locks.stream()
        .filter(lock -> lock.hostname().equals(hostname))
        .filter(lock -> lock.time().plus(STALE).isAfter(now))
        .noneMatch(lock -> neighbours == Neighbours.POSSIBLE || processExists.test(lock.pid()));
  }

  /** Whether unlocking would remove any of them, as far as can be told without asking a process. */
  public static boolean helps(List<RepositoryLock> locks, String hostname, Instant now) {
    return locks.stream()
        .anyMatch(
            lock -> lock.hostname().equals(hostname) || !lock.time().plus(STALE).isAfter(now));
  }
}
