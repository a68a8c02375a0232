package dev.salvor.cli.show;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of apimachinery's own test of HumanDuration. */
class AgeTest {
  @ParameterizedTest
  @CsvSource({
    "PT-2S, <invalid>",
    "PT-0.5S, 0s",
    "PT0S, 0s",
    "PT1S, 1s",
    "PT70S, 70s",
    "PT119S, 119s",
    "PT2M, 2m",
    "PT190S, 3m10s",
    "PT9M59S, 9m59s",
    "PT10M30S, 10m",
    "PT70M, 70m",
    "PT179M, 179m",
    "PT3H, 3h",
    "PT3H10M, 3h10m",
    "PT8H, 8h",
    "PT47H, 47h",
    "PT48H, 2d",
    "PT49H, 2d1h",
    "PT191H, 7d23h",
    "PT192H, 8d",
    "P9DT23H, 9d",
    "P500D, 500d",
    "P730D, 2y",
    "P735D, 2y5d",
    "P2919D, 7y364d",
    "P2920D, 8y",
    "P3650D, 10y"
  })
  void readsAsKubectlPrintsIt(Duration age, String text) {
    assertThat(Age.text(age)).isEqualTo(text);
  }
}
