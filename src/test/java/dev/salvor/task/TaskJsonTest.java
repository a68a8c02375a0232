package dev.salvor.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.Initialize;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskJsonTest {
  private static Task probe(String run) {
    return new Task.ProbeStore(
        new Header(run, 1, Instant.parse("2026-11-22T18:00:00Z"), 60, List.of()),
        new StoreTarget(
            "offsite", new StoreTarget.Directory("/a$(HOME)$$b"), Initialize.NEVER, null, null));
  }

  @Test
  void whatIsWrittenIsReadBackAndHoldsNoDollar() {
    var json = TaskJson.write(probe("r"));

    assertThat(json).doesNotContain("$").doesNotContain("\n");
    assertThat(TaskJson.read(json)).isEqualTo(probe("r"));
  }

  @Test
  void aTaskThatDoesNotFitIsRefusedBeforeItIsStarted() {
    assertThatThrownBy(() -> TaskJson.write(probe("x".repeat(TaskJson.MAXIMUM_BYTES))))
        .hasMessageContaining("more than 65536");
  }

  @Test
  void whatIsNoTaskIsSaidSo() {
    assertThatThrownBy(() -> TaskJson.read("{\"task\":\"Nonsense\"}"))
        .hasMessageStartingWith("not a task");
  }
}
