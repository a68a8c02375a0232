package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SourceContentTest {
  private static final Baseline BEFORE =
      new Baseline("20261122t020000z-abcdef", new Extent.Tables(10, 1000L), "7");

  private static boolean empty(
      int tables, @Nullable Long rows, boolean anyRow, @Nullable Baseline baseline) {
    return new SourceContent(tables, rows, anyRow).emptiness(baseline).isPresent();
  }

  @Test
  void nothingIsEmptyWhateverWasBefore() {
    assertThat(empty(0, 0L, false, null)).isTrue();
    assertThat(empty(3, 0L, false, null)).isTrue();
    assertThat(empty(3, null, false, null)).isTrue();
    assertThat(empty(3, null, true, null)).isFalse();
  }

  @Test
  void lessThanHalfOfBeforeIsTooLittle() {
    assertThat(empty(5, 500L, true, BEFORE)).isFalse();
    assertThat(empty(4, 1000L, true, BEFORE)).isTrue();
    assertThat(empty(10, 499L, true, BEFORE)).isTrue();
    assertThat(empty(10, Long.MAX_VALUE, true, BEFORE)).isFalse();
  }

  @Test
  void ofAPointThatHeldFilesTooTheTablesCount() {
    var both = new Extent.Both(new Extent.Tables(10, 1000L), new Extent.Files(1, 1));

    assertThat(empty(4, 1000L, true, new Baseline("p", both, "7"))).isTrue();
    assertThat(empty(10, 499L, true, new Baseline("p", both, "7"))).isTrue();
    assertThat(empty(5, 500L, true, new Baseline("p", both, "7"))).isFalse();
  }

  @Test
  void whatWasNotCountedIsNotCompared() {
    assertThat(empty(10, null, true, BEFORE)).isFalse();
    assertThat(empty(10, 1L, true, new Baseline("p", new Extent.Tables(10, null), "7"))).isFalse();
  }
}
