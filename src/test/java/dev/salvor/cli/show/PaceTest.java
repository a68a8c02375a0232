package dev.salvor.cli.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.Progress;
import dev.salvor.task.Step;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MIB = 1 << 20;
  private static final Instant START = Instant.parse("2026-11-27T12:00:00Z");

  private final Pace pace = new Pace();

  @Test
  void aRateNeedsTwoLooksThatAreApart() {
    assertThat(after(0, 0, 600L)).isEmpty();
    assertThat(after(0.5, 50, 600L)).isEmpty();
    assertThat(after(2, 200, 600L)).isEqualTo(", 100 MiB/s, 4s left");
  }

  @Test
  void withoutATotalNothingIsForetold() {
    after(0, 0, null);

    assertThat(after(10, 100, null)).isEqualTo(", 10.0 MiB/s");
  }

  @Test
  void theLastHalfMinuteCounts() {
    for (int second = 0; second <= 60; second += 10) {
      after(second, second, 4000L);
    }
    for (int second = 70; second <= 90; second += 10) {
      after(second, 60 + (second - 60) * 100L, 10_000L);
    }

    assertThat(after(100, 4060, 10_060L)).isEqualTo(", 100 MiB/s, 60s left");
  }

  @Test
  void anotherStepBeginsAnew() {
    after(0, 0, 100L);
    after(10, 100, 100L);

    assertThat(pace.after(progress(11, Step.COMPARE, 0, 100L))).isEmpty();
  }

  @Test
  void whatIsDoneOrStandsStillHasNoEnd() {
    after(0, 0, 100L);

    assertThat(after(10, 100, 100L)).isEqualTo(", 10.0 MiB/s");
    for (int second = 20; second <= 60; second += 10) {
      after(second, 100, 200L);
    }
    assertThat(after(70, 100, 200L)).isEmpty();
  }

  private String after(double seconds, long mebibytes, @Nullable Long totalMebibytes) {
    return pace.after(progress(seconds, Step.STORE, mebibytes, totalMebibytes));
  }

  private static Progress progress(
      double seconds, Step step, long mebibytes, @Nullable Long totalMebibytes) {
    return new Progress(
        START.plusMillis((long) (seconds * 1000)),
        "run",
        step,
        null,
        mebibytes * MIB,
        totalMebibytes == null ? null : totalMebibytes * MIB);
  }
}
