package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkerExitTest {
  @ParameterizedTest
  @CsvSource({
    "0, REPORT_MISSING, exit code 0",
    "1, REPORT_MISSING, exit code 1",
    "64, INTERNAL_ERROR, did not understand its task",
    "128, REPORT_MISSING, exit code 128",
    "130, INTERRUPTED, ended from outside",
    "137, INTERRUPTED, for want of memory",
    "143, INTERRUPTED, ended by signal 15",
  })
  void saysWhatTheCodeMeans(int code, Reason reason, String words) {
    var failure = WorkerExit.failure(code, List.of());

    assertThat(failure.reason()).isEqualTo(reason);
    assertThat(failure.message()).contains(words);
    assertThat(failure.logTail()).isNull();
  }

  @Test
  void keepsTheLastLinesForPeople() {
    var log =
        List.of(
            "first",
            "",
            "{\"step\":\"DUMP\"}",
            "{\"message\":\"the run failed\"}",
            "{not json",
            "last");

    assertThat(WorkerExit.tail(log)).isEqualTo("first\nthe run failed\n{not json\nlast");
    assertThat(WorkerExit.tail(Collections.nCopies(30, "line")))
        .isEqualTo("line\n".repeat(9) + "line");
    assertThat(WorkerExit.tail(List.of("x".repeat(5000)))).hasSize(1024);
    assertThat(WorkerExit.tail(List.of("{\"step\":\"DUMP\"}", " "))).isNull();
  }
}
