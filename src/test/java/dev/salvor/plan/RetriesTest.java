package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.Reason;
import dev.salvor.plan.Retries.Cause;
import dev.salvor.plan.Retries.FailedWork;
import dev.salvor.plan.Retries.Memory;
import dev.salvor.plan.Retries.Retry.Again;
import dev.salvor.plan.Retries.Retry.Over;
import dev.salvor.plan.Retries.Retry.WhenChanged;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RetriesTest {
  private static final Instant FAILED_AT = Instant.parse("2026-03-01T02:10:00Z");

  @ParameterizedTest
  @CsvSource({"1, 60", "2, 120", "3, 240", "4, 480", "5, 960", "6, 1800", "7, 1800", "40, 1800"})
  void theDelayDoublesUpToHalfAnHour(int failed, long seconds) {
    var again =
        (Again) Retries.after(work(Collections.nCopies(failed, Reason.STORE_UNREACHABLE), 99));

    assertThat(Duration.between(FAILED_AT, again.at()))
        .isBetween(Duration.ofSeconds(seconds), Duration.ofSeconds(seconds + seconds / 4));
    assertThat(again.attempt()).isEqualTo(failed + 1);
    assertThat(again.memory()).isEqualTo(Memory.AS_SPECIFIED);
  }

  @Test
  void theJitterIsStableAndSpreads() {
    var times = new HashSet<Instant>();
    for (int policy = 0; policy < 100; policy++) {
      var work =
          new FailedWork("policy-" + policy, List.of(Reason.STORE_UNREACHABLE), 3, FAILED_AT, null);
      assertThat(Retries.after(work)).isEqualTo(Retries.after(work));
      times.add(((Again) Retries.after(work)).at());
    }
    assertThat(times).hasSizeGreaterThan(10);
  }

  @Test
  void endsWhenTheAttemptsAreUsedUp() {
    assertThat(Retries.after(work(Collections.nCopies(3, Reason.INTERRUPTED), 3)))
        .isInstanceOf(Again.class);
    assertThat(Retries.after(work(Collections.nCopies(4, Reason.INTERRUPTED), 3)))
        .isEqualTo(new Over(Reason.INTERRUPTED, Cause.ATTEMPTS_USED_UP));
    assertThat(Retries.after(work(List.of(Reason.INTERRUPTED), 0)))
        .isEqualTo(new Over(Reason.INTERRUPTED, Cause.ATTEMPTS_USED_UP));
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void followsTheReasonsCourse(Reason reason) {
    var retry = Retries.after(work(List.of(reason), 3));

    switch (reason.course()) {
      case RETRYABLE -> assertThat(retry).isInstanceOf(Again.class);
      case WAITING -> assertThat(retry).isEqualTo(new WhenChanged(reason));
      case TERMINAL, STATE -> assertThat(retry).isEqualTo(new Over(reason, Cause.NEEDS_A_PERSON));
    }
  }

  @Test
  void theLastReasonDecides() {
    assertThat(Retries.after(work(List.of(Reason.STORE_UNREACHABLE, Reason.WRONG_PASSWORD), 3)))
        .isEqualTo(new Over(Reason.WRONG_PASSWORD, Cause.NEEDS_A_PERSON));
  }

  @Test
  void outOfMemoryIsTriedOnceMoreWithTwiceTheMemory() {
    var once = (Again) Retries.after(work(List.of(Reason.OUT_OF_MEMORY), 3));
    assertThat(once.memory()).isEqualTo(Memory.DOUBLED);

    assertThat(Retries.after(work(List.of(Reason.OUT_OF_MEMORY, Reason.OUT_OF_MEMORY), 3)))
        .isEqualTo(new Over(Reason.OUT_OF_MEMORY, Cause.MEMORY_USED_UP));
  }

  @Test
  void doubledMemoryStaysDoubledWhenTheNextAttemptFailsOtherwise() {
    var again =
        (Again) Retries.after(work(List.of(Reason.OUT_OF_MEMORY, Reason.STORE_UNREACHABLE), 3));

    assertThat(again.memory()).isEqualTo(Memory.DOUBLED);
  }

  @Test
  void theNextTickTakesOver() {
    var failures = List.of(Reason.STORE_UNREACHABLE);
    assertThat(Retries.after(work(failures, 3, FAILED_AT.plusSeconds(60))))
        .isEqualTo(new Over(Reason.STORE_UNREACHABLE, Cause.NEXT_TICK));
    assertThat(Retries.after(work(failures, 3, FAILED_AT.plusSeconds(76))))
        .isInstanceOf(Again.class);
  }

  @Test
  void workThatDidNotFailIsNoQuestion() {
    assertThatThrownBy(() -> work(List.of(), 3)).isInstanceOf(IllegalArgumentException.class);
  }

  private static FailedWork work(List<Reason> failures, int allowed) {
    return work(failures, allowed, null);
  }

  private static FailedWork work(List<Reason> failures, int allowed, @Nullable Instant nextTick) {
    return new FailedWork("shop-db-backup", failures, allowed, FAILED_AT, nextTick);
  }
}
