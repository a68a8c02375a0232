package dev.salvor.engine.restic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.restic.UnlockPolicy.Neighbours;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A live lock is never removed, and nobody is signalled (SAFETY 25). */
class UnlockPolicyTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");
  private static final Instant FRESH = NOW.minusSeconds(60);
  private static final Instant OLD = NOW.minusSeconds(31 * 60);

  private static boolean allows(RepositoryLock lock, Neighbours neighbours, int... living) {
    return UnlockPolicy.allows(
        List.of(lock),
        "here",
        NOW,
        neighbours,
        pid -> Arrays.stream(living).anyMatch(it -> it == pid));
  }

  @Test
  void aFreshLockWithOurHostnameStaysWhileItsRunMayLive() {
    // In a container of this machine its process number is unknown here.
    assertThat(allows(new RepositoryLock(FRESH, true, "here", 7), Neighbours.POSSIBLE)).isFalse();
  }

  @Test
  void aFreshLockOfARunThatIsKnownDeadMayGo() {
    assertThat(allows(new RepositoryLock(FRESH, true, "here", 7), Neighbours.NONE)).isTrue();
  }

  @Test
  void nobodyWhoHasTheNumberTodayIsSignalled() {
    assertThat(allows(new RepositoryLock(FRESH, true, "here", 7), Neighbours.NONE, 7)).isFalse();
  }

  @Test
  void anOldLockIsStaleForResticWithoutASignal() {
    assertThat(allows(new RepositoryLock(OLD, true, "here", 7), Neighbours.POSSIBLE, 7)).isTrue();
  }

  @Test
  void locksOfOtherHostsAreResticsToJudge() {
    assertThat(allows(new RepositoryLock(FRESH, true, "pod-1", 7), Neighbours.POSSIBLE, 7))
        .isTrue();
  }

  @Test
  void oneLiveLockProtectsAll() {
    var locks =
        List.of(
            new RepositoryLock(OLD, true, "pod-1", 7), new RepositoryLock(FRESH, false, "here", 8));

    assertThat(UnlockPolicy.allows(locks, "here", NOW, Neighbours.POSSIBLE, pid -> false))
        .isFalse();
  }

  @Test
  void unlockIsAskedOnlyWhereItMayHelp() {
    assertThat(UnlockPolicy.helps(List.of(new RepositoryLock(FRESH, true, "pod", 7)), "here", NOW))
        .isFalse();
    assertThat(UnlockPolicy.helps(List.of(new RepositoryLock(OLD, true, "pod", 7)), "here", NOW))
        .isTrue();
  }
}
