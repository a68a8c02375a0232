package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a backup's trees were as it finds them. */
class SourceTimesTest {
  private static final Instant NOW = Instant.parse("2026-11-22T02:05:00Z");

  @Test
  void whatWasNotSnappedIsAsItIsNow() {
    var times = SourceTimes.read(Map.of(), NOW);

    assertThat(times.of("uploads")).isEqualTo(NOW);
  }

  @Test
  void eachTreeIsAsOldAsItsSnapshot() {
    var times =
        SourceTimes.read(
            Map.of(
                "SALVOR_SOURCE_TIMES",
                """
                {"uploads": "2026-11-22T02:00:07Z", "avatars": "2026-11-22T02:00:05Z"}
                """),
            NOW);

    assertThat(times.of("uploads")).isEqualTo("2026-11-22T02:00:07Z");
    assertThat(times.of("notes")).isEqualTo(NOW);
  }

  @Test
  void aTimeThatCannotBeReadIsNotGuessed() {
    var unreadable = Map.of("SALVOR_SOURCE_TIMES", "{uploads");

    assertThatThrownBy(() -> SourceTimes.read(unreadable, NOW))
        .isInstanceOf(IllegalStateException.class);
  }
}
