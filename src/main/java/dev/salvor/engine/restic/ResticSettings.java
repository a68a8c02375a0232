package dev.salvor.engine.restic;

import dev.salvor.api.BackupStoreSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How restic reaches a repository and what it may use. Holds secrets: {@link #toString} shows none.
 *
 * @param location as {@code RESTIC_REPOSITORY} takes it
 * @param passwordFile mode 0600
 * @param secrets variables that only restic itself sees, such as the S3 keys
 * @param options for {@code -o}, such as {@code s3.region=eu-central-1}
 * @param certificateAuthority PEM file; null: the system's
 * @param cache folder of the cache; an empty one for a proof (SAFETY 21)
 * @param scratch for temporary packs and for copies that a repair makes
 * @param limits null: none
 * @param memoryBytes soft bound of restic's memory; null: none
 * @param processors that restic may use at once
 * @param lockWait how long a lock of another restic is waited for
 */
public record ResticSettings(
    String location,
    Path passwordFile,
    Map<String, String> secrets,
    List<String> options,
    @Nullable Path certificateAuthority,
    Path cache,
    Path scratch,
    BackupStoreSpec.@Nullable Limits limits,
    @Nullable Long memoryBytes,
    int processors,
    Duration lockWait,
    Locking locking) {

  /** Restic holds a lock stale after 30 minutes; five more for clocks and the refresh. */
  public static final Duration LOCK_WAIT = Duration.ofMinutes(35);

  /** Whether readers write a lock to the store. */
  public enum Locking {
    LOCKED,
    /** Read-only credentials cannot write one; the planner keeps maintenance away from readers. */
    UNLOCKED_READS
  }

  public ResticSettings {
    secrets = Map.copyOf(secrets);
    options = List.copyOf(options);
  }

  /** The same with another cache folder. */
  public ResticSettings withCache(Path folder) {
    return new ResticSettings(
        location,
        passwordFile,
        secrets,
        options,
        certificateAuthority,
        folder,
        scratch,
        limits,
        memoryBytes,
        processors,
        lockWait,
        locking);
  }

  /** The same for read-only credentials. */
  ResticSettings withUnlockedReads() {
    return new ResticSettings(
        location,
        passwordFile,
        secrets,
        options,
        certificateAuthority,
        cache,
        scratch,
        limits,
        memoryBytes,
        processors,
        lockWait,
        Locking.UNLOCKED_READS);
  }

  /** The same with another wait for locks. */
  public ResticSettings withLockWait(Duration wait) {
    return new ResticSettings(
        location,
        passwordFile,
        secrets,
        options,
        certificateAuthority,
        cache,
        scratch,
        limits,
        memoryBytes,
        processors,
        wait,
        locking);
  }

  @Override
  public String toString() {
    return "ResticSettings[" + location + ", " + locking + "]";
  }
}
