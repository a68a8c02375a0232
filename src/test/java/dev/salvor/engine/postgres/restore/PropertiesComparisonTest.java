package dev.salvor.engine.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.DatabaseProperties;
import java.util.List;
import org.junit.jupiter.api.Test;

class PropertiesComparisonTest {
  @Test
  void settingsAreNamedAndNeverShown() {
    assertThat(
            PropertiesComparison.differences(
                with("app.jwt_secret=one", "\"a=b\" work_mem=4MB", "same=1"),
                with("app.jwt_secret=two=2", "same=1", "more=secret")))
        .containsExactly(
            "setting \"a=b\" work_mem is another",
            "setting app.jwt_secret is another",
            "setting more is another");
    assertThat(PropertiesComparison.differences(with("a=1", "b=2"), with("b=2", "a=1"))).isEmpty();
  }

  private static DatabaseProperties with(String... settings) {
    return new DatabaseProperties(
        "boss",
        "UTF8",
        "libc",
        null,
        "C",
        "C",
        "pg_default",
        -1,
        List.of(),
        List.of(settings),
        null);
  }
}
