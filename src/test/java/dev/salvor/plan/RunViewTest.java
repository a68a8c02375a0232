package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunViewTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          QUEUED  |                         | The backup is queued.
          QUEUED  | at most 1 run at once   | The backup is queued: at most 1 run at once
          RUNNING |                         | The backup is running.
          RUNNING | No node takes the pod   | The backup waits: No node takes the pod
          ENDED   |                         | The backup has ended.
          """)
  void saysHowFarItIsAndWhatItWaitsFor(
      RunView.State state, @Nullable String waitingFor, String said) {
    var labels =
        new RunLabels(
            "run", Purpose.BACKUP, "shop/offsite", null, null, null, null, Instant.EPOCH, 1);

    var run = new RunView(labels, state, Instant.EPOCH, null, List.of(), null, waitingFor);

    assertThat(run.progress("The backup")).isEqualTo(said);
  }
}
