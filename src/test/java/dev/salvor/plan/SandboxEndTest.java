package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;
import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskReport.Outcome;
import dev.salvor.task.TaskResult;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a proof's report is worth, by how its container was found. */
class SandboxEndTest {
  private static final SandboxEnd RAN = new SandboxEnd.Ran();
  private static final SandboxEnd SHORT = new SandboxEnd.OutOfMemory(1L << 30);
  private static final SandboxEnd GONE = new SandboxEnd.Gone();
  private static final SandboxEnd EXITED = new SandboxEnd.Exited(137);
  private static final SandboxEnd UNKNOWN = new SandboxEnd.Unknown("Docker does not answer.");

  static Stream<Arguments> ends() {
    return Stream.of(VerdictOutcome.REFUTED, VerdictOutcome.UNPROVEN)
        .flatMap(
            outcome ->
                Stream.of(
                    Arguments.of(RAN, outcome, null),
                    Arguments.of(SHORT, outcome, Reason.OUT_OF_MEMORY),
                    Arguments.of(GONE, outcome, Reason.SANDBOX_FAILED),
                    Arguments.of(EXITED, outcome, Reason.SANDBOX_FAILED),
                    Arguments.of(
                        UNKNOWN,
                        outcome,
                        outcome == VerdictOutcome.REFUTED ? Reason.SANDBOX_FAILED : null)));
  }

  @ParameterizedTest
  @MethodSource("ends")
  void aServerThatDidNotRunToTheEndRefutesNothing(
      SandboxEnd end, VerdictOutcome outcome, @Nullable Reason reason) {
    assertThat(end.instead(compared(outcome)).map(Failure::reason).orElse(null)).isEqualTo(reason);
  }

  /** It was compared, and is equal; what became of the server afterwards changes nothing. */
  @Test
  void whatWasFoundEqualIsEqual() {
    for (var end : List.of(RAN, SHORT, GONE, EXITED, UNKNOWN)) {
      assertThat(end.instead(compared(VerdictOutcome.VERIFIED))).isEmpty();
    }
  }

  /** By nobody but the worker, which read it. */
  @Test
  void aDumpThatCannotBeReadIsRefutedWhateverBecameOfTheServer() {
    for (var end : List.of(RAN, SHORT, GONE, EXITED, UNKNOWN)) {
      assertThat(end.instead(corrupt(null))).isEmpty();
    }
    assertThat(GONE.instead(corrupt(Isolation.ENFORCED))).isPresent();
  }

  /** On a slow machine Docker may be asked too late, and says nothing of that. */
  @Test
  void anImageWithoutTheServerIsNamedWhateverBecameOfTheContainer() {
    for (var end : List.of(RAN, GONE, EXITED, UNKNOWN)) {
      assertThat(end.instead(compared(VerdictOutcome.UNPROVEN, Reason.NO_CLIENT_FOR_SERVER, null)))
          .isEmpty();
    }
  }

  @Test
  void aWorkerThatSaysNothingIsExplained() {
    assertThat(SHORT.instead(null).orElseThrow().message()).contains("1.0 GiB");
    assertThat(EXITED.instead(null).orElseThrow().message()).contains("137");
    assertThat(UNKNOWN.instead(null).orElseThrow().message()).contains("does not answer");
    assertThat(RAN.instead(null)).isEmpty();
  }

  private static TaskReport compared(VerdictOutcome outcome) {
    return compared(outcome, Reason.FACTS_DIFFER, null);
  }

  private static TaskReport corrupt(@Nullable Isolation isolation) {
    return compared(VerdictOutcome.REFUTED, Reason.CORRUPT_RECOVERY_POINT, isolation);
  }

  private static TaskReport compared(
      VerdictOutcome outcome, Reason reason, @Nullable Isolation isolation) {
    return new TaskReport(
        "run",
        Outcome.SUCCEEDED,
        Instant.EPOCH,
        Instant.EPOCH,
        null,
        null,
        new TaskResult.Compared(
            outcome, reason, "it differs", isolation, "nothing", "hash", 1, null));
  }
}
