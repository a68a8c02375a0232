package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.DatabaseFacts.Sequence;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SequenceReaderTest {
  private static Sequence value(@Nullable Long value) {
    return new Sequence("s", "q", value, value, null);
  }

  private static Sequence range(@Nullable Long before, @Nullable Long after) {
    return SequenceReader.range(List.of(value(before)), List.of(value(after))).getFirst();
  }

  @Test
  void aRangeGoesFromBeforeToAfter() {
    assertThat(range(1L, 5L)).isEqualTo(new Sequence("s", "q", 1L, 5L, null));
    assertThat(range(null, 5L)).isEqualTo(new Sequence("s", "q", null, 5L, null));
    assertThat(range(null, null)).isEqualTo(value(null));
  }

  @Test
  void oneThatCountsDownOrWasSetBackIsARangeToo() {
    assertThat(range(5L, 1L)).isEqualTo(new Sequence("s", "q", 1L, 5L, null));
    assertThat(range(5L, null)).isEqualTo(new Sequence("s", "q", null, 5L, null));
  }

  @Test
  void whatIsGoneAfterwardsKeepsWhatWasSeen() {
    assertThat(SequenceReader.range(List.of(value(7L)), List.of())).containsExactly(value(7L));
  }
}
