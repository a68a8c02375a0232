package dev.salvor.engine.restic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.engine.process.Completed;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exit codes by their meaning; the texts are restic 0.19.1's own. */
class ResticFailureTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10 | Fatal: repository does not exist: unable to open config file: stat /r/config: no such"
            + " file or directory | RepositoryMissing",
        "11 | Fatal: unable to create lock: repository is already locked exclusively by PID 1 |"
            + " RepositoryLocked",
        "12 | Fatal: wrong password or no key found | WrongPassword",
        "3 | Warning: at least one source file could not be read | IncompleteBackup",
        "137 | | OutOfMemory",
        "143 | | Interrupted",
        "2 | fatal error: runtime: out of memory | OutOfMemory",
        "99 | something new | EngineFailed",
        "1 | | EngineFailed",
        "1 | Fatal: failed to find snapshot: no matching ID found for prefix \"deadbeef\" |"
            + " NoMatchingRecoveryPoint",
        "1 | Fatal: cannot dump file: path \"/x\" not found in snapshot | CorruptRecoveryPoint",
        "1 | Fatal: cannot dump file: id a463 not found in repository | StoreDamaged",
        "1 | failed: ciphertext verification failed | StoreDamaged",
        "1 | Unknown blob dbf048fb | StoreDamaged",
        "1 | Fatal: packs from index missing in repo | StoreDamaged",
        "1 | Fatal: unable to open config file: Stat: Access Denied. | StoreAccessDenied",
        "10 | Fatal: unable to open config file: Stat: Access Denied. | StoreAccessDenied",
        "1 | Fatal: server response unexpected: dial tcp 127.0.0.1:1: connect: connection refused |"
            + " StoreUnreachable",
        "1 | Fatal: unable to save snapshot: write /r/data/1: no space left on device | StoreFull",
        "1 | Fatal: unable to save snapshot: Write: write /s/restic-temp-pack-1123450516: no space"
            + " left on device | ScratchFull",
        "1 | Fatal: unable to save snapshot: error flushing repository: Copy: write"
            + " /c/710e3b772926cab2d51970ed70eef3dc637205549f3e9b9634f6e7e7929c225d/data/b7/tmp-1:"
            + " no space left on device | ScratchFull",
        "1 | Fatal: write /r/data/b7/b7c0ffee-tmp-1: no space left on device | StoreFull",
        "1 | Fatal: open /r/locks/1: read-only file system | StoreReadOnly",
      })
  void aFailureHasItsReason(int exitCode, String message, String reason) {
    var tail =
        message == null
            ? ""
            : "{\"message_type\":\"exit_error\",\"code\":1,\"message\":\""
                + message.replace("\"", "\\\"")
                + "\"}";

    var failure = ResticFailure.of("dump", new Completed(exitCode, "", tail, Duration.ZERO));

    assertThat(failure.reason()).isEqualTo(Reason.of(reason));
  }

  /** A restore says of each file what went wrong with it, and last how often. */
  @Test
  void ofManyErrorsTheFirstIsSaid() {
    var tail =
        """
        {"message_type":"error","error":{"message":"open /d/a: no space left on device"},"during":"restore","item":"/a"}
        {"message_type":"error","error":{"message":"lchown /d/a: no such file or directory"},"during":"restore","item":"/a"}
        {"message_type":"exit_error","code":1,"message":"Fatal: There were 2 errors"}
        """;

    var failure = ResticFailure.of("restore", new Completed(1, "", tail, Duration.ZERO));

    assertThat(failure.reason()).isEqualTo(Reason.STORE_FULL);
    assertThat(failure.failure().message())
        .isEqualTo(
            "restic restore: open /d/a: no space left on device (Fatal: There were 2 errors)");
  }

  @Test
  void aFullCacheIsSaidWithoutWhereTheProgramWas() {
    var tail =
        """
        write /c/shop/CACHEDIR.TAG: no space left on device
        github.com/restic/restic/internal/backend/cache.writeCachedirTag
        github.com/restic/restic/internal/backend/cache/cache.go:68
        github.com/restic/restic/internal/backend/cache.New
        runtime/asm_amd64.s:1771
        """;

    var failure = ResticFailure.of("snapshots", new Completed(1, "", tail, Duration.ZERO));

    assertThat(failure.reason()).isEqualTo(Reason.SCRATCH_FULL);
    assertThat(failure.failure().message())
        .isEqualTo("restic snapshots: write /c/shop/CACHEDIR.TAG: no space left on device");
  }

  @Test
  void whoseTheLockIsIsSaidAndNotHowToRemoveIt() {
    var tail =
        "{\"message_type\":\"exit_error\",\"code\":11,\"message\":\"unable to create lock in"
            + " backend: repository is already locked exclusively by PID 7 on someone by root (UID"
            + " 0, GID 0)\\n"
            + "lock was created at 2026-11-26 12:00:00 (1s ago)\\n"
            + "storage ID 1a2b\\n"
            + "the `unlock` command can be used to remove stale locks\"}";

    var failure = ResticFailure.of("list", new Completed(11, "", tail, Duration.ZERO));

    assertThat(failure.failure().message())
        .isEqualTo(
            "restic list: unable to create lock in backend: repository is already locked"
                + " exclusively by PID 7 on someone by root (UID 0, GID 0)");
  }

  @Test
  void retriesThatWereOvercomeAreNotTheCause() {
    var tail = "Load(<data/1>) returned error, retrying after 1s: connection refused\nFatal: wrong";

    var failure = ResticFailure.of("dump", new Completed(12, "", tail, Duration.ZERO));

    assertThat(failure.reason()).isEqualTo(Reason.WRONG_PASSWORD);
    assertThat(failure.failure().logTail()).contains("retrying");
  }

  @Test
  void aTraceIsCutToItsBeginning() {
    var tail = "{\"message_type\":\"exit_error\",\"message\":\"Unknown blob\\na\\nb\\nc\\nd\\ne\"}";

    assertThat(ResticFailure.messages(tail)).containsExactly("Unknown blob", "a", "b", "c");
  }

  @Test
  void damagedSnapshotsAreReadFromTheDryRun() {
    var output =
        """

        snapshot 4c02651c of [/tmp/small] at 2026-11-22 18:13:15 +0000 UTC by root@a/b

        snapshot cea195cd of [/pg/a.dump] at 2026-11-22 18:13:14 +0000 UTC by root@a/b
          file "/pg/a.dump": removed missing content
        would save new snapshot

        snapshot 69f2cce5 of [/pg/a.dump] at 2026-11-22 18:13:17 +0000 UTC by root@vm

        would modify 1 snapshots
        """;

    assertThat(DamagedSnapshots.parse(output)).containsExactly("cea195cd");
  }
}
