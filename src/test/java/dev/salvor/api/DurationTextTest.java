package dev.salvor.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "30m, PT30M",
    "26h, PT26H",
    "1h30m, PT1H30M",
    "7d, PT168H",
    "1d2h3m4s, PT26H3M4S",
    "90s, PT90S",
    "0s, PT0S",
    "99999d, PT2399976H",
  })
  void reads(String text, Duration duration) {
    assertThat(DurationText.parse(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "5", "h", "1.5h", "-1h", "1h ", " 1h", "1H", "P1D", "1m1h", "1w", "1ms"})
  void refuses(String text) {
    assertThatThrownBy(() -> DurationText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("write it like 30m, 26h or 7d");
  }

  @ParameterizedTest
  @CsvSource({"PT26H, 1d2h", "PT90M, 1h30m", "PT0S, 0s", "PT59.9S, 59s", "PT168H, 7d"})
  void writes(Duration duration, String text) {
    assertThat(DurationText.format(duration)).isEqualTo(text);
  }

  @Test
  void readsBackWhatItWrites() {
    var random = new Random(7);
    for (int turn = 0; turn < 1_000; turn++) {
      var duration = Duration.ofSeconds(random.nextLong(1, 1L << 32));
      var text = DurationText.format(duration);
      assertThat(DurationText.parse(text)).as(text).isEqualTo(duration);
      assertThat(text).matches(DurationText.PATTERN);
    }
  }

  /** What the schema accepts is read, and is more than nothing. */
  @Test
  void readsAllThatTheSchemaAccepts() {
    var random = new Random(11);
    var units = "dhms";
    var accepted = 0;
    for (int turn = 0; turn < 20_000; turn++) {
      var text = new StringBuilder();
      for (int part = 0; part < random.nextInt(1, 4); part++) {
        text.append(random.nextInt(0, 120)).append(units.charAt(random.nextInt(4)));
      }
      if (text.toString().matches(DurationText.PATTERN)) {
        accepted++;
        assertThat(DurationText.parse(text.toString())).as(text.toString()).isPositive();
      }
    }
    assertThat(accepted).isGreaterThan(3_000);
  }
}
