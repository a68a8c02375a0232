package dev.salvor.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.HostedPoint;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What a status has room for of what cannot be had. */
@NullUnmarked
class HostedFactsTest {
  private static final Instant TIME = Instant.parse("2026-11-20T03:00:00Z");

  private static HostedPoint inShort(String... toEnterAnew) {
    return new HostedFacts("abcdefghijklmnopqrst", List.of(toEnterAnew), TIME).inShort();
  }

  @Test
  void theFirstAreNamedAndTheOthersCounted() {
    assertThat(inShort()).isEqualTo(new HostedPoint(TIME, null));
    assertThat(inShort("a", "b", "c", "d", "e").toEnterAnew())
        .containsExactly("a", "b", "c", "d", "e");
    assertThat(inShort("a", "b", "c", "d", "e", "f", "g").toEnterAnew())
        .containsExactly("a", "b", "c", "d", "e", "and 2 more");
  }

  @Test
  void aLongNameIsCutBetweenCharacters() {
    assertThat(inShort("\uD83D\uDEDF".repeat(61)).toEnterAnew())
        .containsExactly("\uD83D\uDEDF".repeat(60) + "...");
  }
}
