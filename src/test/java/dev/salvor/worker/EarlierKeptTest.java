package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which of the safety points of a restore holds what was dropped, as it was last. */
class EarlierKeptTest {
  @Test
  void itIsTheLastOfTheDatabaseThatWasDroppedFirst() {
    assertThat(found(7)).isEmpty();
    assertThat(found(7, 7)).as("nothing was dropped").isEmpty();
    assertThat(found(9, 7)).contains("p1");
    assertThat(found(9, 7, 7)).as("the first attempt dropped nothing").contains("p2");
    assertThat(found(9, 7, 7, 8)).as("the third kept what had the name since").contains("p2");
    assertThat(found(9, 7, 9)).contains("p1");
  }

  private static Optional<String> found(long present, long... oids) {
    var kept =
        IntStream.range(0, oids.length)
            .mapToObj(i -> new EarlierKept("p" + (i + 1), oids[i]))
            .toList();
    return EarlierKept.lastBeforeTheDrop(List.copyOf(kept), present);
  }
}
